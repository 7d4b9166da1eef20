"""Documents in Markdown: their blocks, tables, headings and links, and a reader who does it all.

What becomes of a fenced block:

* `python`: it is run; with a comment that is only a file's name as its first line it is saved as
  that file, and with `, continued` after the name it is added to it;
* `toml`, `yaml`: saved in the same way, if they begin so;
* `diff`: after a line with `+++ ` and a file's name, a change of that file: parts that lines with
  `@@` begin, each of which says of lines that are there once what becomes of them;
* `console`: each line after `$ ` is run, and has to print the lines below it, where `...` stands
  for anything; `storagedriver serve` goes on running on a free port, which stands for port 5000;
  a command ends with 0, and a run of the conformance suite with 1 if it says so;
* `sh`: it is read by a shell and by our own command line, and not run.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storagedriver.cli import _parser
from storagedriver_conformance.command import parser as conformance_parser
from tests.clients.commands import installed, skopeo
from tests.clients.images import image_layout
from tests.servers import Server, storagedriver_server

ADDRESS = re.compile(r"\b(?:localhost|127\.0\.0\.1):5000\b")
DOCUMENTED_ADDRESS = "127.0.0.1:5000"
FILE_NAME = re.compile(r"# ([\w./-]+\.\w+)(, continued)?\n")
CHANGED = re.compile(r"\+\+\+ ([\w./-]+)\n")
RUN = ["storagedriver", "conformance", "run"]
FAILS = "does not conform: "
TIMEOUT = 100.0  # seconds for one command


@dataclass(frozen=True)
class Block:
    language: str
    text: str

    def commands(self) -> list[tuple[str, str]]:
        """Give each command of a console block with what it prints."""
        found = []
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, printed = part.replace("\\\n", "").partition("\n")
            found.append((command, printed))
        return found


@dataclass(frozen=True)
class Document:
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def blocks(self) -> list[Block]:
        found = re.findall(r"^```(\w+)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        return [Block(language, text) for language, text in found]

    @property
    def prose(self) -> str:
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @property
    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)

    @property
    def anchors(self) -> set[str]:
        """Give the names by which links lead to headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
        return {word.replace(" ", "-") for word in words}

    def section(self, heading: str) -> str:
        """Give what stands below a heading, up to the next one."""
        _, found, rest = self.text.partition(f"# {heading}\n")
        assert found, f"{self.path.name} has no heading {heading!r}"
        return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]

    def first_column(self, heading: str) -> list[str]:
        """Give what stands in backticks in the first column of the table below a heading."""
        return re.findall(r"^\| `([^`]+)`", self.section(heading), re.MULTILINE)

    def rows(self, heading: str) -> list[list[str]]:
        """Give the cells of the tables below a heading, the first rows included."""
        lines = re.findall(r"^\|(?!-)(.*)\|$", self.section(heading), re.MULTILINE)
        return [[cell.strip() for cell in line.split("|")] for line in lines]


