"""Checking passwords: slow on purpose, so done in threads, and what was right is remembered."""

import asyncio
import secrets
import time
from collections.abc import Callable
from hashlib import blake2b
from weakref import WeakValueDictionary

import bcrypt

from storagedriver.aio import Threads
from storagedriver.registry.auth.credentials import UserPassword
from storagedriver.registry.auth.passwordfile import PasswordFile

REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 10_000
LOOK_SECONDS = 1.0
"""How often it is looked whether the file changed, at most."""

_THREADS = 2
_BCRYPT_BYTES = 72  # what the algorithm looks at; the library refuses more
_USUAL_COST = 12
_NO_DIGEST = b"." * 31


class Passwords:
    """Checks the passwords of a file's users.

    The time of a check tells nobody whether there is such a user: one that there is not costs what
    one of the others does. What was right is remembered for a minute after its last use, as a keyed
    hash, together with the file's own hash: a password that was changed is not right any more.
    """

    def __init__(self, file: PasswordFile, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._next_look = clock() + LOOK_SECONDS
        self._threads = Threads("passwords", most=_THREADS)
        self._secret = secrets.token_bytes(32)
        self._remembered: dict[bytes, float] = {}
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def are_right(self, given: UserPassword) -> bool:
        """Tell whether there is such a user with such a password."""
        await self._look()
        stored = self._file.hashes.get(given.user)
        hashed = self._decoy(given.user) if stored is None else stored
        proof = self._keyed(stored or b"", given.user.encode(), given.password)
        # Many requests of one client come at once: one of them is checked.
        async with self._locks.setdefault(proof, asyncio.Lock()):
            is_right = self._remembered.get(proof, 0.0) > self._clock()
            if not is_right:
                is_right = await self._threads.run(_compare, given.password, hashed)
            if stored is None or not is_right:
                return False
            # Anew with each use, so that no flood of wrong passwords is in the way of who is busy.
            self._remember(proof)
            return True

    async def aclose(self) -> None:
        """End the threads."""
        await self._threads.aclose()

    async def _look(self) -> None:
        now = self._clock()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            await self._threads.run(self._file.refresh)

    def _decoy(self, user: str) -> bytes:
        """Make a hash that costs what that of some user does, the same one's in each process.

        Who is there costs the same everywhere, so that another cost would tell who is not.
        """
        costs = self._file.costs or (_USUAL_COST,)
        choice = blake2b(user.encode(), key=self._file.key)
        cost = costs[int.from_bytes(choice.digest()) % len(costs)]
        return bcrypt.gensalt(cost) + _NO_DIGEST

    def _keyed(self, *parts: bytes) -> bytes:
        hashing = blake2b(key=self._secret, digest_size=32)
        for part in parts:
            hashing.update(len(part).to_bytes(8) + part)
        return hashing.digest()

    def _remember(self, proof: bytes) -> None:
        self._remembered.pop(proof, None)
        self._remembered[proof] = self._clock() + REMEMBERED_SECONDS
        while len(self._remembered) > MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]


def _compare(password: bytes, hashed: bytes) -> bool:
    return bcrypt.checkpw(password[:_BCRYPT_BYTES], hashed)
