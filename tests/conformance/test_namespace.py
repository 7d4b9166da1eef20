"""The suite deletes what it made, and nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from storagedriver import FileInfo
from storagedriver_conformance import Status, session
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.careless import CARELESS, TakesNothingForTheRoot
from tests.conformance.toys import CutsAt1000, keeps, target, tried

OTHERS = ("/precious", "/conformance/data", "/conformance-of-last-year/p1/a", "/a", "/d/file")


def with_data(kind: Callable[[Disk], Reference] = Reference, *more: str) -> Disk:
    disk = Disk()

    async def fill() -> None:
        driver = kind(disk)
        for path in (*OTHERS, *more):
            await driver.put_content(path, b"precious")

    asyncio.run(fill())
    return disk


@pytest.mark.parametrize("kind", [Reference, CutsAt1000])
def test_what_was_there_stays_and_what_it_made_goes(kind: type[Reference]) -> None:
    disk = with_data()
    before = dict(disk.files)

    tried(lambda _: kind(disk))

    assert before == disk.files


def test_the_whole_suite_leaves_a_disk_as_it_was() -> None:
    disk = with_data()
    before = dict(disk.files)

    report = check_now(target(lambda _: Reference(disk)), profile="smoke")

    assert report.executed
    assert before == disk.files
    assert {} == disk.pending


def test_where_its_own_new_directory_exists_already_nothing_is_tried() -> None:
    class FindsEverything(Reference):
        async def stat(self, path: str) -> FileInfo:
            return FileInfo(path=path, is_dir=True)

    disk = with_data()
    before = dict(disk.files)

    report = tried(lambda _: FindsEverything(disk))

    assert [Status.FAILED] == [result.status for result in report.results]
    assert report.results[0].finding is not None
    assert "so nothing is tried" in report.results[0].finding.message
    assert before == disk.files


@pytest.mark.parametrize("kind", CARELESS)
@pytest.mark.parametrize("more", [(), ("/mark", "/p1/mark")])
def test_a_careless_driver_is_kept_from_what_others_have(
    kind: Callable[[Disk], Reference], more: tuple[str, ...]
) -> None:
    disk = with_data(kind, *more)
    before = dict(disk.files)

    report = check_now(
        target(lambda _: kind(disk)), profile="smoke", only="content.*,move.*,delete.*,paths.*"
    )
    dangerous = check_now(
        target(lambda _: kind(disk)), only="delete.root,paths.shapes,paths.refused-early"
    )

    assert report.results
    assert dangerous.results
    assert before == {path: disk.files[path] for path in before}


def test_what_would_delete_everything_is_tried_where_nothing_matters() -> None:
    disk = Disk()
    disposable = replace(target(lambda _: TakesNothingForTheRoot(disk)), disposable=True)

    report = check_now(disposable, only="delete.root,paths.shapes")

    assert [Status.FAILED, Status.FAILED] == [result.status for result in report.results]


@pytest.mark.parametrize("mark", [None, b"somebody else's"])
def test_a_directory_whose_mark_is_not_its_own_is_not_deleted(mark: bytes | None) -> None:
    deleted: list[str] = []

    class LosesTheMark(Reference):
        def store(self, path: str, content: bytes) -> FileInfo:
            is_mark = path.endswith("/mark")
            info = super().store(path, mark or b"" if is_mark else content)
            if is_mark and mark is None:
                del self.disk.files[path]
            return info

        async def delete(self, path: str, *, if_match: str | None = None) -> None:
            deleted.append(path)

    tried(LosesTheMark)

    assert [] == deleted


def test_everything_is_below_one_new_directory_for_each_instance() -> None:
    paths: list[str] = []

    class Notes(Reference):
        def store(self, path: str, content: bytes) -> FileInfo:
            paths.append(path)
            return super().store(path, content)

    tried(Notes, keeps)

    assert 1 == len({path.split("/")[1] for path in paths})
    assert paths[0].startswith("/conformance-")
    assert session.MARK
