"""The conditions of a put, for animals that pass them on."""

from typing import TypedDict


class Conditions(TypedDict, total=False):
    """The options of `put_content`."""

    if_match: str | None
    if_none_match: bool
