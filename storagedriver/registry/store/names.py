"""The grammar of repositories' names and of tags."""

import re

from storagedriver.registry.store.errors import NameInvalidError, TagInvalidError, shown

MAX_NAME = 255
MAX_TAG = 128

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def check_repository(name: str) -> None:
    """Raise `NameInvalidError` unless `name` can be a repository's."""
    if not is_repository(name):
        message = (
            "a repository's name is made of lower-case letters and digits, which '.', '_', '__' or "
            f"'-' may join, in components joined by '/'; it has at most {MAX_NAME} characters"
        )
        raise NameInvalidError(message, detail={"name": shown(name)})


def is_repository(name: str) -> bool:
    """Tell whether `name` can be a repository's."""
    return len(name) <= MAX_NAME and _REPOSITORY.fullmatch(name) is not None


def check_tag(tag: str) -> None:
    """Raise `TagInvalidError` unless `tag` follows the grammar of tags."""
    if not is_tag(tag):
        message = (
            f"a tag has 1 to {MAX_TAG} letters, digits, '_', '.' and '-', "
            "and begins with none of the last two"
        )
        raise TagInvalidError(message, detail={"tag": shown(tag)})


def is_tag(tag: str) -> bool:
    """Tell whether `tag` follows the grammar of tags."""
    return _TAG.fullmatch(tag) is not None
