"""Driver packages that exist for one test: a distribution's metadata, and its module."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
FACTORY = """\
from dataclasses import dataclass

from storagedriver import Capabilities


@dataclass(frozen=True)
class Parameters:
    color: str = "red"


class Factory:
    \"\"\"A driver that is never opened.\"\"\"

    contract = 1
    parameters = Parameters
    schemes = ("paint",)
    capabilities = Capabilities()

    def from_url(self, url):
        if "?" in url:
            raise ValueError("a paint URL has no question")
        return Parameters(color=url.partition("//")[2])

    async def open(self, parameters):
        raise NotImplementedError
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Give a function that makes an importable distribution with one driver."""
    modules = []

    def installed(distribution: str, driver: str, source: str = FACTORY) -> None:
        module = f"{distribution.replace('-', '_')}_module"
        folder = tmp_path / f"{distribution}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(METADATA.format(name=distribution))
        entry = f"[storagedriver.drivers]\n{driver} = {module}:Factory\n"
        (folder / "entry_points.txt").write_text(entry)
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        modules.append(module)

    yield installed
    for module in modules:
        sys.modules.pop(module, None)
