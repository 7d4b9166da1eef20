"""One request over many connections, again and again, and how long each answer took.

A loop over `epoll` costs about 15 µs for each answer, which is what `wrk` takes too. It is used in
place of `wrk` because that waits for a body after HEAD, and because every answer is looked at here.
"""

import select
import socket
import time
from array import array

from benchmarks.client import MANIFEST, WAIT_SECONDS, Client
from benchmarks.measuring import Sample, WrongAnswerError, clock

_AT_ONCE = 1 << 16


def hammer(
    address: tuple[str, int], method: str, target: str, *, connections: int, seconds: float
) -> Sample:
    """Ask for some seconds, one request on each connection at a time, each answered once at least.

    The value is the number of answers a second. All have to be as the first one, which is asked
    for before: status 200, and a body of its length.
    """
    with Client(address) as client:
        answer = client.request(method, target, expect=200)
    length = 0 if method == "HEAD" else len(answer.body)
    host = f"{address[0]}:{address[1]}"
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept: {MANIFEST}, */*\r\n\r\n"
    opened = [socket.create_connection(address, WAIT_SECONDS) for _ in range(connections)]
    try:
        taken = array("d")
        with clock(0) as sample:
            begun = time.perf_counter()
            _ask({one.fileno(): one for one in opened}, head.encode(), length, seconds, taken)
            elapsed = time.perf_counter() - begun
    finally:
        for one in opened:
            one.close()
    return _summed(sample, taken, elapsed)


def _ask(
    sockets: dict[int, socket.socket],
    head: bytes,
    length: int,
    seconds: float,
    taken: "array[float]",
) -> None:
    """Add the seconds that each answer took."""
    now = time.perf_counter
    asked, begun = {}, dict.fromkeys(sockets, b"")
    with select.epoll() as events:
        for number, one in sockets.items():
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            events.register(number, select.EPOLLIN)
            asked[number] = now()
            one.sendall(head)
        end = now() + seconds
        while now() < end or len(taken) < len(sockets):
            ready = events.poll(WAIT_SECONDS)
            if not ready:
                raise WrongAnswerError(f"no answer for {WAIT_SECONDS} s")
            for number, _ in ready:
                received = begun[number] + sockets[number].recv(_AT_ONCE)
                if not _is_whole(received, length):
                    begun[number] = received
                    continue
                begun[number] = b""
                at = now()
                taken.append(at - asked[number])
                asked[number] = at
                sockets[number].sendall(head)


def _is_whole(received: bytes, length: int) -> bool:
    """Tell whether an answer is there to its end; raise if it is not the right one."""
    if not received.startswith(b"HTTP/1.1 200 "[: len(received)]) or not received:
        raise WrongAnswerError(f"{received[:200]!r} came")
    end = received.find(b"\r\n\r\n")
    if end < 0 or len(received) < end + 4 + length:
        return False
    if len(received) > end + 4 + length:
        raise WrongAnswerError(f"more than {length} bytes came after {received[:end]!r}")
    return True


def _summed(sample: Sample, taken: "array[float]", seconds: float) -> Sample:
    """Fill in what the answers took."""
    found = sorted(taken)
    sample.units = len(found)
    sample.value = len(found) / seconds
    sample.percentiles = {f"{cent}": found[len(found) * cent // 100] for cent in (50, 99)}
    return sample
