"""Runs the conformance suite on mutants of healthy drivers, and lists those that it passes.

    python -m tests.mutants.run memory --sample 50
    python -m tests.mutants.run reference --only 'writing.py:4?'

The packages are copied to a temporary folder, and mutated there.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.mutating import mutants

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "storagedriver", ROOT / "conformance" / "storagedriver_conformance")
MEMORY = "storagedriver/drivers/memory"
ZOO = "storagedriver_conformance/zoo"
MUTATED = {
    "memory": [f"{MEMORY}/{path.name}" for path in sorted((ROOT / MEMORY).glob("*.py"))],
    "reference": [f"{ZOO}/{name}.py" for name in ("keeping", "listing", "reference", "writing")],
}
SURVIVED = "survived"
LIMIT = 1800.0  # seconds for one mutant


def tried(name: str, programs: int, copy: Path) -> str:
    """Return the property that kills the driver of a copy, or how it ended otherwise."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, Path(__file__).with_name("trial.py"), name, str(programs)]
    try:
        done = subprocess.run(
            command, env=environment, cwd=copy, capture_output=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return "no end"
    last = done.stderr.decode().strip().rpartition("\n")[2]
    return done.stdout.decode().strip() or f"no start: {last}"


@contextmanager
def replaced(file: Path, source: str) -> Iterator[None]:
    """Put another text in the place of a file for a while."""
    healthy = file.read_text()
    file.write_text(source)
    try:
        yield
    finally:
        file.write_text(healthy)


def main() -> None:
    """Try the mutants in a random order, and tell of each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("driver", choices=MUTATED)
    parser.add_argument("--sample", type=int, metavar="N", help="so many, chosen at random")
    parser.add_argument("--programs", type=int, default=40, help="for each property that draws")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="*", metavar="GLOB", help="FILE:LINE, as in the list")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for package in PACKAGES:
            shutil.copytree(package, copy / package.name)
        known = [
            (f"{file.name}:{one.line}", file, one)
            for file in (copy / name for name in MUTATED[given.driver])
            for one in mutants(file.read_text())
        ]
        chosen = [one for one in known if fnmatchcase(one[0], given.only)]
        random.Random(given.seed).shuffle(chosen)
        if (end := tried(given.driver, given.programs, copy)) != SURVIVED:
            sys.exit(f"the healthy driver does not conform: {end}")
        ends: Counter[str] = Counter()
        for where, file, mutant in chosen[: given.sample]:
            with replaced(file, mutant.source):
                end = tried(given.driver, given.programs, copy)
            ends[SURVIVED if end.startswith(SURVIVED) else "killed"] += 1
            print(f"{end:<36} {where}: {mutant.change}", flush=True)
        print(f"{len(known)} mutants, {ends.total()} tried: {dict(ends)}")


if __name__ == "__main__":
    main()
