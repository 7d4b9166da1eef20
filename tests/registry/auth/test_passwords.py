"""Checks of passwords: right, remembered, and as slow for users that there are not."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import bcrypt
import pytest

from storagedriver.registry.auth import passwords as subject
from storagedriver.registry.auth.credentials import UserPassword
from storagedriver.registry.auth.passwordfile import PasswordFile
from storagedriver.registry.auth.passwords import LOOK_SECONDS, REMEMBERED_SECONDS, Passwords
from tests.registry.auth.scenes import Clock, line, rewrite, users_file

ALICE = UserPassword("alice", b"one")
WRONG = UserPassword("alice", b"two")
NOBODY = UserPassword("mallory", b"one")


class Checks:
    """Counts the checks that bcrypt does, each with the cost it has."""

    def __init__(self) -> None:
        self.costs: list[int] = []
        self.threads: set[str] = set()
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()
        self._checkpw = bcrypt.checkpw

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.costs.append(int(hashed[4:6]))
        self.threads.add(threading.current_thread().name)
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        try:
            return self._checkpw(password, hashed)
        finally:
            with self._lock:
                self._running -= 1


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    checks = Checks()
    monkeypatch.setattr(subject.bcrypt, "checkpw", checks)
    return checks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return users_file(tmp_path, alice="one")


@pytest.fixture
async def passwords(path: Path, clock: Clock, checks: Checks) -> AsyncIterator[Passwords]:
    passwords = Passwords(PasswordFile(str(path)), clock=clock)
    yield passwords
    await passwords.aclose()


async def test_only_the_right_password_of_a_user_is_right(passwords: Passwords) -> None:
    tried = [ALICE, WRONG, NOBODY, UserPassword("alice", b""), UserPassword("", b"one")]

    assert [True, False, False, False, False] == [await passwords.are_right(it) for it in tried]


async def test_a_right_password_is_remembered_for_a_while_after_its_last_use(
    passwords: Passwords, clock: Clock, checks: Checks
) -> None:
    for _ in range(3):
        await passwords.are_right(ALICE)
        clock.now += REMEMBERED_SECONDS - 1
    once = len(checks.costs)
    clock.now += 1

    assert await passwords.are_right(ALICE)
    assert (1, 2) == (once, len(checks.costs))


async def test_a_wrong_password_is_checked_each_time(passwords: Passwords, checks: Checks) -> None:
    for wrong in (WRONG, WRONG, NOBODY, NOBODY):
        assert not await passwords.are_right(wrong)

    assert 4 == len(checks.costs)


async def test_of_many_requests_at_once_one_is_checked(
    passwords: Passwords, checks: Checks
) -> None:
    assert [True] * 9 == await asyncio.gather(*(passwords.are_right(ALICE) for _ in range(9)))

    assert 1 == len(checks.costs)


@pytest.mark.parametrize("wrong", [WRONG, NOBODY])
async def test_the_same_wrong_password_waits_for_itself_whether_there_is_the_user_or_not(
    passwords: Passwords, checks: Checks, wrong: UserPassword
) -> None:
    await asyncio.gather(*(passwords.are_right(wrong) for _ in range(4)))

    assert (4, 1) == (len(checks.costs), checks.most_at_once)


async def test_checks_do_not_block_the_loop(passwords: Passwords, checks: Checks) -> None:
    await passwords.are_right(ALICE)

    assert threading.current_thread().name not in checks.threads


async def test_nothing_that_is_kept_holds_the_password(passwords: Passwords) -> None:
    secret = b"correct horse battery staple"
    await passwords.are_right(UserPassword("alice", secret))
    await passwords.are_right(ALICE)

    kept = repr(passwords._remembered)
    assert "one" not in kept
    assert all(32 == len(proof) for proof in passwords._remembered)
    gc.collect()
    assert 0 == len(passwords._locks)


async def test_a_password_that_was_changed_is_not_right_any_more(
    passwords: Passwords, path: Path, clock: Clock
) -> None:
    await passwords.are_right(ALICE)
    rewrite(path, line("alice", "two"))
    clock.now += LOOK_SECONDS

    assert [False, True] == [await passwords.are_right(each) for each in (ALICE, WRONG)]


async def test_a_user_that_was_removed_is_not_let_in(
    passwords: Passwords, path: Path, clock: Clock
) -> None:
    await passwords.are_right(ALICE)
    rewrite(path, line("bob", "one"))
    clock.now += LOOK_SECONDS

    assert not await passwords.are_right(ALICE)


async def test_an_unknown_user_costs_what_one_of_the_others_does_in_each_process(
    tmp_path: Path, clock: Clock, checks: Checks
) -> None:
    path = tmp_path / "mixed"
    path.write_text(line("a", "x", cost=4) + line("b", "x", cost=5))
    names = [f"unknown-{number}" for number in range(32)]

    for _ in range(2):
        passwords = Passwords(PasswordFile(str(path)), clock=clock)
        for name in names + names:
            await passwords.are_right(UserPassword(name, b"x"))
        await passwords.aclose()

    first, *others = [checks.costs[at : at + 32] for at in range(0, 128, 32)]
    assert {4, 5} == set(first)
    assert [first] * 3 == others


async def test_without_any_user_an_unknown_one_costs_what_is_usual(
    tmp_path: Path, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_USUAL_COST", 6)
    (tmp_path / "empty").write_text("")
    passwords = Passwords(PasswordFile(str(tmp_path / "empty")))

    assert not await passwords.are_right(ALICE)

    await passwords.aclose()
    assert [6] == checks.costs


@pytest.mark.parametrize("password", ["p" * 72, "p" * 300, "\u00e4" * 40, "a b:c"])
async def test_long_and_odd_passwords_are_checked(
    tmp_path: Path, clock: Clock, password: str
) -> None:
    shortened = password.encode()[:72].decode(errors="ignore")
    file = PasswordFile(str(users_file(tmp_path, alice=shortened)))
    passwords = Passwords(file, clock=clock)

    assert await passwords.are_right(UserPassword("alice", password.encode()))
    await passwords.aclose()


async def test_a_password_with_a_zero_byte_is_wrong_and_nothing_worse(
    passwords: Passwords,
) -> None:
    assert not await passwords.are_right(UserPassword("alice", b"one\0"))


async def test_what_is_remembered_is_bounded(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch, path: Path, clock: Clock
) -> None:
    monkeypatch.setattr(subject, "MOST_REMEMBERED", 2)
    rewrite(path, "".join(line(user, "one") for user in "abc"))
    clock.now += LOOK_SECONDS

    for user in "abc":
        assert await passwords.are_right(UserPassword(user, b"one"))

    assert 2 == len(passwords._remembered)
