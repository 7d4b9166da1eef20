import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.registry.api.errors import ParameterInvalidError
from storagedriver.registry.api.ranges import (
    RangeUnsatisfiableError,
    Span,
    chunk_range,
    requested_ranges,
)
from storagedriver.registry.store.errors import UploadInvalidError

HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-9", Span(0, 9)),
        ("bytes=2-", Span(2, 9)),
        ("bytes=-3", Span(7, 9)),
        ("bytes=-30", Span(0, 9)),
        ("bytes=5-100", Span(5, 9)),
        (f"bytes=5-{HUGE}", Span(5, 9)),
        (f"bytes=-{HUGE}", Span(0, 9)),
        ("bytes=000000000000000000000000001-2", Span(1, 2)),
        ("BYTES=1-2", Span(1, 2)),
        ("bytes = 1-2", Span(1, 2)),
        ("bytes= 1-2 ,", Span(1, 2)),
    ],
)
def test_a_single_range_is_clipped_to_the_content(header: str, expected: Span) -> None:
    assert [expected] == requested_ranges(header, 10)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,x",
        "bytes=0-1,-",
        "bytes=abc",
        "bytes=",
        "bytes=-",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=1 - 2",
        "bytes=+1-2",
        "bytes=\u00b2-3",
        "bytes 1-2",
        "items=1-2",
        "",
    ],
)
def test_what_cannot_be_read_asks_for_the_whole(header: str) -> None:
    assert requested_ranges(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes=10-", 10),
        ("bytes=10-11", 10),
        ("bytes=9-8", 10),
        ("bytes=500-0", 10),
        ("bytes=-0", 10),
        (f"bytes={HUGE}-", 10),
        ("bytes=0-", 0),
        ("bytes=0-0", 0),
        ("bytes=10-,9-8", 10),
    ],
)
def test_a_range_without_a_byte_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiableError):
        requested_ranges(header, size)


def test_the_end_of_nothing_is_all_of_it() -> None:
    assert requested_ranges("bytes=-5", 0) is None


positions = st.none() | st.integers(0, 40)


@given(st.integers(0, 30), positions, positions)
def test_a_range_gives_the_bytes_that_its_words_mean(
    size: int, first: int | None, last: int | None
) -> None:
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    content = bytes(range(size))
    if first is None:
        meant = content[len(content) - min(last or 0, size) :]
        is_backward = False
    else:
        meant = bytes(x for x in content if x >= first and (last is None or x <= last))
        is_backward = last is not None and last < first
    is_whole = (first is None and last is None) or (size == 0 and first is None and bool(last))

    try:
        spans = requested_ranges(header, size)
    except RangeUnsatisfiableError:
        assert not meant or is_backward
    else:
        assert is_whole == (spans is None)
        if spans is not None:
            (span,) = spans
            assert meant
            assert meant == content[span.first : span.last + 1]
            assert len(meant) == span.length


@given(st.text(), st.integers(0, 2**63))
def test_any_text_is_spans_in_the_content_or_none(text: str, size: int) -> None:
    for header in (text, f"bytes={text}", f"bytes={text},0-"):
        try:
            spans = requested_ranges(header, size)
        except RangeUnsatisfiableError:
            continue
        assert all(0 <= span.first <= span.last < size for span in spans or ())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-1,4-5", [Span(0, 1), Span(4, 5)]),
        ("bytes=4-5, 0-1 ,,-2", [Span(4, 5), Span(0, 1), Span(8, 9)]),
        ("bytes=0-1,2-3", [Span(0, 1), Span(2, 3)]),
        ("bytes=0-1,1-2,1-2", [Span(0, 1), Span(1, 2), Span(1, 2)]),
        ("bytes=0-1,10-11,9-8,8-99", [Span(0, 1), Span(8, 9)]),
        ("bytes=0-1,10-", [Span(0, 1)]),
    ],
)
def test_several_ranges_stay_apart_and_in_their_order(header: str, expected: list[Span]) -> None:
    assert expected == requested_ranges(header, 10)


@pytest.mark.parametrize("header", ["bytes=0-,0-", "bytes=0-5,4-9,9-9", "bytes=-5,0-5"])
def test_ranges_with_more_bytes_than_the_content_ask_for_the_whole(header: str) -> None:
    assert requested_ranges(header, 10) is None


def test_1024_ranges_are_taken_and_one_more_is_refused() -> None:
    ranges = [f"{2 * number}-{2 * number}" for number in range(1025)]

    assert 1024 == len(requested_ranges(f"bytes={','.join(ranges[1:])}", 5000) or [])
    with pytest.raises(ParameterInvalidError, match="at most 1024 ranges"):
        requested_ranges(f"bytes={','.join(ranges)}", 5000)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0-0", Span(0, 0)),
        ("5-9", Span(5, 9)),
        (" 5-9\t", Span(5, 9)),
        ("bytes 5-9/10", Span(5, 9)),
        ("bytes 5-9/*", Span(5, 9)),
        ("5-9/10", Span(5, 9)),
        ("Bytes 5-9", Span(5, 9)),
    ],
)
def test_a_chunk_says_where_it_lies(header: str, expected: Span) -> None:
    assert expected == chunk_range(header)


@pytest.mark.parametrize(
    "header",
    ["", "5", "5-", "-5", "9-5", "a-b", "bytes=5-9", "5-9/9", "5--9", f"0-{HUGE}", "5-9 5-9"],
)
def test_a_chunk_that_does_not_is_refused(header: str) -> None:
    with pytest.raises(UploadInvalidError):
        chunk_range(header)


@given(st.text() | st.from_regex(r"\A[bytes ]{0,6}\d{0,30}-\d{0,30}(/\d{0,30})?\Z"))
def test_any_text_is_a_chunk_or_refused(text: str) -> None:
    try:
        span = chunk_range(text)
    except UploadInvalidError:
        return
    assert span.first <= span.last
    assert [span.first, span.last] == [int(digits) for digits in re.findall("[0-9]+", text)[:2]]
