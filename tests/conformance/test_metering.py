"""Requests to the backend are told by method, where a target counts them."""

import json
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import count
from typing import ClassVar

import pytest

from storagedriver import FileInfo
from storagedriver_conformance import Report, Target, prop
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Requests
from storagedriver_conformance.metering import Meter
from storagedriver_conformance.reporters import as_html, as_json
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import target


@prop("toy.reads", "What is put is got and listed.")
async def reads(ctx: Context) -> None:
    await ctx.driver.put_content("/a", b"content")
    await ctx.driver.get_content("/a")
    ctx.same(["/a"], await ctx.children("/"), "the list")


class Metered(Reference):
    """Asks a backend twice for a content, and once for each entry of a list and at its end."""

    asked: ClassVar[Counter[str]] = Counter()

    async def get_content(self, path: str) -> bytes:
        self.asked["get"] += 2
        return await super().get_content(path)

    async def list(
        self, path: str, *, start_after: str | None = None
    ) -> AsyncGenerator[FileInfo, None]:
        async for info in super().list(path, start_after=start_after):
            self.asked["list"] += 1
            yield info
        self.asked["list"] += 1


def tried(given: Target) -> Report:
    return check_now(given, profile="quick", properties=[reads])


def test_the_requests_of_each_method_are_counted() -> None:
    report = tried(replace(target(Metered), requests=Metered.asked.total))

    found = report.requests
    assert Requests(median=0, most=0) == found["put_content"]
    assert Requests(median=2, most=2) == found["get_content"]
    assert Requests(median=2, most=2) == found["list"]
    assert {"median": 2, "most": 2} == json.loads(as_json.text(report))["requests"]["list"]
    assert ">requests</th>" in as_html.text(report, command="")


def test_nothing_is_told_where_nobody_counts() -> None:
    report = tried(target(Metered))

    assert {} == json.loads(as_json.text(report))["requests"]
    assert ">requests</th>" not in as_html.text(report, command="")


@pytest.fixture
def meter() -> Meter:
    numbers = count()
    return Meter(lambda: next(numbers))


def test_a_call_alone_is_counted(meter: Meter) -> None:
    for _ in range(2):
        with meter.call("get"):
            pass

    assert {"get": {1: 2}} == meter.found


def test_calls_at_once_are_not_counted(meter: Meter) -> None:
    with meter.call("list"), meter.call("get"):
        pass

    assert {} == meter.found


def test_a_call_that_fails_is_not_counted(meter: Meter) -> None:
    with pytest.raises(ZeroDivisionError), meter.call("get"):
        raise ZeroDivisionError

    assert {} == meter.found
