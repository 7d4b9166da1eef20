"""How the values of a mirror's configuration are read; all raise a `ValueError`."""

import re

from storagedriver.registry.configvalues import duration, origin, texts, wrong

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


def never(value: object) -> float:
    """Read the time after which what is kept is removed, which has to be none."""
    if duration(value):
        raise ValueError(
            f"must be 0, not {value!r}: what a mirror keeps does not expire here; "
            "set it to 0 and mind the space"
        )
    return 0.0
