"""The drivers of the zoo that break what a driver broke, and the real software they are from."""

import re
from fnmatch import fnmatchcase

from storagedriver_conformance.reporters.page import safe
from storagedriver_conformance.zoo.animal import Crime

MOST = 6
NAMES = 4
ISSUES = "https://github.com/distribution/distribution/issues/"


def relatives(id: str) -> str:  # noqa: A002 - it is the field's name
    """Return a list of them, closed at first, those with a name in the real world at its head."""
    from storagedriver_conformance.zoo.animals import (  # noqa: PLC0415 - large, and for failures alone
        all_animals,
    )

    animals = all_animals()
    named = [animal for animal in animals if id in animal.expected]
    named = named or [animal for animal in animals if _is_expected(animal, id)]
    if not named:
        return ""
    known = sorted(named, key=lambda animal: not animal.seen_in)
    items = "".join(f"<li>{_told(animal)}</li>" for animal in known[:MOST])
    seen = sorted({animal.seen_in for animal in named if animal.seen_in})
    words = "of the zoo that have such a bug"
    if seen:
        words = f"that had this bug: {'; '.join(seen[:NAMES])}{' and others' * (len(seen) > NAMES)}"
    more = f"<p>and {len(known) - MOST} more.</p>" if len(known) > MOST else ""
    return (
        f"<details><summary>Drivers {safe(words)}</summary>\n"
        f'<ul class="relatives">{items}</ul>{more}</details>'
    )


def _is_expected(animal: Crime, id: str) -> bool:  # noqa: A002 - it is the field's name
    return any(glob != "*" and fnmatchcase(id, glob) for glob in animal.expected)


def _told(animal: Crime) -> str:
    seen = f" Seen in {linked(animal.seen_in)}." if animal.seen_in else ""
    show = f"storagedriver conformance zoo --only {animal.name}"
    return f"{safe(animal.sentence)}{seen}<br><code>{safe(show)}</code>"


def linked(seen_in: str) -> str:
    """Return where a bug was seen, with links to the issues of distribution that it names."""
    words = safe(seen_in)
    if not words.startswith("distribution"):
        return words
    return re.sub(r"#(\d+)", rf'<a href="{ISSUES}\1" rel="noreferrer">#\1</a>', words)
