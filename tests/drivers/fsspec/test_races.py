"""What two processes may do to each other, in the order that hurts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storagedriver import (
    PathConflictError,
    PathNotFoundError,
    StorageDriver,
    WriterLostError,
)
from storagedriver.drivers.fsspec.changing import Changes
from tests.drivers.fsspec.conftest import Open

pytestmark = pytest.mark.parametrize("place", ["file"], indirect=True)


def changes_of(driver: StorageDriver) -> Changes:
    changes: Changes = driver.unguarded._changes  # type: ignore[attr-defined]
    return changes


def root_of(driver: StorageDriver) -> Path:
    return Path(changes_of(driver).files.key("/"))


def left(driver: StorageDriver) -> list[str]:
    """What is left of writers, and what nobody knows of."""
    root = root_of(driver) / "~"
    return sorted(str(path.relative_to(root)) for path in root.glob("*/*"))


def before_each(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, what: Callable[[int], None]
) -> list[int]:
    """Do something before each call of a method, and return the numbers of the calls."""
    called, calls = getattr(owner, name), []

    def first(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 # any method's
        calls.append(len(calls))
        what(calls[-1])
        return called(*arguments, **options)

    monkeypatch.setattr(owner, name, first)
    return calls


@pytest.mark.parametrize("name", ["mkdir", "rename"])
async def test_a_folder_that_another_removes_again_and_again_is_made_as_often(
    opener: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with opener() as driver:
        changes = changes_of(driver)

        def prune(number: int) -> None:
            if number < 40:
                for folder in ("d/e", "d"):
                    if (root_of(driver) / folder).is_dir():
                        (root_of(driver) / folder).rmdir()

        owner = changes.files.fs if name == "mkdir" else changes.making
        calls = before_each(monkeypatch, owner, name, prune)
        await driver.put_content("/d/e/a", b"kept")

        assert 40 <= len(calls)
        assert b"kept" == await driver.get_content("/d/e/a")


async def test_a_put_that_meets_a_new_directory_is_a_conflict(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:

        def come_first(_: int) -> None:
            (root_of(driver) / "a").mkdir(exist_ok=True)
            (root_of(driver) / "a/b").write_bytes(b"another's")

        before_each(monkeypatch, changes_of(driver).making, "rename", come_first)
        with pytest.raises(PathConflictError):
            await driver.put_content("/a", b"ours")

        assert b"another's" == await driver.get_content("/a/b")
        assert [] == left(driver)


async def test_a_put_that_meets_a_new_file_above_it_is_a_conflict(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:

        def come_first(_: int) -> None:
            (root_of(driver) / "a").write_bytes(b"another's")

        before_each(monkeypatch, changes_of(driver).making, "rename", come_first)
        with pytest.raises(PathConflictError):
            await driver.put_content("/a/b/c", b"ours")

        assert [] == left(driver)


async def test_a_move_whose_source_goes_meanwhile_finds_nothing(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        await driver.put_content("/a", b"1")
        await driver.put_content("/b", b"2")

        def take(_: int) -> None:
            (root_of(driver) / "a").unlink(missing_ok=True)

        before_each(monkeypatch, changes_of(driver).making, "rename", take)
        with pytest.raises(PathNotFoundError):
            await driver.move("/a", "/b")

        assert b"2" == await driver.get_content("/b")


async def test_of_two_deletes_of_one_file_one_finds_nothing(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        await driver.put_content("/d/a", b"1")

        def take(_: int) -> None:
            (root_of(driver) / "d/a").unlink(missing_ok=True)

        before_each(monkeypatch, changes_of(driver).files.fs, "rm_file", take)
        with pytest.raises(PathNotFoundError):
            await driver.delete("/d/a")


async def test_a_delete_of_what_has_become_a_directory_takes_what_is_in_it(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        await driver.put_content("/a", b"1")

        def become_a_directory(number: int) -> None:
            if not number:
                (root_of(driver) / "a").unlink()
                (root_of(driver) / "a").mkdir()
                (root_of(driver) / "a/b").write_bytes(b"2")

        before_each(monkeypatch, changes_of(driver).files.fs, "rm_file", become_a_directory)
        await driver.delete("/a")

        assert [] == [info.path async for info in driver.walk("/")]


async def test_a_get_of_what_has_become_a_directory_finds_nothing(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        await driver.put_content("/a", b"1")

        def become_a_directory(_: int) -> None:
            (root_of(driver) / "a").unlink()
            (root_of(driver) / "a").mkdir()

        before_each(monkeypatch, changes_of(driver).files.fs, "cat_file", become_a_directory)
        with pytest.raises(PathNotFoundError):
            await driver.get_content("/a")


async def test_a_writer_is_not_resumed_once_another_has_committed_it(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        async with await driver.writer("/d/a") as writer:
            await writer.write(b"kept")
        changes = changes_of(driver)

        def commit(number: int) -> None:
            if not number:
                (segment,) = (root_of(driver) / "~/drafts/d,a").glob("*-0")
                (root_of(driver) / "d").mkdir()
                segment.rename(root_of(driver) / "d/a")

        before_each(monkeypatch, changes.making, "replace", commit)
        with pytest.raises(PathNotFoundError):
            await driver.writer("/d/a", append=True)

        assert b"kept" == await driver.get_content("/d/a")
        assert [] == left(driver)


async def test_what_a_killed_commit_left_is_listed_as_nothing_and_goes(opener: Open) -> None:
    async with opener() as driver:
        async with await driver.writer("/a") as writer:
            await writer.write(b"kept")
        (segment,) = (root_of(driver) / "~/drafts/a").glob("*-0")
        segment.rename(root_of(driver) / "a")

        (info,) = [info async for info in driver.unfinished()]
        assert 0 == info.size
        async with await driver.writer("/a", append=True) as writer:
            assert 0 == writer.size
        (info,) = [info async for info in driver.unfinished()]
        await driver.discard(info)
        assert [] == left(driver)


async def test_a_writer_whose_segment_another_took_has_lost_its_path(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        async with await driver.writer("/a") as writer:
            await writer.write(b"kept")
        writer = await driver.writer("/a", append=True)

        def take(_: int) -> None:
            for segment in (root_of(driver) / "~/drafts/a").glob("*-0"):
                segment.rename(root_of(driver) / "a")

        before_each(monkeypatch, changes_of(driver).making, "rename", take)
        with pytest.raises(WriterLostError):
            await writer.commit()
        await writer.cancel()


async def test_what_a_former_writer_still_adds_does_not_reach_the_file(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storagedriver.drivers.fsspec.writing.SEGMENT", 4)
    async with opener() as driver, opener() as other:
        former = await driver.writer("/a")
        await former.write(b"kept")
        (segment,) = (root_of(driver) / "~/drafts/a").glob("*-0")

        with segment.open("ab") as being_added_to:
            async with await other.writer("/a", append=True) as writer:
                assert 4 == writer.size
                await writer.commit()
            being_added_to.write(b"more")

        assert b"kept" == await driver.get_content("/a")
        with pytest.raises(WriterLostError):
            await former.write(b"more")
        await former.cancel()
        assert [] == left(driver)


async def test_unfinished_writers_of_long_paths_are_told_apart_and_leave_nothing(
    opener: Open,
) -> None:
    async with opener() as driver:
        most = driver.capabilities.limits.max_key
        assert most is not None
        longest = ("/" + "n" * 99) * (most // 100)
        # With 143, the name of the folder is as long as one may be.
        paths = [*(longest[:length] for length in (142, 143, 144)), longest]
        for path in [*paths, "/a"]:
            async with await driver.writer(path) as writer:
                await writer.write(b"1")

        found = [info async for info in driver.unfinished()]
        assert ["/a", *paths] == [info.path for info in found]
        assert paths == [info.path async for info in driver.unfinished(longest[:100])]
        for info in found:
            await driver.discard(info)
        assert [] == left(driver)
