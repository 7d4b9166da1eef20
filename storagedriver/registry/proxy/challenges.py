"""`WWW-Authenticate`: how a registry says what it wants to see. All is pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# Nothing is looked for from the middle of a word, which would take an hour in a long one.
_PART = re.compile(
    r"(?<![\w-])(?:(?P<name>[\w-]++)\s*+=\s*+"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s,"]+))'
    r"|(?P<scheme>[A-Za-z][\w-]*+)(?=[\s,]|$))"
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A scheme and its parameters, both in lower case but for the values."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)


def challenges(headers: Iterable[str]) -> list[Challenge]:
    """Read headers that each hold one challenge or several; what cannot be read is left out."""
    found: list[Challenge] = []
    for header in headers:
        current: Challenge | None = None
        for part in _PART.finditer(header):
            if part["scheme"]:
                current = Challenge(part["scheme"].lower())
                found.append(current)
            elif current is not None:
                quoted = part["quoted"]
                value = part["plain"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
                current.parameters[part["name"].lower()] = value
    return found
