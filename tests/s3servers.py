"""Real S3 servers on loopback ports of their own, with all that they leave removed at the end."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

START_TIMEOUT = 120.0  # seconds; a machine that runs a whole test suite starts processes slowly
STOP_TIMEOUT = 60.0
ATTEMPTS = 5
# Below those that systems give to connections: none of them takes one before a server does.
PORTS = range(10_000, 30_000)
ACCESS, SECRET = "testkey", "testsecret123"
MOTO = Path(__file__).with_name("motoserver.py")
# Where SeaweedFS leaves sockets, whatever it is told.
SOCKETS = Path("/tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Server:
    """A running server, and a bucket in it."""

    name: str
    url: str
    bucket: str
    process: subprocess.Popen[bytes]

    def parameters(self, **others: object) -> dict[str, object]:
        """What `open_driver("s3", ...)` takes for the bucket."""
        return {
            "bucket": self.bucket,
            "regionendpoint": self.url,
            "accesskey": ACCESS,
            "secretkey": SECRET,
            "chunksize": 5 << 20,
            **others,
        }

    def pause(self) -> None:
        """Let it answer nothing, but keep its connections."""
        self.process.send_signal(signal.SIGSTOP)
        # Its threads go on for a moment, in which they may answer.
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def go_on(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


def weed() -> str | None:
    """The program of SeaweedFS, if it is installed."""
    return shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")


@contextmanager
def seaweedfs(*options: str) -> Iterator[S3Server]:
    """Run SeaweedFS, which checks signatures and walks directories when it lists."""
    program = weed()
    assert program is not None
    with TemporaryDirectory(prefix="seaweedfs-", ignore_cleanup_errors=True) as folder:
        used: list[int] = []

        def command() -> tuple[list[str], int]:
            ports = free_ports(10)
            used.extend(ports)
            return [*_seaweedfs(program, f"{folder}/{len(used)}", ports), *options], ports[0]

        try:
            with _started("seaweedfs", command) as server:
                yield server
        finally:
            for port in used:
                for left in SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                    left.unlink(missing_ok=True)


@contextmanager
def moto() -> Iterator[S3Server]:
    """Run moto, which sorts keys by bytes and checks neither signatures nor expiry."""

    def command() -> tuple[list[str], int]:
        (port,) = free_ports(1)
        return [sys.executable, str(MOTO), str(port)], port

    with _started("moto", command) as server:
        yield server


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on: all bound at once, so that they differ."""
    taken: list[socket.socket] = []
    try:
        for port in SystemRandom().sample(PORTS, len(PORTS)):
            if len(taken) == number:
                break
            one = socket.socket()
            taken.append(one)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                taken.pop().close()
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()


def _seaweedfs(program: str, folder: str, ports: Sequence[int]) -> list[str]:
    Path(folder).mkdir()
    names = ("s3", "master", "volume", "filer", "admin")
    options = [
        f"-{name}.port{kind}={ports[2 * at + step]}"
        for at, name in enumerate(names)
        for step, kind in enumerate(("", ".grpc"))
    ]
    return [
        program,
        "-logtostderr=true",  # and not to files in the folder of temporary ones
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-filer.localSocket={folder}/f.sock",
        f"-s3.localSocket={folder}/s.sock",
        *options,
    ]


@contextmanager
def _started(name: str, command: Callable[[], tuple[list[str], int]]) -> Iterator[S3Server]:
    """Start a server; on other ports where somebody else took one in between."""
    for attempt in range(1, ATTEMPTS + 1):
        arguments, port = command()
        process = launched(arguments)
        try:
            url = f"http://127.0.0.1:{port}"
            bucket = _bucket(url, process)
            if bucket is not None:
                yield S3Server(name=name, url=url, bucket=bucket, process=process)
                return
        finally:
            # Killed, and not asked: SIGTERM takes SeaweedFS seconds, and all is thrown away.
            kill(process)
        assert attempt < ATTEMPTS, f"{name} does not start: exit status {process.returncode}"


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a server, unless that was done before."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT)


def launched(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a server's process, which ends with this one."""
    return subprocess.Popen(
        [*_dies_with_us(), *arguments],
        env=os.environ | {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _dies_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _bucket(url: str, process: subprocess.Popen[bytes]) -> str | None:
    """Make a bucket, once the server answers; None if it does not.

    The first one of SeaweedFS is lost now and then: each attempt takes another name.
    """
    deadline = time.monotonic() + START_TIMEOUT
    with closing(raw_client(url)) as client:
        while time.monotonic() < deadline and process.poll() is None:
            bucket = f"test-{secrets.token_hex(6)}"
            with suppress(BotoCoreError, ClientError):
                client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="ready", Body=b"ready")
                client.get_object(Bucket=bucket, Key="ready")["Body"].read()
                client.delete_object(Bucket=bucket, Key="ready")
                return bucket
            time.sleep(0.1)
    return None


def raw_client(url: str) -> Any:  # noqa: ANN401 botocore has no types
    """A client of botocore's own, to be closed."""
    return get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=Config(
            connect_timeout=10,
            read_timeout=30,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )
