"""In which order properties are tried, how many of them at once, and when that is given up."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby

from storagedriver_conformance.findings import Result, Status
from storagedriver_conformance.properties import Property

Try = Callable[[Property], Result]

# Each hanging call costs the target's whole patience.
GIVING_UP = 4
HUNG = f"not tried, since the driver hung in {GIVING_UP} properties before"


def in_order(properties: Iterable[Property], tried: Try, *, at_once: int) -> Iterator[Result]:
    """Try properties, up to `at_once` at the same time, and give the results in their order.

    After `GIVING_UP` results of a driver that hangs, the others are not asked for any more.
    """
    hung = 0
    for one, result in _results(properties, tried, at_once):
        if hung < GIVING_UP:
            answer = result()
            hung += answer.finding is not None and answer.finding.endless
        else:
            answer = Result(property=one, status=Status.INCONCLUSIVE, reason=HUNG)
        yield answer


def _results(
    properties: Iterable[Property], tried: Try, at_once: int
) -> Iterator[tuple[Property, Callable[[], Result]]]:
    """Give each property with what waits for its result, tried then or meanwhile."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="conformance")
    try:
        for is_alone, group in groupby(properties, key=lambda one: at_once == 1 or _is_alone(one)):
            if is_alone:
                yield from ((one, partial(tried, one)) for one in group)
            else:
                begun = [(one, pool.submit(tried, one)) for one in group]
                yield from ((one, future.result) for one, future in begun)
    finally:
        pool.shutdown(cancel_futures=True)


def _is_alone(one: Property) -> bool:
    return one.alone or one.forks
