import os
import select
from pathlib import Path

from storagedriver.registry.lines import Lines, batches
from tests.registry.server.lines import lines_of


def test_lines_are_there_as_soon_as_they_are_told(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    lines = Lines(descriptor, level="info", fields={"service": "r"})

    lines.event("info", "told", [("number", 1), ("nothing", None)])
    lines.event("debug", "small")

    (line,) = lines_of(tmp_path / "log")
    os.close(descriptor)
    assert {"level": "info", "event": "told", "number": "1", "service": "r"} == {
        name: value for name, value in line.items() if name != "time"
    }


def test_nobody_waits_for_a_reader_that_is_stalled() -> None:
    reading, writing = os.pipe()
    lines = Lines(writing, fields={})
    told = 100_000 // 50  # a pipe holds 64 KiB, and a line has more than 50 bytes

    for number in range(told):
        lines.event("info", "told", [("number", number)])
    os.close(writing)
    with os.fdopen(reading) as file:
        got = file.read().splitlines()

    assert 0 < len(got) < told
    assert all("event=told number=" in line for line in got)


def test_who_does_not_read_at_all_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    Lines(writing, fields={}).event("info", "told")
    os.close(writing)


def test_pieces_are_whole_lines_that_a_pipe_takes_at_once() -> None:
    lines = [f"{number:>99}\n" for number in range(100)]
    lines[50] = "x" * select.PIPE_BUF + "\n"

    pieces = list(batches(lines))

    assert "".join(lines).encode() == b"".join(pieces)
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert [lines[50].encode()] == [each for each in pieces if len(each) > select.PIPE_BUF]
    assert len(pieces) == 5
    assert [] == list(batches([]))
