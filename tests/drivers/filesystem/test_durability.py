"""In which order what is done reaches the disk."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem import writeback
from storagedriver.protocol import StorageDriver

WATCHED = ["fsync", "rename", "unlink", "rmdir"]


class Trace:
    """The calls that matter to the disk, each with the file's name below the root."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self.calls: list[str] = []

    def watch(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def watched(target: str | int, *arguments: object, **options: object) -> object:
            folder = options.get("dir_fd") or options.get("src_dir_fd")
            shown = f"{name} {self._place(target, folder)}"
            if name == "rename":
                shown += f" {self._place(str(arguments[0]), options.get('dst_dir_fd'))}"
            answer = call(target, *arguments, **options)
            self.calls.append(shown)
            return answer

        return watched

    def _place(self, target: str | int, folder: object) -> str:
        if isinstance(target, int):
            target = os.readlink(f"/proc/self/fd/{target}")
        elif folder is not None:
            target = os.readlink(f"/proc/self/fd/{folder}") + "/" + target
        place = os.path.normpath(target).removeprefix(self._root) or "/"
        # The names of our own files are random.
        return re.sub("~?[0-9a-f]{32}$", "*", place)


@pytest.fixture
def trace(driver: StorageDriver, root: Path, monkeypatch: pytest.MonkeyPatch) -> Trace:
    trace = Trace(root)
    for name in WATCHED:
        monkeypatch.setattr(os, name, trace.watch(name, getattr(os, name)))
    return trace


async def test_a_put_is_synced_then_renamed_then_each_new_directory_is_synced(
    driver: StorageDriver, trace: Trace
) -> None:
    await driver.put_content("/a/b/c", b"content")

    assert [
        "fsync /~/temporary/*",
        "rename /~/temporary/* /a/b/c",
        "fsync /a/b",
        "fsync /a",
        "fsync /",
    ] == trace.calls


async def test_a_put_into_an_old_directory_syncs_that_one_alone(
    driver: StorageDriver, trace: Trace
) -> None:
    await driver.put_content("/a/b", b"old")
    trace.calls.clear()

    await driver.put_content("/a/b", b"content")

    assert ["fsync /~/temporary/*", "rename /~/temporary/* /a/b", "fsync /a"] == trace.calls


async def test_a_commit_is_synced_then_renamed_then_each_new_directory_is_synced(
    driver: StorageDriver, trace: Trace
) -> None:
    async with await driver.writer("/a/b") as writer:
        await writer.write(b"content")
        await writer.commit()

    assert [
        "fsync /~/writers/a,b/*",
        "rename /~/writers/a,b/* /a/b",
        "fsync /a",
        "fsync /",
    ] == [call for call in trace.calls if not call.startswith("rmdir")]


async def test_a_closed_writer_is_synced_with_its_new_directory(
    driver: StorageDriver, trace: Trace
) -> None:
    async with await driver.writer("/a/b/c/d") as writer:
        await writer.write(b"content")

    assert [
        "fsync /~/writers/a,b,c,d/*",
        "fsync /~/writers/a,b,c,d",
        "fsync /~/writers",
    ] == trace.calls


async def test_a_writer_of_a_long_path_is_synced_with_each_of_its_new_directories(
    driver: StorageDriver, trace: Trace
) -> None:
    async with await driver.writer(f"/{'x' * 200}") as writer:
        await writer.write(b"content")

    first, second = f"/~/writers/{'x' * 142}", f"/~/writers/{'x' * 142}/+{'x' * 58}"
    assert [
        f"fsync {second}/*",
        f"fsync {second}",
        f"fsync {first}",
        "fsync /~/writers",
    ] == trace.calls


async def test_a_closed_writer_that_went_on_is_synced_with_its_directory_alone(
    driver: StorageDriver, trace: Trace
) -> None:
    async with await driver.writer("/a/b") as writer:
        await writer.write(b"content")
    trace.calls.clear()

    async with await driver.writer("/a/b", append=True) as writer:
        await writer.write(b"more")

    assert [
        "rename /~/writers/a,b/* /~/writers/a,b/*",
        "fsync /~/writers/a,b/*",
        "fsync /~/writers/a,b",
    ] == trace.calls


async def test_a_move_syncs_the_destination_before_the_source_may_be_gone(
    driver: StorageDriver, trace: Trace
) -> None:
    await driver.put_content("/a/b", b"content")
    await driver.put_content("/a/c", b"content")
    trace.calls.clear()

    await driver.move("/a/b", "/d/e")

    assert ["rename /a/b /d/e", "fsync /d", "fsync /", "fsync /a"] == trace.calls


async def test_a_delete_syncs_the_directory_that_stays(driver: StorageDriver, trace: Trace) -> None:
    await driver.put_content("/a/b/c", b"content")
    await driver.put_content("/a/d", b"content")
    trace.calls.clear()

    await driver.delete("/a/b/c")

    assert ["unlink /a/b/c", "rmdir /a/b", "fsync /a"] == trace.calls


async def test_a_delete_of_a_directory_syncs_once_what_stays(
    driver: StorageDriver, trace: Trace
) -> None:
    for name in ["b/c", "b/d", "e/f/g"]:
        await driver.put_content(f"/a/{name}", b"content")
    trace.calls.clear()

    await driver.delete("/a")

    assert ["unlink /a/b/c", "unlink /a/b/d", "unlink /a/e/f/g"] == trace.calls[:3]
    assert ["rmdir /a", "fsync /"] == trace.calls[-2:]
    assert 1 == sum(call.startswith("fsync") for call in trace.calls)


async def test_a_writer_that_is_dropped_with_its_file_is_gone_for_good(
    driver: StorageDriver, trace: Trace
) -> None:
    async with await driver.writer("/a/b") as writer:
        await writer.write(b"content")
    await driver.put_content("/a/b", b"content")
    trace.calls.clear()

    await driver.delete("/a/b")

    assert "unlink /~/writers/a,b/*" in trace.calls
    assert "fsync /~/writers" == trace.calls[-1]


async def test_a_large_file_is_on_its_way_to_the_disk_before_it_ends(
    driver: StorageDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(writeback, "STEP", 2 << 20)
    monkeypatch.setattr(writeback, "begin", lambda _, *part: sent.append(part))

    async with await driver.writer("/a") as writer:
        for _ in range(5):
            await writer.write(bytes(1 << 20))
    async with await driver.writer("/a", append=True) as writer:
        await writer.write(bytes(3 << 20))

    assert [(0, 2 << 20), (2 << 20, 2 << 20), (5 << 20, 3 << 20)] == sent


def test_sending_to_the_disk_changes_nothing(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b", buffering=0) as file:
        file.write(b"content")

        writeback.begin(file.fileno(), 0, 7)
        writeback.begin(-1, 0, 7)  # no more than a hint: what cannot be done is not told

        assert b"content" == (tmp_path / "file").read_bytes()
