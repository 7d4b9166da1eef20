import pytest

from storagedriver.errors import StorageBackendError, StorageUnavailableError
from storagedriver.retry import Retries, RetryPolicy


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def retries(self, policy: RetryPolicy, chance: float = 1.0) -> Retries:
        return Retries(policy, sleep=self.sleep, clock=lambda: self.now, chance=lambda: chance)


class Flaky:
    """A call that fails with these errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def test_what_may_succeed_is_tried_again_after_ever_longer_waits() -> None:
    clock, call = Clock(), Flaky(*[StorageUnavailableError() for _ in range(4)])

    answer = await clock.retries(RetryPolicy(first=0.1, longest=0.3)).run(call)

    assert "answer" == answer
    assert [0.1, 0.2, 0.3, 0.3] == pytest.approx(clock.slept)


async def test_chance_takes_half_of_a_wait_at_most() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError())

    await clock.retries(RetryPolicy(first=0.1), chance=0.0).run(call)

    assert [0.05] == pytest.approx(clock.slept)


async def test_the_wait_is_as_long_as_the_backend_asks() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError(retry_after=7))

    await clock.retries(RetryPolicy(longest=0.3)).run(call)

    assert [7] == clock.slept


async def test_attempts_have_a_bound() -> None:
    clock, call = Clock(), Flaky(*[StorageUnavailableError(str(n)) for n in range(9)])

    with pytest.raises(StorageUnavailableError, match="2"):
        await clock.retries(RetryPolicy(attempts=3)).run(call)

    assert 3 == call.calls


async def test_no_attempt_begins_after_the_time_is_over() -> None:
    clock, call = Clock(), Flaky(*[StorageUnavailableError(retry_after=4) for _ in range(9)])

    with pytest.raises(StorageUnavailableError):
        await clock.retries(RetryPolicy(attempts=9, seconds=10)).run(call)

    assert 3 == call.calls
    assert clock.now <= 10


async def test_other_errors_are_not_tried_again() -> None:
    clock, call = Clock(), Flaky(StorageBackendError("no"))

    with pytest.raises(StorageBackendError, match="no"):
        await clock.retries(RetryPolicy()).run(call)

    assert 1 == call.calls


async def test_what_was_done_unseen_is_not_done_again() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError())

    async def look() -> str:
        return "found"

    assert "found" == await clock.retries(RetryPolicy()).run(call, look=look)
    assert 1 == call.calls


async def test_what_was_looked_for_and_not_found_is_done_again() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError())

    async def look() -> None:
        return None

    assert "answer" == await clock.retries(RetryPolicy()).run(call, look=look)
    assert 2 == call.calls


async def test_the_last_failure_is_looked_after_too() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError())

    async def look() -> str:
        return "found"

    assert "found" == await clock.retries(RetryPolicy(attempts=1)).run(call, look=look)


async def test_nothing_is_sent_again_while_nobody_can_look() -> None:
    clock, call = Clock(), Flaky(StorageUnavailableError("first"), StorageUnavailableError())

    async def look() -> None:
        raise StorageUnavailableError("look")

    with pytest.raises(StorageUnavailableError, match="first"):
        await clock.retries(RetryPolicy()).run(call, look=look)

    assert 1 == call.calls
