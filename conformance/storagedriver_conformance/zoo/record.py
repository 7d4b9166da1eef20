"""The file that a matrix is kept in: JSON lines, appended, so that a later run goes on with it."""

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import run
from typing import Any

from storagedriver_conformance.zoo.matrix import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run that added rows: what it was run with, and when it began.

    `commit` is the last one that changed the suite, where git knows it.
    """

    profile: str
    seed: int
    began: str
    commit: str
    versions: dict[str, str]

    @classmethod
    def now(cls, profile: str, seed: int) -> "Session":
        """Return one that begins now."""
        packages = {name: version(name) for name in ("storagedriver", "hypothesis")}
        return cls(
            profile=profile,
            seed=seed,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
            commit=_commit(),
            versions=packages | {"python": platform.python_version()},
        )


class Record:
    """A matrix in a file: a line for each session, and below it one for each row it added.

    Raises `ValueError` for a file that is none, or of another profile or seed.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.last = session
        self._path = path
        self._session = session
        self._has_begun = False
        # Without its end, a line is what a killed session left.
        self._whole = self._read(path.read_bytes()) if path.exists() else 0

    def _read(self, text: bytes) -> int:
        whole = text.rfind(b"\n") + 1
        try:
            for line in text[:whole].decode().splitlines():
                self._keep(json.loads(line))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
            message = f"{self._path} is no matrix of the zoo: {error}"
            raise ValueError(message) from error
        if text and not whole:
            message = f"{self._path} is no matrix of the zoo"
            raise ValueError(message)
        return whole

    def _keep(self, values: dict[str, Any]) -> None:
        if "animal" in values:
            row = Row(**values)
            self.rows[row.animal, row.property] = row
            return
        self.last = Session(**values)
        if (self.last.profile, self.last.seed) != (self._session.profile, self._session.seed):
            message = f"{self._path} is of profile {self.last.profile} and seed {self.last.seed}"
            raise ValueError(message)

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        found = list(rows)
        lines = [asdict(row) for row in found]
        with self._path.open("ab") as file:
            if not self._has_begun:
                self.last = self._session
                file.truncate(self._whole)
                lines.insert(0, asdict(self._session))
                self._has_begun = True
            file.write("".join(f"{json.dumps(line)}\n" for line in lines).encode())
        self.rows |= {(row.animal, row.property): row for row in found}


def _commit() -> str:
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder.parent), "log", "-1", "--format=%h", "--", "."]
    try:
        return run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - it is ours
    except FileNotFoundError:
        return ""
