"""Running a few lines of Python in another process, on a driver over the same root."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

_BEFORE = """
import asyncio, os, sys
from storagedriver.errors import *
from storagedriver.factory import get_factory, open_driver

async def main():
    async with open_driver("filesystem", rootdirectory=sys.argv[1]) as driver:
"""
_AFTER = """
get_factory("filesystem")  # nobody may not be able to read where it is installed
if os.environ.get("DROP_ROOT"):
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
asyncio.run(main())
"""


def start(root: Path, lines: str, *, as_nobody: bool = False) -> "subprocess.Popen[str]":
    """Start a process that runs `lines`, which may await and use `driver`."""
    program = _BEFORE + textwrap.indent(textwrap.dedent(lines), " " * 8) + _AFTER
    environment = dict(os.environ)
    # Root may do everything, whatever a file's mode says; anyone else is somebody already.
    if as_nobody and os.geteuid() == 0:
        environment["DROP_ROOT"] = "1"
    return subprocess.Popen(
        [sys.executable, "-c", program, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a process to end well, and return what it printed."""
    printed, _ = process.communicate(timeout=100)
    assert 0 == process.returncode
    return printed


def run(root: Path, lines: str, *, as_nobody: bool = False) -> str:
    """Run `lines` in a process of their own, and return what they print."""
    return finish(start(root, lines, as_nobody=as_nobody))
