"""Choosing properties by their ids."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from storagedriver_conformance.properties import Property


def select(properties: Iterable[Property], only: str) -> list[Property]:
    """Return those whose id matches one of the globs, which commas part.

    Raises `ValueError` for a glob that matches none.
    """
    known = list(properties)
    globs = [glob.strip() for glob in only.split(",") if glob.strip()]
    for glob in globs:
        if not any(fnmatchcase(one.id, glob) for one in known):
            message = f"no property's id matches {glob!r}"
            raise ValueError(message)
    return [one for one in known if any(fnmatchcase(one.id, glob) for glob in globs)]
