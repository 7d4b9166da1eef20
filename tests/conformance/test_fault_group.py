"""Storage that fails: the hook for system calls, and what the properties make of a hook."""

import builtins
import errno
import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from storagedriver import open_driver
from storagedriver_conformance import Status, Target
from storagedriver_conformance.command import main
from storagedriver_conformance.faults import Fault, Kind
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.osfaults import OsFaults
from storagedriver_conformance.replaying import replay
from storagedriver_conformance.reporters import as_json
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.animals.fault_animals import ConflictsWithItself
from storagedriver_conformance.zoo.animals.fault_recovering_animals import RepeatsWhatWasDenied
from storagedriver_conformance.zoo.remote import Remote

STORE = """\
import os
from pathlib import Path


def save(file, content):
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        return os.write(descriptor, content)
    finally:
        os.close(descriptor)


def save_whole(file, content):
    with open(file, "wb") as opened:
        opened.write(content)


def load(file):
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return os.read(descriptor, 100) + os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def move(file, other):
    Path(file).rename(other)
"""


@pytest.fixture
def store() -> ModuleType:
    """A driver's module, which works with the operating system's files."""
    module = ModuleType("toys.store.local")
    exec(STORE, module.__dict__)
    return module


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = (os.open, os.write, os.rename, builtins.open, io.open)
    yield
    assert before == (os.open, os.write, os.rename, builtins.open, io.open)


FAULTS = OsFaults("toys.store")
FULL = rf"Errno {errno.ENOSPC}\]"
BROKEN = rf"Errno {errno.EIO}\]"


