"""`REGISTRY_*` variables: each stands for a key of the configuration file, and wins over it."""

import re
from collections.abc import Mapping
from copy import deepcopy

from storagedriver.registry.configuration.file import ConfigError, Entry, nearest, read_yaml
from storagedriver.registry.configuration.keys import IGNORED, LATER, LISTS, OPEN, Keys

PREFIX = "REGISTRY_"
FILE_VARIABLE = "REGISTRY_CONFIGURATION_PATH"

_ELEMENT = re.compile(r"([0-9]{1,4})_([^_].*)")

# Kubernetes and Docker links set these in every container beside a service called "registry".
_SERVICE_LINK = re.compile(
    r"REGISTRY_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)"
)


def overlay(entries: list[Entry], environment: Mapping[str, str], keys: Keys) -> list[Entry]:
    """Put the variables' values in place of the file's, at and below the keys they stand for.

    Raises `ConfigError` for a variable that stands for no key.
    """
    for variable in sorted(environment):
        text = environment[variable]
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE or _is_link(variable, text):
            continue
        path, rest = _path(variable, keys)
        before = next((entry.value for entry in entries if entry.path == path), None)
        entries = [entry for entry in entries if entry.path[: len(path)] != path]
        if rest and ".".join(path) in LISTS:
            given = read_yaml(text, keys=keys, variable=variable, path=path)
            value = given[0].value if given else None
            entries.append(Entry(path, _changed(variable, before, rest, value), variable))
        elif rest:
            entries.append(Entry(path, {rest: text}, variable))
        else:
            entries += read_yaml(text, keys=keys, variable=variable, path=path)
    return entries


def _is_link(variable: str, text: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(variable)) or (
        variable.endswith("_PORT") and text.startswith(("tcp://", "udp://"))
    )


def _path(variable: str, keys: Keys) -> tuple[tuple[str, ...], str]:
    """Find the key of a variable, and what is left where all below the key is taken whole."""
    known = {_variable(name): tuple(name.split(".")) for name in keys.names()}
    if variable in known:
        return known[variable], ""
    for name in sorted(known, key=len, reverse=True):
        path, rest = known[name], variable.removeprefix(f"{name}_").lower()
        if not variable.startswith(f"{name}_") or not rest:
            continue
        if keys.is_driver(path) or ".".join(path) in OPEN:
            return (*path, rest), ""
        if any(".".join(path) in kind for kind in (LATER, IGNORED, LISTS)):
            return path, rest
    raise ConfigError(f"{variable}: stands for no key: the nearest is {nearest(variable, known)}")


def _changed(variable: str, before: object, rest: str, value: object) -> list[object]:
    """Set a key of an element of the list `before`: `0_url` is the first one's `url`.

    The element after the last is a new one.
    """
    elements = deepcopy(before) if isinstance(before, list) else []
    match = _ELEMENT.fullmatch(rest)
    number = int(match[1]) if match else len(elements) + 1
    if match is None or number > len(elements):
        message = f"stands for no element: there are {len(elements)}, and the first is number 0"
        raise ConfigError(f"{variable}: {message}")
    if number == len(elements):
        elements.append({})
    inner, (*parents, last) = elements[number], match[2].split("_")
    for parent in parents:
        if isinstance(inner, dict):
            inner[parent] = inner.get(parent) or {}
            inner = inner[parent]
    if not isinstance(inner, dict):
        raise ConfigError(f"{variable}: stands below a value that has no keys")
    inner[last] = value
    return elements


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "_").replace("-", "_")
