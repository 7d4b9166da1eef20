"""What a process remembers of uploads, so that they need not be read again."""

import pytest

from storagedriver.registry.store.hashing import RunningHash
from storagedriver.registry.store.sessions import Sessions

NAME = "team/app"


def test_only_so_many_hashes_are_remembered_and_the_oldest_goes_first() -> None:
    sessions = Sessions(most=2)
    for number in range(3):
        running = RunningHash("sha256")
        running.update(b"x")
        sessions.keep((NAME, str(number)), running)

    known = [sessions.resume((NAME, str(number)), 1, "sha256") for number in range(3)]

    assert [False, True, True] == [running is not None for running in known]


@pytest.mark.parametrize(("size", "algorithm"), [(2, "sha256"), (1, "sha512")])
def test_a_hash_of_other_bytes_or_another_algorithm_is_of_no_use(size: int, algorithm: str) -> None:
    sessions = Sessions()
    running = RunningHash("sha256")
    running.update(b"x")
    sessions.keep((NAME, "id"), running)

    assert None is sessions.resume((NAME, "id"), size, algorithm)
