"""File servers on loopback, each in a process of its own: OpenSSH's, one of FTP, one of WebDAV."""

import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storagedriver.drivers.fsspec import FsspecParameters

START_TIMEOUT = 60.0  # seconds

SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
PermitRootLogin yes
"""

FTPD = """\
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

authorizer = DummyAuthorizer()
authorizer.add_user("user", "secret", sys.argv[1], perm="elradfmwMT")
FTPHandler.authorizer = authorizer
server = FTPServer(("127.0.0.1", 0), FTPHandler)
print("listening on", server.socket.getsockname()[1], flush=True)
server.serve_forever()
"""

WEBDAVD = """\
import sys
from cheroot.wsgi import Server
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

app = WsgiDAVApp({
    "provider_mapping": {"/": FilesystemProvider(sys.argv[1])},
    "simple_dc": {"user_mapping": {"*": True}},
    "dir_browser": {"enable": False},
    "logging": {"enable": False},
    "verbose": 0,
})
server = Server(("127.0.0.1", 0), app)
server.prepare()
print("listening on", server.socket.getsockname()[1], flush=True)
server.serve()
"""


@dataclass(frozen=True)
class Place:
    """Where a filesystem of fsspec is, with what it is reached, and in which folder it lies."""

    url: str
    root: Path
    options: dict[str, object] = field(default_factory=dict)

    def parameters(self) -> FsspecParameters:
        return FsspecParameters(url=self.url, options=json.dumps(self.options))


@contextmanager
def sftp_server(folder: Path, root: Path) -> Iterator[Place]:
    """Serve `root` by OpenSSH, whose keys are put into `folder`."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("OpenSSH's server is not installed")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it confines itself to
    for name in ("host", "key"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
        subprocess.run(make, check=True, timeout=START_TIMEOUT)
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(SSHD_CONFIG.format(port=port, folder=folder))
    options = {
        "port": port,
        "username": getpass.getuser(),
        "key_filename": str(folder / "key"),
        "look_for_keys": False,
        "allow_agent": False,
    }
    with _running([program, "-D", "-e", "-f", str(config)], folder / "log"):
        _wait_for_port(port)
        yield Place(f"sftp://127.0.0.1{root}", root, options)


@contextmanager
def ftp_server(folder: Path, root: Path) -> Iterator[Place]:
    """Serve `root` by FTP."""
    root.mkdir(exist_ok=True)
    log = folder / "log"
    with _running([sys.executable, "-c", FTPD, str(root)], log):
        port = int(_wait_for(log, r"listening on (\d+)"))
        options: dict[str, object] = {"port": port, "username": "user", "password": "secret"}
        yield Place("ftp://127.0.0.1/registry", root / "registry", options)


@contextmanager
def webdav_server(folder: Path, root: Path) -> Iterator[Place]:
    """Serve `root` by WebDAV, to everybody."""
    root.mkdir(exist_ok=True)
    log = folder / "log"
    with _running([sys.executable, "-c", WEBDAVD, str(root)], log):
        port = _wait_for(log, r"listening on (\d+)")
        options: dict[str, object] = {"base_url": f"http://127.0.0.1:{port}"}
        yield Place("webdav://registry", root / "registry", options)


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(START_TIMEOUT)


def _wait_for(log: Path, pattern: str) -> str:
    give_up = time.monotonic() + START_TIMEOUT
    while time.monotonic() < give_up:
        if found := re.search(pattern, log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise TimeoutError(log.read_text())


def _wait_for_port(port: int) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
