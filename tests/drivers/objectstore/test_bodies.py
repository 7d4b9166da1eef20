"""What is sent is a file of bytes that are there once."""

from io import SEEK_CUR, SEEK_END

import pytest

from storagedriver.drivers.objectstore.bodies import Body

CONTENT = b"0123456789"


@pytest.mark.parametrize("content", [CONTENT, bytearray(CONTENT)], ids=["bytes", "bytearray"])
def test_what_is_read_of_a_body_is_no_copy(content: bytes | bytearray) -> None:
    body = Body(content)

    assert content is body.getbuffer().obj
    assert content is body.read(3).obj


def test_a_body_is_read_in_pieces_to_its_end_and_again() -> None:
    body = Body(CONTENT)

    for _ in range(2):
        assert [b"0123", b"4567", b"89", b""] == [bytes(body.read(4)) for _ in range(4)]
        assert 10 == body.tell()
        assert 0 == body.seek(0)
    assert CONTENT == body.read()


@pytest.mark.parametrize(
    ("offset", "whence", "place"),
    [(2, 0, 2), (-3, SEEK_END, 7), (1, SEEK_CUR, 5), (-9, SEEK_CUR, 0)],
)
def test_a_body_goes_to_any_place(offset: int, whence: int, place: int) -> None:
    body = Body(CONTENT)
    body.read(4)

    assert place == body.seek(offset, whence)
    assert CONTENT[place:] == body.read()


def test_who_lets_go_of_a_body_s_buffer_leaves_the_body_as_it_is() -> None:
    body = Body(bytearray(CONTENT))

    with body.getbuffer() as buffer:
        assert len(CONTENT) == len(buffer)

    assert CONTENT == body.read()