def test_the_numbered_call_fails_and_no_other(store: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "file"

    with FAULTS.inject(Fault(kind=Kind.FULL, call=2)) as strikes:
        with pytest.raises(OSError, match=FULL):
            store.save(file, b"content")
        store.save(file, b"content")

    assert ["os.open of 'file'", "os.write"] * 2 == strikes.requests
    assert ["os.write"] == strikes.struck
    assert b"content" == file.read_bytes()


def test_several_calls_in_a_row_fail(store: ModuleType, tmp_path: Path) -> None:
    with FAULTS.inject(Fault(kind=Kind.DENIED, call=1, times=2)) as strikes:
        for _ in range(2):
            with pytest.raises(PermissionError):
                store.save(tmp_path / "file", b"content")
        store.save(tmp_path / "file", b"content")

    assert 2 == len(strikes.struck)


def test_opening_a_file_to_read_it_takes_no_space(store: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")

    with FAULTS.inject(Fault(kind=Kind.FULL, call=1)) as strikes:
        assert b"content" == store.load(tmp_path / "file")

    assert [] == strikes.requests


def test_a_call_whose_answer_is_lost_is_done(store: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")

    with (
        FAULTS.inject(Fault(kind=Kind.LOST_ANSWER, call=1)) as strikes,
        pytest.raises(OSError, match=BROKEN),
    ):
        store.move(tmp_path / "file", tmp_path / "other")

    assert ["os.rename of 'file'"] == strikes.struck
    assert [tmp_path / "other"] == list(tmp_path.iterdir())


def test_half_is_written_and_half_is_read(store: ModuleType, tmp_path: Path) -> None:
    with FAULTS.inject(Fault(kind=Kind.CUT, call=1)):
        assert 4 == store.save(tmp_path / "file", b"contents")
    assert b"cont" == (tmp_path / "file").read_bytes()

    with FAULTS.inject(Fault(kind=Kind.CUT, call=1)) as strikes:
        assert b"cont" == store.load(tmp_path / "file")
    assert ["os.read"] * 2 == strikes.requests


def test_a_file_that_was_opened_by_name_writes_by_system_calls(
    store: ModuleType, tmp_path: Path
) -> None:
    with FAULTS.inject(Fault(kind=Kind.CUT, call=1)) as strikes:
        store.save_whole(tmp_path / "file", b"contents")
    assert ["os.write"] * 2 == strikes.requests
    assert b"contents" == (tmp_path / "file").read_bytes()

    with (
        FAULTS.inject(Fault(kind=Kind.FULL, call=2)),
        pytest.raises(OSError, match=FULL),
    ):
        store.save_whole(tmp_path / "file", b"contents")


def test_calls_of_others_are_left_alone(store: ModuleType, tmp_path: Path) -> None:
    other = ModuleType("toys.storeroom")
    exec(STORE, other.__dict__)

    with FAULTS.inject(Fault(kind=Kind.REFUSE, call=1, times=100)) as strikes:
        other.save(tmp_path / "file", b"content")
        assert b"content" == (tmp_path / "file").read_bytes()
        with pytest.raises(OSError, match=BROKEN):
            store.load(tmp_path / "file")

    assert ["os.open of 'file'"] == strikes.struck


def test_calls_in_any_thread_are_counted(store: ModuleType, tmp_path: Path) -> None:
    def save(number: int) -> None:
        store.save(tmp_path / str(number), b"content")

    with FAULTS.inject(Fault(kind=Kind.FULL)) as strikes:
        threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert 16 == len(strikes.requests)
    assert [] == strikes.struck


def test_a_target_without_faults_is_told_how_to_give_some() -> None:
    report = check_now(Target(open=lambda: open_driver("memory")), only="fault.*")

    assert {Status.ABSENT} == {result.status for result in report.results}
    assert all("OsFaults(" in result.reason for result in report.results)


def test_faults_that_see_nothing_of_the_driver_prove_nothing() -> None:
    target = Target(open=lambda: open_driver("memory"), faults=FAULTS)

    (result,) = check_now(target, only="fault.put").results

    assert Status.ABSENT is result.status
    assert "see no request" in result.reason


@pytest.mark.parametrize(("driver", "expected"), [("filesystem", 0), ("memory", 2)])
def test_the_command_line_lets_system_calls_fail(
    driver: str, expected: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["-o", f"rootdirectory={tmp_path}"] if driver == "filesystem" else []

    code = main(["run", driver, *options, "--faults", "os", "--only", "fault.delete-condition"])

    assert expected == code, capsys.readouterr().out


def test_a_kind_of_fault_that_the_hook_does_not_know_is_told(tmp_path: Path) -> None:
    target = Target(
        open=lambda: open_driver("filesystem", rootdirectory=tmp_path),
        faults=OsFaults("storagedriver.drivers.filesystem"),
    )

    (result,) = check_now(target, only="fault.corrupt").results

    assert Status.ABSENT is result.status
    assert result.reason.endswith("never of the kind corrupt")


def test_a_failure_tells_which_request_failed_and_can_be_replayed(tmp_path: Path) -> None:
    report = check_now(ConflictsWithItself.target(), only="fault.condition")
    (tmp_path / "report.json").write_text(as_json.text(report))

    (finding,) = [result.finding for result in report.results]
    assert finding is not None
    assert "PreconditionFailedError" in finding.actual
    assert "whose request 1 (put) failed (lost answer)" in finding.steps[-1]
    assert finding.draws == tuple(json.loads(json.dumps(finding.draws)))

    again = replay(tmp_path / "report.json", ConflictsWithItself.target())
    (same,) = [result.finding for result in again.results]
    assert same is not None
    assert finding.message == same.message


@pytest.mark.timeout(600)
def test_a_driver_that_repeats_nothing_conforms_too() -> None:
    class AsksOnce(Remote):
        attempts = 1

    report = check_now(crime("It does nothing wrong.")(AsksOnce).target(), only="fault.*")

    assert report.conforms, [result.finding for result in report.having(Status.FAILED)]
    assert len(report.results) == report.executed


def test_a_request_that_is_denied_and_repeated_is_named() -> None:
    report = check_now(RepeatsWhatWasDenied.target(), only="fault.denied")

    (finding,) = [result.finding for result in report.results]
    assert finding is not None
    assert "repeats a request that was denied" in finding.message
    assert "3 times" == finding.actual


def test_the_whole_storage_fails_so_nothing_else_is_tried_meanwhile() -> None:
    assert all(one.alone for one in all_properties() if one.group == "fault")
