"""What power cuts may leave of a folder, and that drivers are found out by it."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from storagedriver import open_driver
from storagedriver.drivers.filesystem.folders import Folders
from storagedriver.drivers.filesystem.tree import Tree
from storagedriver_conformance import Report, Status, Target
from storagedriver_conformance.powerloss import Recorder, write
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.synced import PowerSafe


def test_a_target_that_gives_no_folder_is_not_tried() -> None:
    whole = crime("It does nothing wrong.")(PowerSafe).target()

    report = check_now(Target(open=whole.open), only="crash.power")

    assert [Status.ABSENT] == [one.status for one in report.results]
    assert "how to open the driver over a folder" in report.results[0].reason


def no_sync(opened: Folders | Tree, folders: Iterable[str]) -> None:
    """Leave the directories to the system."""


def filesystem(folder: Path) -> Report:
    target = Target(
        open=lambda: open_driver("filesystem", rootdirectory=folder),
        over=lambda other: open_driver("filesystem", rootdirectory=other),
    )
    return check_now(target, only="crash.power")


def test_a_filesystem_whose_directories_are_not_synced_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (Folders, Tree):
        monkeypatch.setattr(each, "sync", no_sync)

    finding = filesystem(tmp_path).results[0].finding

    assert finding is not None
    assert "what was reported as done to /d/f is undone" in finding.message
    assert "lost" in {point.outcome for point in finding.points}


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    write({"old": b"old", "folder": {}}, tmp_path / "root")
    recorder = Recorder(tmp_path / "root")
    recorder.begin()
    return recorder


@pytest.fixture
def sync(recorder: Recorder, tmp_path: Path) -> Callable[[str], None]:
    def synced(name: str) -> None:
        descriptor = os.open(tmp_path / "root" / name, os.O_RDONLY)
        recorder.sync(descriptor)
        os.close(descriptor)

    return synced


def left(recorder: Recorder) -> list[dict[str, object]]:
    recorder.reach("driver.py:1")
    return [dict(one.tree) for one in recorder.found]


def test_a_name_may_last_while_its_bytes_are_lost(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "root/new").write_bytes(b"new")

    both = {"old": b"old", "folder": {}}
    assert [{**both, "new": b""}, both] == left(recorder)


def test_bytes_that_were_synced_are_not_lost(
    recorder: Recorder, tmp_path: Path, sync: Callable[[str], None]
) -> None:
    (tmp_path / "root/new").write_bytes(b"new")
    sync("new")
    (tmp_path / "root/new").write_bytes(b"newer")

    both = {"old": b"old", "folder": {}}
    assert [{**both, "new": b"new"}, {**both, "new": b"newer"}] == left(recorder)


def test_a_rename_is_lost_when_it_was_acknowledged_without_a_sync(
    recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "root/old").rename(tmp_path / "root/folder/new")
    recorder.say()

    assert {"old": b"old", "folder": {}} in left(recorder)


def test_a_rename_stays_when_both_its_directories_were_synced(
    recorder: Recorder, tmp_path: Path, sync: Callable[[str], None]
) -> None:
    (tmp_path / "root/old").rename(tmp_path / "root/folder/new")
    sync("folder")
    sync(".")
    recorder.say()

    assert [{"folder": {"new": b"old"}}] == left(recorder)


def test_what_was_removed_is_back_when_that_was_not_synced(
    recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "root/old").unlink()
    recorder.say()

    assert [{"old": b"old", "folder": {}}, {"folder": {}}] == left(recorder)
