"""Faults of the storage, and the seam by which a driver's author lets the suite cause them.

A target that gives `faults` is tried with failing storage too. A hook knows when the driver makes a
request of its storage, and what a failure looks like there: a system call and its error number, an
HTTP request and its status. `storagedriver_conformance.osfaults` has one for drivers that work with
Python's `os` and `open`.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Protocol


class Kind(StrEnum):
    """In what way a request fails.

    `REFUSE`: nothing was done, and trying again may help: no connection, a reset, an EIO, a 500.
    `CUT`: broken off half-way: half of a body arrived, or half of the bytes were written.
    `DELAY`: it is done, and the answer comes late.
    `LOST_ANSWER`: it was done, and then looked as with `REFUSE`.
    `THROTTLED`: nothing was done; to be tried again after `Fault.retry_after` seconds.
    `DENIED`: it is not allowed. `FULL`: there is no space.
    `EXHAUSTED`: there are no file handles, or no connections, for now.
    `BAD_BATCH`: a request about several keys was not done for some, in an answer of success.
    `CORRUPT`: a body of the right length arrived, with other bytes.
    """

    REFUSE = "refuse"
    CUT = "cut"
    DELAY = "delay"
    LOST_ANSWER = "lost answer"
    THROTTLED = "throttled"
    DENIED = "denied"
    FULL = "full"
    EXHAUSTED = "exhausted"
    BAD_BATCH = "bad batch"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls the storage: request number `call`, and `times - 1` that follow it, fail.

    Only requests that this kind of failure can befall are counted, from 1 on; 0 stands for none.
    """

    kind: Kind
    call: int = 0
    times: int = 1
    retry_after: int = 1


@dataclass(slots=True)
class Strikes:
    """What came of a fault: the requests that it could have befallen, and those that it did.

    They are told in words, in their order: the same words for the same request.
    """

    fault: Fault
    requests: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def befall(self, request: str) -> bool:
        """Note a request that the fault can befall, and tell whether it does. For any thread."""
        with self._lock:
            self.requests.append(request)
            first = self.fault.call
            strikes = 0 < first <= len(self.requests) < first + self.fault.times
            if strikes:
                self.struck.append(request)
            return strikes


class Faults(Protocol):
    """What can make the storage of a target fail. It serves all instances of the target."""

    @property
    def kinds(self) -> Collection[Kind]:
        """The ways in which it can fail."""

    def inject(self, fault: Fault) -> AbstractContextManager[Strikes]:
        """Let a fault befall the requests that are made in the block, and tell what came of it.

        After the block, whatever happened in it, storage is well again.
        """
