import io
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storagedriver.registry.announcement import announcement, place, show
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.listening import authority, is_loopback, listen


@pytest.fixture(params=["", "127.0.0.1", "localhost", "0.0.0.0"])
def sockets(request: pytest.FixtureRequest) -> Iterator[list[socket.socket]]:
    sockets = listen(request.param, 0)
    yield sockets
    for each in sockets:
        each.close()


def test_every_address_of_a_host_has_the_same_port(sockets: list[socket.socket]) -> None:
    assert 1 == len({each.getsockname()[1] for each in sockets})


def test_what_is_bound_can_be_reached(sockets: list[socket.socket]) -> None:
    port = sockets[0].getsockname()[1]
    socket.create_connection(("127.0.0.1", port), timeout=60).close()


def test_a_taken_port_leaves_no_socket_open() -> None:
    (taken,) = listen("127.0.0.1", 0)
    with taken, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"), [("::1", "http://[::1]:5000"), ("127.0.0.1", "http://127.0.0.1:5000")]
)
def test_urls_have_brackets_where_they_must(host: str, url: str) -> None:
    assert url == f"http://{authority(host, 5000)}"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("fe80::1%lo", False)],
)
def test_only_the_loopback_is_not_open_to_others(host: str, *, expected: bool) -> None:
    assert expected is is_loopback(host)


def test_a_wildcard_is_pushed_to_by_an_address() -> None:
    (bound,) = listen("0.0.0.0", 0)
    with bound:
        port = bound.getsockname()[1]

        lines = announcement(Config(driver="memory"), "memory", [bound]).splitlines()

    assert f"a registry on http://0.0.0.0:{port}, storing in memory (memory)" in lines[0]
    assert f"127.0.0.1:{port}/NAME:TAG" in lines[1]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(driver="filesystem", parameters={"rootdirectory": "/srv/r"}), "/srv/r"),
        (Config(driver="file:///srv/r?maxthreads=8"), "/srv/r"),
        (Config(driver="file://srv/r"), str(Path("srv/r").absolute())),
        (Config(driver="s3://user:hidden@host/bucket?secret=hidden"), "s3://host/bucket"),
        (Config(driver="memory"), "memory"),
    ],
)
def test_the_place_of_the_data_is_told_without_secrets(config: Config, expected: str) -> None:
    assert expected == place(config)


def test_without_standard_output_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    show("text")


def test_what_is_shown_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(output)))  # type: ignore[arg-type]  # BytesIO will do

    show("text")

    assert b"text" == output.getvalue()
