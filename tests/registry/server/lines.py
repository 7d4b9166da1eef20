"""Read log lines back, as any reader of logfmt does."""

import json
import re
from pathlib import Path

_PAIR = re.compile(r'([A-Za-z0-9_.-]+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |$)')


def parsed(line: str) -> dict[str, str]:
    """The pairs of one line. Fails on anything that is no pair."""
    fields: dict[str, str] = {}
    position = 0
    while position < len(line):
        match = _PAIR.match(line, position)
        assert match is not None, f"no pair at {position} of {line!r}"
        name, value = match.groups()
        assert name not in fields
        fields[name] = json.loads(value) if value.startswith('"') else value
        position = match.end()
    return fields


def lines_of(path: Path) -> list[dict[str, str]]:
    """The lines of a log file; not one whose end is still being written."""
    return [parsed(line) for line in whole_lines(path)]


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that are there to their end.

    A write of several pages is seen a page at a time by who reads meanwhile.
    """
    return path.read_text("ascii").rpartition("\n")[0].splitlines()
