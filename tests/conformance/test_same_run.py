"""The same seed gives the same run: the same programs, the same calls, the same findings."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storagedriver import FileInfo
from storagedriver_conformance.reporters import as_json
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.animal import Crime, crime
from storagedriver_conformance.zoo.animals.conc_animals import PutsInHalves
from storagedriver_conformance.zoo.animals.conc_histories_animals import ReadsTwice
from storagedriver_conformance.zoo.animals.content_animals import StopsAtAFullPiece
from storagedriver_conformance.zoo.reference import Reference


class Misplaces(Reference):
    def info(self, path: str) -> FileInfo:
        return replace(super().info(path), path=f"{path}-")


TIMES = {"began", "latencies", "seconds", "summary"}
DRAWING = "content.*,walk.any-tree,conc.schedules,conc.writers,cancel.put,model.agrees"


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [without_times(one) for one in value] if name == "results" else value
        for name, value in document.items()
        if name not in TIMES
    }


@pytest.mark.timeout(600)
def test_two_processes_make_the_same_run(tmp_path: Path) -> None:
    documents = []
    for number in (1, 2):
        file = tmp_path / f"{number}.json"
        command = [sys.executable, "-m", "storagedriver.cli", "conformance", "run", "memory"]
        options = ["--seed", "7", "--only", DRAWING, "--json", str(file)]
        environment = os.environ | {"PYTHONHASHSEED": str(number)}
        subprocess.run([*command, *options], env=environment, check=True, capture_output=True)
        documents.append(without_times(json.loads(file.read_text(encoding="utf-8"))))

    first, second = documents

    assert first["results"]
    assert first == second


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("animal", "only"),
    [
        (StopsAtAFullPiece, "content.roundtrip,content.replaced"),
        (PutsInHalves, "conc.seen-whole,conc.one-of-puts"),
        (crime("It tells of other paths.")(Misplaces), "content.empty"),
        (ReadsTwice, "conc.schedules,conc.linear"),
    ],
)
def test_a_failing_run_is_the_same_too(animal: Crime, only: str) -> None:
    first, second = (
        as_json.document(check_now(animal.target(), only=only, seed=7)) for _ in range(2)
    )

    assert 1 == first["exit_code"]
    assert without_times(first) == without_times(second)
