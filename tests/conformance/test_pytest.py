"""The suite in pytest: the class to subclass, and the plugin's options."""

import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 300.0

TESTS = """\
from storagedriver import StorageUnavailableError
from storagedriver_conformance import DriverConformance, Target
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference


class Unreachable(Reference):
    async def delete(self, path, *, if_match=None):
        raise StorageUnavailableError("nobody answers")


class Cuts(Reference):
    def store(self, path, content):
        return super().store(path, content[:3])


class TestWell(DriverConformance):
    target = crime("")(Reference).target()
    profile = "quick"
    only = "content.roundtrip,content.empty,url.get"


class TestCuts(DriverConformance):
    target = crime("")(Cuts).target()
    only = "content.roundtrip,content.empty"
    seed = 3


class TestUnreachable(DriverConformance):
    target = crime("")(Unreachable).target()
    only = "delete.file"
"""


def run(*arguments: str, folder: Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ran.returncode, ran.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "test_mine.py").write_text(TESTS)
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    )
    return folder


@pytest.mark.parametrize("options", [["-n", "2"], ["-p", "no:xdist"]])
def test_a_subclass_has_a_test_for_each_property(folder: Path, options: list[str]) -> None:
    code, shown = run(*options, folder=folder)

    assert 1 == code
    assert "1 failed, 3 passed, 1 skipped, 1 error" in shown
    assert "PASSED test_mine.py::TestWell::test_property[content.roundtrip]" in shown
    assert "needs redirect" in shown
    assert "FAILED test_mine.py::TestCuts::test_property[content.roundtrip]" in shown
    assert "ERROR test_mine.py::TestUnreachable::test_property[delete.file]" in shown


def test_a_failure_is_three_lines_without_a_traceback(folder: Path) -> None:
    only = "test_mine.py::TestCuts::test_property[content.roundtrip]"

    code, shown = run(only, folder=folder)

    assert 1 == code
    _, _, failure = shown.partition("= FAILURES =")
    lines = [line for line in failure.splitlines()[2:] if not line.startswith("=")]
    assert lines[0].startswith("content.roundtrip: ")
    assert lines[1].startswith("  1. ")
    assert f"  see it again: pytest '{only}'" == lines[2]
    assert "Traceback" not in shown


def test_the_plugin_tests_a_driver_by_its_name(tmp_path: Path) -> None:
    code, shown = run(
        *("--pyargs", "storagedriver_conformance", "--storage-driver", "filesystem"),
        *("--storage-option", f"rootdirectory={tmp_path / 'data'}"),
        *("--conformance-profile", "smoke", "--conformance-seed", "5", "-k", "content"),
        folder=tmp_path,
    )

    assert 0 == code, shown
    assert "TestConformance::test_property[content." in shown
    assert "failed" not in shown


def test_the_plugin_without_a_driver_skips_and_says_why(tmp_path: Path) -> None:
    code, shown = run("--pyargs", "storagedriver_conformance", "-k", "roundtrip", folder=tmp_path)

    assert 0 == code
    assert "--storage-driver NAME_OR_URL is missing" in shown


def test_a_profile_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    code, shown = run(
        *("--pyargs", "storagedriver_conformance", "--conformance-profile", "thorough"),
        folder=tmp_path,
    )

    assert 2 == code
    assert "no profile is called 'thorough'" in shown


def test_the_plugin_loads_where_hypothesis_is_missing(tmp_path: Path) -> None:
    (tmp_path / "hypothesis.py").write_text("raise ModuleNotFoundError(name='hypothesis')")
    (tmp_path / "test_one.py").write_text("def test_one(): pass")

    code, shown = run("-p", "no:hypothesispytest", "test_one.py", folder=tmp_path)

    assert 0 == code, shown
