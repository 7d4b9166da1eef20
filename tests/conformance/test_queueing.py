"""Properties that are tried at once, alone, or not any more."""

import threading

import pytest

from storagedriver_conformance import Property, Result, Status, prop
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.queueing import GIVING_UP, in_order

PATIENCE = 60


def made(number: int, *, alone: bool = False) -> Property:
    @prop(f"toy.{number}", "It is.", alone=alone)
    async def check(ctx: Context) -> None: ...

    return check


def passed(one: Property) -> Result:
    return Result(property=one, status=Status.PASSED)


def hung(one: Property) -> Result:
    return Result(property=one, status=Status.FAILED, finding=Finding(message="", endless=True))


@pytest.mark.parametrize("at_once", [1, 4])
def test_results_come_in_the_order_of_the_properties(at_once: int) -> None:
    properties = [made(number, alone=number % 3 == 0) for number in range(20)]

    results = in_order(properties, passed, at_once=at_once)

    assert properties == [result.property for result in results]


def test_as_many_as_may_be_are_tried_at_once() -> None:
    together = threading.Barrier(3, timeout=PATIENCE)  # it breaks if fewer come

    def tried(one: Property) -> Result:
        together.wait()
        return passed(one)

    results = in_order([made(number) for number in range(6)], tried, at_once=3)

    assert [Status.PASSED] * 6 == [result.status for result in results]


def test_beside_one_that_is_alone_no_other_is_tried() -> None:
    has_ended, beside = threading.Event(), threading.Event()

    def tried(one: Property) -> Result:
        if one.alone:
            beside.wait(0.5)  # time for another to come, which none may
            has_ended.set()
        elif one is after and not has_ended.is_set():
            beside.set()
        return passed(one)

    before, alone, after = made(1), made(2, alone=True), made(3)
    results = list(in_order([before, alone, after], tried, at_once=3))

    assert 3 == len(results)
    assert not beside.is_set()


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_driver_that_hangs_again_and_again_is_given_up_on(at_once: int) -> None:
    properties = [made(number) for number in range(3 * GIVING_UP)]
    tried: list[Property] = []

    def hangs(one: Property) -> Result:
        tried.append(one)
        return hung(one)

    results = list(in_order(properties, hangs, at_once=at_once))

    assert properties == [result.property for result in results]
    expected = [Status.FAILED] * GIVING_UP + [Status.INCONCLUSIVE] * 2 * GIVING_UP
    assert expected == [result.status for result in results]
    if at_once == 1:
        assert GIVING_UP == len(tried)
