"""The listener for operators."""

import asyncio
import http.client
import os
import signal
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from storagedriver.registry.binding import CannotListenError, bound
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.debugging import debugging
from storagedriver.registry.logs import Log
from tests.registry.api.wire import Wire
from tests.registry.server.serving import echo
from tests.registry.server.test_server import (
    PATIENCE,
    events,
    running_upload,
    wait_until_refusing,
)
from tests.servers import Server, storagedriver_server


def config(address: tuple[str, int] | None) -> Config:
    return Config(port=0, debug=DebugSettings(address=address))


@pytest.mark.parametrize(
    ("address", "hosts"),
    [(None, set()), (("", 0), {"127.0.0.1", "::1"}), (("0.0.0.0", 0), {"0.0.0.0"})],
)
def test_it_is_for_this_machine_unless_a_host_is_given(
    address: tuple[str, int] | None, hosts: set[str]
) -> None:
    with ExitStack() as closing:
        sockets = bound(config(address), closing)

        assert {each.getsockname()[0] for each in sockets.debug} <= hosts
        assert bool(hosts) == bool(sockets.debug)
    assert all(each.fileno() == -1 for each in (*sockets.registry, *sockets.debug))


def test_a_port_that_is_taken_is_named_and_nothing_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as closing:
        port = taken.getsockname()[1]

        with pytest.raises(CannotListenError, match=f"cannot listen on 127.0.0.1:{port}: "):
            bound(config(("127.0.0.1", port)), closing)


async def test_it_answers_until_its_block_is_left(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with debugging(echo, [listener], log), Wire.open(port) as wire:
            assert b"GET /a " == (await wire.asked("GET", "/a")).content
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.1", port)
    log.close()
    os.close(descriptor)


async def test_without_sockets_nothing_runs(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={})
    async with debugging(echo, [], log):
        assert 1 == len(asyncio.all_tasks())
    log.close()
    os.close(descriptor)


def test_a_server_that_drains_is_alive_and_not_ready(tmp_path: Path) -> None:
    environment = {
        "REGISTRY_HTTP_DEBUG_ADDR": "127.0.0.1:0",
        "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED": "true",
        "REGISTRY_HTTP_DEBUG_PROMETHEUS_PATH": "/m",
        "REGISTRY_HTTP_DRAINTIMEOUT": "10h",
        "REGISTRY_HEALTH_STORAGEDRIVER_ENABLED": "true",
        "REGISTRY_HTTP_TRUSTEDPROXIES_ADDRESSES": "[127.0.0.0/8]",
    }
    with storagedriver_server(tmp_path, environment=environment) as server:
        address = debug_address(server)
        before = [status(address, path) for path in ("/livez", "/readyz", "/m")]
        status(server.address, "/v2/", {"X-Forwarded-For": "198.51.100.7"})
        with running_upload(server, b"a", 2) as (upload, _):
            server.process.send_signal(signal.SIGTERM)
            wait_until_refusing(server)
            during = [status(address, path) for path in ("/livez", "/readyz")]
            upload.sendall(b"b")
            assert upload.recv(2**16).startswith(b"HTTP/1.1 202 ")

        assert [200, 200, 200] == before
        assert [200, 503] == during
        assert 0 == server.process.wait(PATIENCE)
        clients = [line["client"] for line in events(server) if line["event"] == "request"]
        assert "198.51.100.7" == clients[0]


def debug_address(server: Server) -> str:
    """Wait until the log says where the listener is, and give that."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in events(server):
            if line["event"] == "debugging":
                return line["address"]
        time.sleep(0.02)
    raise AssertionError("nothing listens for operators")


def status(address: str, path: str, headers: dict[str, str] | None = None) -> int:
    with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().status