class DocumentReader:
    """Does what a document says, in a folder of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder / "reader"
        self._folder.mkdir()
        self._stack = stack
        self._server: Server | None = None
        self._served = ""
        self._environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self._folder / "site"),
            # A file that is changed twice within a second looks unchanged to the cache.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._skopeo_folder = folder / "skopeo"

    def read(self, document: Document) -> None:
        """Do all of it, and compare what a server printed when everything is done."""
        for block in document.blocks:
            name = FILE_NAME.match(block.text)
            if name and block.language in {"python", "toml", "yaml"}:
                self._save(name[1], block.text, is_continued=bool(name[2]))
            elif block.language == "diff":
                self._change(block.text)
            elif block.language == "python":
                self._check(self._run([sys.executable, "-c", block.text]), "...")
            elif block.language == "console":
                for command, printed in block.commands():
                    self._do(command, printed)
            elif block.language == "sh":
                check_shell(block.text)
        if self._server is not None:
            self._check(self._server.log.read_text(), self._served + "...")

    def _save(self, name: str, text: str, *, is_continued: bool) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = text.partition("\n")[2]
        with path.open("a" if is_continued else "x") as file:
            file.write(body)

    def _change(self, diff: str) -> None:
        name = CHANGED.match(diff)
        assert name, f"it names no file:\n{diff}"
        path = self._folder / name[1]
        path.write_text(changed(path.read_text(), diff[name.end() :]))

    def _do(self, command: str, printed: str) -> None:
        words = shlex.split(command)
        if words[:2] == ["storagedriver", "serve"]:
            self._serve(words[2:], printed)
        elif words[:2] == ["pip", "install"]:
            register(self._folder / words[-1], self._folder / "site", is_linked="-e" in words)
        else:
            self._prepare(words)
            address = self._server.address if self._server else "nowhere"
            status = 1 if words[:3] == RUN and FAILS in printed else 0
            shown = self._run(["bash", "-ec", ADDRESS.sub(address, command)], status=status)
            self._check(shown, printed)

    def _serve(self, arguments: list[str], printed: str) -> None:
        assert self._server is None, "a document starts one server"
        self._served = printed
        self._server = self._stack.enter_context(
            storagedriver_server(self._folder, *arguments, environment=self._environment)
        )

    def _prepare(self, words: list[str]) -> None:
        """Have what a command needs and a reader has: the program, and an image to push."""
        needed = [word for word in words if word in {"skopeo", "curl"}]
        for program in needed:
            installed(program)
        if "skopeo" in needed and not self._skopeo_folder.exists():
            self._environment = dict(skopeo(self._skopeo_folder).environment) | self._environment
            self._environment["HOME"] = str(self._skopeo_folder)
            layout = image_layout(self._folder / "app", seed=20240103)
            index = layout.folder / "index.json"
            index.write_text(index.read_text().replace(f'"{layout.tag}"', '"1.0"'))

    def _run(self, command: list[str], *, status: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert status == done.returncode, f"{command}:\n{done.stdout}"
        return done.stdout

    def _check(self, printed: str, documented: str) -> None:
        """Compare output with what is documented, for the documented port."""
        if self._server is not None:
            printed = printed.replace(self._server.address, DOCUMENTED_ADDRESS)
        documented = ADDRESS.sub(DOCUMENTED_ADDRESS, documented)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        is_same = doctest.OutputChecker().check_output(documented, printed, flags)
        assert is_same, f"documented:\n{documented}\nprinted:\n{printed}"


def changed(text: str, diff: str) -> str:
    """Return a text with the parts of a diff done to it."""
    for part in re.split(r"^@@.*\n", diff, flags=re.MULTILINE)[1:]:
        lines = [(line[:1], line[1:] or "\n") for line in part.splitlines(keepends=True)]
        before = "".join(line for sign, line in lines if sign != "+")
        after = "".join(line for sign, line in lines if sign != "-")
        assert 1 == text.count(before), f"this is not there once:\n{before}"
        text = text.replace(before, after)
    return text


def register(project: Path, site: Path, *, is_linked: bool) -> None:
    """Do what matters of `pip install` for a project of one module, without fetching anything."""
    with (project / "pyproject.toml").open("rb") as file:
        about = tomllib.load(file)["project"]
    folder = site / f"{about['name']}-{about['version']}.dist-info"
    folder.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    (folder / "METADATA").write_text(metadata)
    lines = []
    for group, entries in about["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    for module in project.glob("*.py"):
        if is_linked:
            (site / module.name).symlink_to(module)
        else:
            (site / module.name).write_text(module.read_text())


def check_shell(text: str) -> None:
    """Read commands as a shell does, and ours as our command line does, without running them."""
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    for words in our_commands(text):
        if words[0] == "conformance":
            conformance_parser().parse_args(words[1:])
        else:
            _parser().parse_args(words)


def our_commands(text: str) -> Iterator[list[str]]:
    """Give the arguments of each call of our command."""
    for line in text.replace("\\\n", " ").splitlines():
        for command in re.split(r"&&|\||;", line):
            words = shlex.split(command, comments=True)
            if words[:1] == ["storagedriver"]:
                yield words[1:]
