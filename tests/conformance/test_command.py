"""The command line, as a shell calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from storagedriver import cli
from tests.plugins import Install, install

__all__ = ["install"]

PATIENCE = 300.0

TOYS = """\
import asyncio
from storagedriver_conformance.zoo.reference import Reference
from storagedriver import Capabilities, FileInfo, StorageUnavailableError, Support
from dataclasses import dataclass, field
from storagedriver_conformance.zoo.keeping import Disk


@dataclass(frozen=True)
class Parameters:
    how: str = "well"
    secretkey: str = ""
    pin: str = field(default="", metadata={"secret": True})


class Cuts(Reference):
    def store(self, path, content):
        return super().store(path, content[:3])


class Unreachable(Reference):
    async def put_content(self, *args, **options):
        raise StorageUnavailableError("nobody answers")


class Sleeps(Reference):
    async def get_content(self, path):
        await asyncio.sleep(3600)


class ReadOnly(Reference):
    capabilities = Capabilities(writable=Support.ABSENT)


class Loops(Reference):
    async def walk(self, path, *, start_after=None):
        while True:
            yield FileInfo(path=path, is_dir=True)

    list = walk


KINDS = {kind.__name__.lower(): kind for kind in (Cuts, Unreachable, Sleeps, ReadOnly, Loops)}
KINDS["well"] = Reference


class Factory:
    \"\"\"A driver that works as it is told.\"\"\"

    contract = 1
    parameters = Parameters
    schemes = ()
    capabilities = Reference.capabilities

    def __init__(self):
        self.disk = Disk()

    def from_url(self, url):
        raise ValueError(url)

    async def open(self, parameters):
        return KINDS[parameters.how](self.disk)
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, which finds what `install` put into a folder."""
    return subprocess.run(
        [sys.executable, "-m", "storagedriver.cli", "conformance", *arguments],
        env=os.environ | {"PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("how=well --only content.roundtrip", 0, "toy conforms"),
        ("how=cuts --only content.roundtrip", 1, "toy does not conform"),
        (
            "how=well --only url.get --profile quick",
            2,
            "toy could not be tested: no property applies",
        ),
        ("how=wrongly", 2, "toy could not be tested: it could not be opened"),
        (
            "how=unreachable --only content.roundtrip",
            3,
            "toy is not proven: storage did not answer",
        ),
        ("how=loops --only content.roundtrip", 1, "toy does not conform"),
    ],
)
def test_the_exit_code_and_all_reports_tell_how_it_ended(
    install: Install, tmp_path: Path, given: str, code: int, words: str
) -> None:
    install("toy-driver", "toy", TOYS)
    files = ["--json", "r.json", "--junit", "r.xml", "--html", "r.html"]

    ran = run("run", "toy", "--profile", "smoke", "-o", *given.split(), *files, folder=tmp_path)

    assert code == ran.returncode, ran.stderr
    assert words in ran.stdout
    assert "Traceback" not in ran.stderr
    assert f"<h1>{words}" in (tmp_path / "r.html").read_text()
    document = json.loads((tmp_path / "r.json").read_text())
    assert (code, True) == (document["exit_code"], document["summary"].startswith(words))
    suite = ET.parse(tmp_path / "r.xml").getroot()[0]
    broken = int(suite.get("failures", "")) + int(suite.get("errors", ""))
    assert (code in {1, 3} or bool(document["trouble"])) == bool(broken)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nothing-of-this-name"], "nothing-of-this-name"),
        (["run", "memory", "-o", "colour=red"], "colour"),
        (["run", "memory", "-o", "hunter2"], "KEY=VALUE"),
        (["run", "memory", "--only", "nothing.*"], "nothing.*"),
        (["run", "memory", "--patience", "0"], "--patience"),
        (["run", "memory", "--profile", "thorough"], "thorough"),
        (["explain", "nothing"], "nothing"),
        (["replay", "missing.json", "memory"], "missing.json"),
        (["compare", "missing.json", "missing.json"], "missing.json"),
        (["zoo", "--only", "NobodysName"], "NobodysName"),
        (["run"], "NAME_OR_URL"),
        ([], "COMMAND"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    ran = run(*arguments, folder=tmp_path)

    assert 2 == ran.returncode
    assert words in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_the_patience_for_a_call_is_told(install: Install, tmp_path: Path) -> None:
    install("toy-driver", "toy", TOYS)
    given = ["toy", "-o", "how=sleeps", "--only", "content.roundtrip", "--patience", "0.25"]

    ran = run("run", *given, folder=tmp_path)

    assert 1 == ran.returncode, ran.stderr
    assert "within 0.25 s" in ran.stdout
    assert "--patience 0.25" in ran.stdout


def test_reports_are_written_and_a_failure_of_one_is_replayed(
    install: Install, tmp_path: Path
) -> None:
    install("toy-driver", "toy", TOYS)
    driver = ["toy", "-o", "how=cuts", "-o", "secretkey=hunter2", "-o", "pin=hunter2"]
    files = ["--json", "r.json", "--junit", "r.xml", "--html", "r.html"]

    ran = run(
        "run", *driver, "--only", "content.roundtrip", "--profile", "smoke", *files, folder=tmp_path
    )
    again = run("replay", "r.json", *driver, "--only", "content.roundtrip", folder=tmp_path)
    compared = run("compare", "r.json", "r.json", folder=tmp_path)

    assert 1 == ran.returncode
    assert 1 == json.loads((tmp_path / "r.json").read_text())["exit_code"]
    assert "testsuites" == ET.parse(tmp_path / "r.xml").getroot().tag
    assert "<h1>toy does not conform" in (tmp_path / "r.html").read_text()
    for written in (ran.stdout, ran.stderr, *(file.read_text() for file in tmp_path.glob("r.*"))):
        assert "hunter2" not in written
    assert 1 == again.returncode
    assert "content.roundtrip: " in again.stdout
    assert 0 == compared.returncode
    assert 2 == len(compared.stdout.splitlines())


def test_each_property_can_be_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == cli.main(["conformance", "list", "--only", "content.*"])
    listed = capsys.readouterr().out.splitlines()
    assert 0 == cli.main(["conformance", "explain", "content.roundtrip"])
    explained = capsys.readouterr().out.splitlines()

    assert all(line.startswith("content.") for line in listed)
    assert ["content.roundtrip", explained[1]] == explained[:2]
    assert any(explained[1] in line for line in listed)


@pytest.mark.parametrize("missing", ["hypothesis", "rich"])
def test_without_the_extra_it_tells_how_to_install_it(tmp_path: Path, missing: str) -> None:
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError(name={missing!r})")

    ran = run("run", "memory", folder=tmp_path)

    assert 2 == ran.returncode
    assert (
        f"storagedriver: {missing} is missing: try pip install 'storagedriver[conformance]'\n"
        == ran.stderr
    )


def test_the_zoo_tells_of_each_animal_and_sums_up(tmp_path: Path) -> None:
    ran = run("zoo", "--aimed", "--only", "TrimsZeros", "--workers", "1", folder=tmp_path)

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "TrimsZeros" in ran.stdout
    assert "1 of 1 died (100.0%)" in ran.stdout
    assert "median of changing calls" in ran.stdout
