"""What a run found, as frozen records. Every reporter is a function of a `Report`."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median_low

from storagedriver_conformance.metering import Counts
from storagedriver_conformance.properties import Property
from storagedriver_conformance.timings import Times, add, quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One of the places at which a call was ended, in their order, and what was found afterwards.

    `outcome` is a word or two: `old` and `new` are as they must be, and `torn`, `lost` or `open
    failed`, for instance, are not. `place` is the line of the driver's code, as `file:line`.
    """

    number: int
    outcome: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One call of a race, and when it was made: moments count 1, 2, 3 for all clients together.

    `ended` is None where no answer came: the call may have taken effect at any moment since, or
    never.
    """

    client: str
    call: str
    began: int
    ended: int | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What several clients did at once, their calls in the order in which they began.

    Where an order was looked for that explains the answers, `order` has the longest, and `misfit`
    the call that fits nowhere in it; both are places in `spans`. `earlier` is the number of calls
    before these, which are left out.
    """

    spans: tuple[Span, ...]
    order: tuple[int, ...] = ()
    misfit: int | None = None
    earlier: int = 0


class Violation(AssertionError):  # noqa: N818 - it is no error of the suite
    """The driver did not do what the contract says.

    `expected` and `actual` are words or values, shown as they are. `points` has what was found at
    each place where a call was ended, and `race` what clients did at once.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: str = "",
        actual: str = "",
        points: tuple[Point, ...] = (),
        race: Race | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.actual = actual
        self.points = points
        self.race = race


class Endless(Violation):
    """A call does not come to an end, or not soon enough.

    Whoever finds that gives up: to try again would cost as much time again.
    """


class Inconclusive(Exception):  # noqa: N818 - it is no error of the suite
    """The storage could not answer: nothing can be said about the driver."""


class NotApplicable(Exception):  # noqa: N818 - it is no error of the suite
    """The property found that it does not apply to this target, and says why."""


class Status(StrEnum):
    """How a property ended.

    `QUIRK`: it failed for a reason that is known and no fault of the driver. `ABSENT`: the driver
    declares that it lacks what the property needs. `INCONCLUSIVE`: the storage did not answer.
    `ERROR`: the suite itself failed.
    """

    PASSED = "passed"
    FAILED = "failed"
    QUIRK = "quirk"
    ABSENT = "absent"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A failure: what was expected, what was seen, and the shortest recipe that was found.

    `steps` are the calls in order, in words. `draws` are the values that the property drew: with
    the property's id, they replay it. `endless` tells that a call did not come to its end. `points`
    has what was found at each place where a call was ended, for a property that does that; `race`
    what clients did, where calls were made at once.
    """

    message: str
    expected: str = ""
    actual: str = ""
    steps: tuple[str, ...] = ()
    draws: tuple[object, ...] = ()
    endless: bool = False
    points: tuple[Point, ...] = ()
    race: Race | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The seconds in which half of the calls were answered, and 95 of 100; both to 10 %."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The requests of a usual call, and of the one that made the most."""

    median: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one property ended, and what it cost in driver calls and seconds.

    `operations` has how often each method was called, `times` how long those took that succeeded,
    `requests` how many requests those made to the backend, where the target counts them.
    `notices` says what is no failure and worth to know.
    """

    property: Property
    status: Status
    calls: int = 0
    programs: int = 0
    seconds: float = 0.0
    reason: str = ""
    finding: Finding | None = None
    operations: dict[str, int] = field(default_factory=dict)
    times: Times = field(default_factory=dict)
    requests: Counts = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run.

    `capabilities` is what the driver declares, by name; `versions` what took part. `only` chose the
    properties, and `began` is in UTC.
    """

    target: str
    profile: str
    seed: int
    results: tuple[Result, ...] = ()
    capabilities: dict[str, object] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    trouble: str = ""
    only: str = "*"
    began: datetime | None = None

    def having(self, status: Status) -> list[Result]:
        """Return the results with this status."""
        return [result for result in self.results if result.status is status]

    @property
    def executed(self) -> int:
        """How many properties were really tried."""
        return sum(
            result.status in {Status.PASSED, Status.FAILED, Status.QUIRK} for result in self.results
        )

    @property
    def calls(self) -> int:
        """How many driver calls were made."""
        return sum(result.calls for result in self.results)

    @property
    def operations(self) -> dict[str, int]:
        """How often each method was called, the most frequent first."""
        counted: Counter[str] = Counter()
        for result in self.results:
            counted.update(result.operations)
        return dict(counted.most_common())

    @property
    def latencies(self) -> dict[str, Latency]:
        """How long calls of each method took."""
        times: Times = {}
        for result in self.results:
            add(times, result.times)
        return {
            name: Latency(median=quantile(counted, 0.5), p95=quantile(counted, 0.95))
            for name, counted in times.items()
        }

    @property
    def requests(self) -> dict[str, Requests]:
        """How many requests to the backend calls of each method made; empty if nobody counted."""
        counts: Counts = {}
        for result in self.results:
            add(counts, result.requests)
        return {
            name: Requests(median=median_low(counted.elements()), most=max(counted))
            for name, counted in counts.items()
        }

    @property
    def conforms(self) -> bool:
        """Whether something was tried and all of it passed."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 does not, 2 could not run, 3 inconclusive."""
        if self.having(Status.FAILED):
            return 1
        if self.trouble or self.having(Status.ERROR):
            return 2
        if self.having(Status.INCONCLUSIVE):
            return 3
        return 0 if self.executed else 2

    def summary(self) -> str:
        """Say in a sentence how it ended, and in another what it cost."""
        return self.verdict() if self.trouble else f"{self.verdict()}. {self.cost()}"

    def cost(self) -> str:
        """Say what it cost."""
        return f"{self.calls:,} calls, {self.seconds:.1f} s, seed {self.seed}"

    def verdict(self) -> str:
        """Say in one sentence how it ended."""
        passed, absent = len(self.having(Status.PASSED)), len(self.having(Status.ABSENT))
        if self.trouble:
            return f"{self.target} could not be tested: {self.trouble}"
        if failed := len(self.having(Status.FAILED)):
            verdict = f"does not conform: {failed} of {self.executed} applicable properties fail"
        elif errors := len(self.having(Status.ERROR)):
            verdict = f"could not be tested: the suite itself failed in {errors} properties"
        elif unclear := len(self.having(Status.INCONCLUSIVE)):
            verdict = f"is not proven: storage did not answer in {unclear} properties"
        elif not self.executed:
            verdict = "could not be tested: no property applies"
        else:
            quirks = len(self.having(Status.QUIRK))
            known = f", but for {quirks} known quirk{'s' * (quirks > 1)}" if quirks else ""
            number = f"{passed} of {self.executed} applicable properties, {absent} absent"
            verdict = f"conforms{known}: {number}"
        return f"{self.target} {verdict}"
