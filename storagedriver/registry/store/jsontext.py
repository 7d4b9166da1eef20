"""JSON as clients send it: any bytes at all, read strictly."""

import json

from storagedriver.registry.store.errors import ManifestInvalidError, shown

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
    return value


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise ManifestInvalidError(f"the JSON has the key '{shown(twice)}' twice in one object")
    return value


def _no_constant(name: str) -> Json:
    raise ManifestInvalidError(f"the JSON has {name}, which is no JSON")
