"""What a run was made on and with: no figure means anything without."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.servers import DOCKER, Kind

_LIBRARIES = (
    "storagedriver",
    "uvicorn",
    "uvloop",
    "httptools",
    "fsspec",
    "s3fs",
    "adlfs",
    "obstore",
)


def described(folder: Path, kinds: Iterable[Kind]) -> dict[str, str]:
    """Return what the machine is, what runs on it, and how busy it is now."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{memory:.0f} GiB",
        "disk": _file_system(folder),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(filter(None, map(_library, _LIBRARIES))),
        "peers": ", ".join(_peer(kind) for kind in list(kinds)[1:]) or "none",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
    }


def is_busy(machine: dict[str, str]) -> bool:
    """Tell whether other things were done when the run began."""
    return float(machine["load at the start"]) > 0.5


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return " ".join(found[1].split()) if found else platform.machine()


def _file_system(folder: Path) -> str:
    """Return the kind of the file system that a folder is on."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    parents = [str(folder), *map(str, folder.parents)]
    return max((parents.index(one[1]) * -1, one[2]) for one in mounts if one[1] in parents)[1]


def _library(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


def _peer(kind: Kind) -> str:
    """Return a peer's name; what Debian's says of itself is told too."""
    if kind.name != DOCKER or not shutil.which(DOCKER):
        return kind.name
    said = subprocess.run([DOCKER, "--version"], check=True, capture_output=True, text=True)
    return f"{kind.name} {said.stdout.split()[-1]}"
