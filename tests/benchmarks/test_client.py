import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from benchmarks.client import Client, digest_of, parted
from benchmarks.hammer import hammer
from benchmarks.measuring import WrongAnswerError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"


@contextmanager
def server(*answers: bytes) -> Iterator[tuple[str, int]]:
    """Answer each request with the next of the answers, and then with the last again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = list(answers)

    def serve(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            while connection.recv(65536):
                connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            serving.append(threading.Thread(target=serve, args=[connection]))
            serving[-1].start()

    serving: list[threading.Thread] = []
    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in serving:
            thread.join()


def test_a_body_is_digested_wherever_it_comes_from() -> None:
    with server(OK) as other:
        there = f"http://{other[0]}:{other[1]}/there".encode()
        moved = b"HTTP/1.1 307 There\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n"
        with server(moved) as address, Client(address) as client:
            assert digest_of(b"body") == client.digest("/here")


def test_a_body_in_chunks_is_read_whole() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
    )

    with server(chunked) as address, Client(address) as client:
        assert b"body" == client.request("GET", "/", expect=200).body


def test_another_status_is_an_error() -> None:
    with (
        server(OK) as address,
        Client(address) as client,
        pytest.raises(WrongAnswerError, match="GET /: 200"),
    ):
        client.request("GET", "/", expect=404)


def test_a_url_is_parted_into_address_and_target() -> None:
    assert (("127.0.0.1", 8333), "/a/b?c=d") == parted("http://127.0.0.1:8333/a/b?c=d")


def test_a_hammer_tells_how_long_answers_took() -> None:
    with server(OK) as address:
        sample = hammer(address, "GET", "/", connections=2, seconds=0.02)

    assert 2 <= sample.units
    assert {"50", "99"} == set(sample.percentiles)
    assert sample.percentiles["50"] <= sample.percentiles["99"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome more",
    ],
)
def test_a_hammer_takes_no_other_answer_than_the_first(wrong: bytes) -> None:
    with server(OK, OK, wrong) as address, pytest.raises(WrongAnswerError):
        hammer(address, "GET", "/", connections=1, seconds=30)
