"""The registry at a Unix socket."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from storagedriver.registry.unixsockets import listening_at
from tests.registry.server.lines import lines_of

PATIENCE = 60.0


def is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def abandoned(path: Path) -> Path:
    """Leave a socket as a server does that is killed."""
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    return path


def test_it_is_there_while_it_is_listened_at(tmp_path: Path) -> None:
    path = tmp_path / "s"

    with listening_at(str(path)):
        assert is_answered(path)

    assert not path.exists()


def test_what_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = abandoned(tmp_path / "s")

    with listening_at(str(path)):
        assert is_answered(path)


def test_that_of_a_running_server_is_not(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with listening_at(path), pytest.raises(OSError, match="in use"), listening_at(path):
        pass


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("kept")

    with pytest.raises(OSError, match="in use"), listening_at(str(path)):
        pass

    assert "kept" == path.read_text()


def test_that_of_the_next_server_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listening_at(str(path)) as first:
        first.close()  # as a server does that stops, while it serves its last requests
        with listening_at(str(path)):
            moved = path.rename(tmp_path / "moved")
            abandoned(path)
        assert path.exists()
        moved.unlink()

    assert path.exists()


def test_the_registry_is_served_there(tmp_path: Path) -> None:
    path = abandoned(tmp_path / "s")
    config = tmp_path / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage: inmemory\nhttp: {{net: unix, addr: {path}, prefix: /x/}}\n"
    )
    log = tmp_path / "log"
    command = [sys.executable, "-m", "storagedriver.cli", "serve", str(config)]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=output, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            first = process.stdout.readline()  # printed when it listens
            transport = httpx.HTTPTransport(uds=str(path))
            with httpx.Client(transport=transport, timeout=PATIENCE) as client:
                answer = client.get("http://localhost/x/v2/")
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(PATIENCE)
        finally:
            process.kill()

    assert f"a registry on the socket {path}, " in first
    assert (200, {}) == (answer.status_code, answer.json())
    lines = lines_of(log)
    events = [line["event"] for line in lines]
    assert str(path) == lines[events.index("listening")]["address"]
    assert "client" not in lines[events.index("request")]
    assert "open" not in events
    assert not path.exists()
