"""How the values of a mirror's configuration are read; all raise a `ValueError`."""

import re

from storagedriver.registry.configuration.values import origin, texts, wrong

_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]+)?")


def remote(value: object) -> str | None:
    """Read the URL of the registry that is mirrored; empty for none."""
    if isinstance(value, str) and "@" in value:
        raise ValueError("names a user: that is for proxy.username and proxy.password")
    return origin(value)


def hosts(value: object) -> tuple[str, ...]:
    """Read a list of hosts, each with a port where that is not the scheme's own."""
    names = texts(value)
    for name in names:
        if not _HOST.fullmatch(name):
            raise wrong(name, "a host such as auth.example.org or auth.example.org:8443")
    return names
