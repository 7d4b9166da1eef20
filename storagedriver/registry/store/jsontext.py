"""JSON as clients send it: any bytes at all, read strictly."""

import json
from collections import Counter
from collections.abc import Iterable

from storagedriver.registry.store.errors import ManifestInvalidError, shown

MAX_DEPTH = 100
"""How deep a manifest may be nested: far less than what Python can read back, wherever it is."""

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def parse_object(content: bytes) -> dict[str, Json]:
    """Read one JSON object in UTF-8; raise `ManifestInvalidError`, saying what is wrong, else.

    A key that occurs twice is refused, because readers do not agree on which of the two counts.
    """
    try:
        value = json.loads(
            content.decode(), object_pairs_hook=_once_each, parse_constant=_no_constant
        )
    except RecursionError as error:
        raise ManifestInvalidError("the JSON is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ManifestInvalidError(f"the JSON is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ManifestInvalidError(f"this is no JSON: {error.msg} at {where}") from error
    except ValueError as error:
        # The one left: a number of more digits than Python converts.
        raise ManifestInvalidError("the JSON has a number that is too long") from error
    if not isinstance(value, dict):
        raise ManifestInvalidError("the JSON is not an object")
    _check_depth(value)
    return value


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    raise ManifestInvalidError("the JSON is nested too deeply")


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        # Counted, as a search for each key would take hours in an object of 4 MiB.
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ManifestInvalidError(f"the JSON has the key '{shown(twice)}' twice in one object")
    return value


def _no_constant(name: str) -> Json:
    raise ManifestInvalidError(f"the JSON has {name}, which is no JSON")
