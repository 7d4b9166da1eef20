"""Processes that are killed in the middle of a call: what is found by it, and what stays."""

import json
import os
import re
import time
from dataclasses import replace

import pytest

from storagedriver import StorageUnavailableError, open_driver
from storagedriver_conformance import Report, Status
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.deaths import (
    BEFORE,
    BESIDE,
    MOVE_ONTO,
    NEW,
    OLD,
    PUT_OVER,
    TREE,
    TREE_DELETE,
    Files,
    Scene,
)
from storagedriver_conformance.dying import Order
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.remains import Wrong, compared
from storagedriver_conformance.reporters import as_json
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.tracing import code_of
from storagedriver_conformance.victims import Victims
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.animals.crash_animals import UnlinksFirst
from storagedriver_conformance.zoo.durable import Durable
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.synced import PowerSafe

CRASH = [one.id for one in all_properties() if one.group == "crash"]


def tried(kind: type[Durable], only: str, **changes: object) -> Report:
    target = crime("It does nothing wrong.")(kind).target()
    return check_now(replace(target, **changes), only=only)  # type: ignore[arg-type] # its fields


@pytest.mark.timeout(600)
def test_a_durable_driver_keeps_the_whole_group() -> None:
    report = tried(PowerSafe, "crash.*")

    assert CRASH == [one.property.id for one in report.having(Status.PASSED)]


def test_a_finding_tells_of_each_place_where_a_process_was_killed() -> None:
    report = check_now(UnlinksFirst.target(), only="crash.old-or-new")

    finding = report.results[0].finding
    assert finding is not None
    outcomes = [point.outcome for point in finding.points]
    assert {"old", "lost"} <= set(outcomes)
    assert list(range(1, len(outcomes) + 1)) == [point.number for point in finding.points]
    lost = finding.points[outcomes.index("lost")]
    assert re.fullmatch(r"animals/crash_animals\.py:\d+", lost.place)
    assert f"killed at {lost.place} (point {lost.number}): /d/f is gone" in finding.message
    assert f"in another process: put over a file -> killed at {lost.place}" in finding.steps
    (told,) = json.loads(as_json.text(report))["results"]
    assert outcomes == [point["outcome"] for point in told["finding"]["points"]]


def test_a_target_that_cannot_be_forked_is_not_tried() -> None:
    report = tried(Durable, "crash.move", forks=False)

    assert [Status.ABSENT] == [one.status for one in report.results]
    assert "cannot be used after a fork" in report.results[0].reason


class HangsElsewhere(Durable):
    born = os.getpid()

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        if os.getpid() != self.born:
            time.sleep(3600)


def test_a_driver_that_hangs_after_a_fork_is_not_tried() -> None:
    report = tried(HangsElsewhere, "crash.move", patience=0.5)

    assert [Status.ABSENT] == [one.status for one in report.results]
    assert "hangs in a process that was forked" in report.results[0].reason


class FailsElsewhere(Durable):
    born = os.getpid()

    async def enter(self, *paths: str, root: bool = False) -> None:
        await super().enter(*paths, root=root)
        if os.getpid() != self.born:
            raise StorageUnavailableError("it answers one process alone")


def test_storage_that_does_not_answer_the_victim_is_no_verdict() -> None:
    report = tried(FailsElsewhere, "crash.move")

    assert [Status.INCONCLUSIVE] == [one.status for one in report.results]
    assert "it answers one process alone" in report.results[0].reason


def test_a_driver_whose_code_is_not_seen_is_not_tried() -> None:
    report = tried(Durable, "crash.move", code=("html",))

    assert [Status.ABSENT] == [one.status for one in report.results]
    assert "the target can name its packages" in report.results[0].reason


async def test_no_process_is_left() -> None:
    target = crime("It does nothing wrong.")(Durable).target()
    with Victims(target) as victims:
        process = victims.process
        async with target.open():
            order = Order(scene="opening", namespace="/x")
            lives = [await victims.die(order, Calls(patience=5)) for _ in range(2)]

    assert ["PathNotFoundError" in life.trouble for life in lives] == [True, True]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_the_code_of_a_guarded_driver_is_that_of_its_package() -> None:
    async with open_driver("memory") as driver:
        (place,) = code_of(driver)

    assert place.endswith("/storagedriver/drivers/memory/")


def test_the_code_of_a_driver_can_be_named() -> None:
    (place,) = code_of(object(), ["storagedriver_conformance.zoo"])

    assert place.endswith("/storagedriver_conformance/zoo/")


@pytest.mark.parametrize(
    ("scene", "said", "files", "outcome"),
    [
        (PUT_OVER, 0, BEFORE, "old"),
        (PUT_OVER, 0, {**BESIDE, "/d/f": NEW}, "new"),
        (PUT_OVER, 1, {**BESIDE, "/d/f": NEW}, "new"),
        (PUT_OVER, 1, BEFORE, "lost"),
        (PUT_OVER, 0, {**BESIDE, "/d/f": NEW[:50]}, "torn"),
        (PUT_OVER, 0, BESIDE, "lost"),
        (PUT_OVER, 0, {"/d/f": OLD}, "lost"),
        (MOVE_ONTO, 0, {**BESIDE, "/d/f": NEW, "/s/f": NEW}, "old"),
        (MOVE_ONTO, 0, BEFORE, "lost"),
        (MOVE_ONTO, 1, {**BESIDE, "/d/f": NEW, "/s/f": NEW}, "lost"),
        (TREE_DELETE, 0, {**BESIDE, "/t/b/c": TREE["/t/b/c"]}, "old"),
        (TREE_DELETE, 0, {**BESIDE, "/t/b/c": b""}, "torn"),
        (TREE_DELETE, 1, {**BESIDE, "/t/e": TREE["/t/e"]}, "lost"),
    ],
)
def test_what_is_left_is_named(scene: Scene, said: int, files: Files, outcome: str) -> None:
    try:
        found = compared(scene, said, files)
    except Wrong as wrong:
        found = wrong.outcome

    assert outcome == found
