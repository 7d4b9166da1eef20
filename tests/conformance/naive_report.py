"""Runs the suite on the naive driver, as docs/a-real-report.md shows it.

python -m tests.conformance.naive_report local
python -m tests.conformance.naive_report memory --profile standard --html report.html
"""

import argparse
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from storagedriver import StorageDriver, guarded
from storagedriver_conformance import Target
from storagedriver_conformance.profiles import PROFILES
from storagedriver_conformance.reporters import as_html, terminal
from storagedriver_conformance.runner import check_now
from tests.conformance.naive import FsspecDriver

FILESYSTEMS = ("local", "memory")


@contextmanager
def naive(filesystem: str) -> Iterator[Target]:
    """Give the naive driver over an empty folder of a filesystem, which is removed at the end."""
    fs: AbstractFileSystem = LocalFileSystem() if filesystem == "local" else MemoryFileSystem()
    with TemporaryDirectory() as folder:
        root = f"{folder}/naive"
        fs.makedirs(root)

        @asynccontextmanager
        async def opened() -> AsyncIterator[StorageDriver]:
            yield guarded(FsspecDriver(fs, root))

        try:
            yield Target(open=opened, name=f"naive-{filesystem}")
        finally:
            fs.rm(root, recursive=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("filesystem", choices=FILESYSTEMS)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="quick")
    parser.add_argument("--only", metavar="GLOB", default="*")
    parser.add_argument("--html", type=Path, metavar="FILE")
    given = parser.parse_args()
    command = f"python -m tests.conformance.naive_report {given.filesystem}"
    command += f" --profile {given.profile}"
    with naive(given.filesystem) as target:
        report = check_now(target, profile=given.profile, only=given.only)
    if given.html is not None:
        given.html.write_text(as_html.text(report, command=command), encoding="utf-8")
    print(terminal.text(report, command=command))
    return report.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
