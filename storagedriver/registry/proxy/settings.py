"""Which registry is mirrored, and as whom it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storagedriver.durations import written_duration
from storagedriver.registry.configuration.file import ConfigError, Entry
from storagedriver.registry.configuration.proxy import hosts, remote
from storagedriver.registry.configuration.values import duration, scalar

_CREDENTIALS = ("proxy.username", "proxy.password")
_NEEDS = (
    _CREDENTIALS,
    _CREDENTIALS[::-1],
    ("proxy.username", "proxy.remoteurl"),
    ("proxy.authhosts", "proxy.remoteurl"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The registry that is mirrored: `url` is what its URLs begin with, up to `/v2/`.

    With `username` and `password` it is asked as that user. They are sent to its own host, and to
    `auth_hosts` (each `host` or `host:port`) where it sends its users to get tokens. What nobody
    asked for in the last `ttl` seconds is removed; with 0 nothing is. Who `removes` nothing leaves
    that to another process over the same storage.
    """

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    auth_hosts: tuple[str, ...] = ()
    ttl: float = 0.0
    removes: bool = True


def read_proxy(entries: Sequence[Entry]) -> Proxy | None:
    """Read what is configured below `proxy`; None where no registry is named.

    Raises `ConfigError` for what is of no use, or cannot be done.
    """
    given = {entry.key: entry for entry in entries if entry.path[0] == "proxy"}
    _check(given)
    named = given.get("proxy.remoteurl")
    url = None if named is None else named.read(remote)
    if url is None:
        return None
    values = {key: entry.read(scalar) for key, entry in given.items() if key in _CREDENTIALS}
    listed, lasting = given.get("proxy.authhosts"), given.get("proxy.ttl")
    return Proxy(
        url=url,
        username=values.get("proxy.username") or None,
        password=values.get("proxy.password") or None,
        auth_hosts=() if listed is None else listed.read(hosts),
        ttl=0.0 if lasting is None else lasting.read(duration),
    )


def written_proxy(proxy: Proxy, hidden: str) -> dict[str, object]:
    """Write the settings as they stand in a configuration, with `hidden` for the password."""
    shown: dict[str, object] = {"remoteurl": proxy.url}
    if proxy.username is not None:
        shown |= {"username": proxy.username, "password": hidden}
    return shown | {"authhosts": list(proxy.auth_hosts), "ttl": written_duration(proxy.ttl)}


def _check(given: Mapping[str, Entry]) -> None:
    program = given.get("proxy.exec")
    if program is not None and program.value != {}:
        raise ConfigError(
            f"{program.source}: proxy.exec: no program is run for credentials: "
            "name them in proxy.username and proxy.password"
        )
    filled = {key: entry for key, entry in given.items() if entry.value}
    for key, needed in _NEEDS:
        if key in filled and needed not in filled:
            raise ConfigError(f"{filled[key].source}: {key} is of no use without {needed}")
