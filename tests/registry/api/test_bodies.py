import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from storagedriver.registry.api.bodies import Body, announced_length


def _body(*pieces: bytes | None, length: int | None = None, held_back: bool = False) -> Body:
    """Make a body of these pieces, the last of which ends it; at None the client goes away."""
    left = list(pieces)

    async def receive() -> Message:
        piece = left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    return Body(receive, length=length, held_back=held_back)


async def test_a_body_gives_its_pieces_and_no_empty_ones() -> None:
    body = _body(b"", b"ab", b"", b"c", b"")

    assert [b"ab", b"c"] == [piece async for piece in body]
    assert body.complete


async def test_a_body_of_no_bytes_is_not_waited_for() -> None:
    body = _body(length=0)

    assert body.complete
    assert [] == [piece async for piece in body]


async def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    body = _body(b"ab", None)

    assert b"ab" == await anext(body)
    with pytest.raises(ClientDisconnect):
        await anext(body)
    assert not body.complete


async def test_draining_a_body_that_breaks_off_is_no_error() -> None:
    body = _body(b"ab", None)

    await body.drain()

    assert not body.complete


async def test_draining_reads_what_is_left() -> None:
    body = _body(b"ab", b"c")
    await anext(body)

    await body.drain()

    assert body.complete


async def test_what_the_client_holds_back_is_not_asked_for() -> None:
    body = _body(b"ab", held_back=True)

    await body.drain()
    await body.linger()

    assert not body.complete


async def test_what_the_client_was_told_to_send_is_read_to_its_end() -> None:
    body = _body(b"ab", b"c", held_back=True)
    await anext(body)

    await body.drain()

    assert body.complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("0", 0),
        ("12", 12),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("\u00b2", None),
        ("9" * 5000, None),
    ],
)
def test_only_a_number_announces_a_length(text: str | None, expected: int | None) -> None:
    assert expected == announced_length(text)
