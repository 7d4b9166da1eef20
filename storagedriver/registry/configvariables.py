"""`REGISTRY_*` variables: each stands for a key of the configuration file, and wins over it."""

import re
from collections.abc import Mapping

from storagedriver.registry.configfile import ConfigError, Entry, nearest, read_yaml
from storagedriver.registry.configkeys import IGNORED, LATER, OPEN, Keys

PREFIX = "REGISTRY_"
FILE_VARIABLE = "REGISTRY_CONFIGURATION_PATH"

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
        entries = [entry for entry in entries if entry.path[: len(path)] != path]
        if rest:
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
        if ".".join(path) in LATER or ".".join(path) in IGNORED:
            return path, rest
    raise ConfigError(f"{variable}: stands for no key: the nearest is {nearest(variable, known)}")


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "_").replace("-", "_")
