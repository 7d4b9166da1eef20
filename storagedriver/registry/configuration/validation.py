"""How the configuration says which manifests are taken.

Each key sets a field of the store's `Validation`, named with the way to it. All readers raise a
`ValueError` that says what the value must be.
"""

import re

from storagedriver.registry.configuration.values import texts, wrong

CLASSES = ("image", "plugin")
PLATFORMS = ("all", "none", "list")


def patterns(value: object) -> tuple[re.Pattern[str], ...]:
    """Read a list of regular expressions."""
    try:
        return tuple(re.compile(each) for each in texts(value))
    except re.error as error:
        raise ValueError(f"must be regular expressions: {error}") from None


def platforms(value: object) -> str:
    """Read which manifests of an index have to be there, in large or small letters."""
    if not isinstance(value, str) or value.lower() not in PLATFORMS:
        raise wrong(value, f"one of {', '.join(PLATFORMS)}")
    return value.lower()


def platform_list(value: object) -> tuple[tuple[str, str], ...]:
    """Read a list of platforms, and give the system and the architecture of each."""
    expected = "a list of keys architecture and os, each with its text"
    if not isinstance(value, list):
        raise wrong(value, expected)
    for each in value:
        is_platform = isinstance(each, dict) and set(each) == {"architecture", "os"}
        if not is_platform or not all(isinstance(text, str) for text in each.values()):
            raise wrong(value, expected)
    return tuple((each["os"], each["architecture"]) for each in value)


def classes(value: object) -> tuple[str, ...]:
    """Read a list of the kinds of images that are taken."""
    names = texts(value)
    if not set(names) <= {*CLASSES}:
        raise wrong(value, f"a list of {' and '.join(CLASSES)}")
    return names
