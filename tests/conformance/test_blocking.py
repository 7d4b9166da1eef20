"""What is seen of a thread's calls that wait for a disk."""

import os
from collections.abc import Iterator
from contextlib import suppress
from os import preadv
from pathlib import Path
from threading import Thread

import pytest

from storagedriver_conformance.blocking import blocking_calls


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "file").write_bytes(b"content")
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_a_read_that_may_wait_is_seen_with_its_caller(descriptor: int) -> None:
    with blocking_calls() as seen:
        os.preadv(descriptor, [bytearray(7)], 0)
        os.preadv(descriptor, [bytearray(7)], 0, 0)

    assert ["preadv in test_a_read_that_may_wait_is_seen_with_its_caller"] * 2 == seen


def test_a_read_that_fails_rather_than_wait_is_no_blocking_call(descriptor: int) -> None:
    with blocking_calls() as seen, suppress(OSError):  # some file systems take no such flag
        os.preadv(descriptor, [bytearray(7)], 0, os.RWF_NOWAIT)

    assert [] == seen


def test_a_read_whose_flags_cannot_be_seen_is_taken_to_wait(descriptor: int) -> None:
    with blocking_calls() as seen, suppress(OSError):
        preadv(descriptor, [bytearray(7)], 0, os.RWF_NOWAIT)

    assert ["preadv in test_a_read_whose_flags_cannot_be_seen_is_taken_to_wait"] == seen


def test_the_module_has_its_own_function_again_when_the_last_watch_ends(descriptor: int) -> None:
    def watch() -> None:
        with blocking_calls():
            pass

    with blocking_calls() as seen:
        other = Thread(target=watch)
        other.start()
        other.join()
        read = os.preadv(descriptor, [bytearray(7)], 0)

    assert 7 == read
    assert 1 == len(seen)
    assert preadv is os.preadv
