"""What a configuration says below `auth`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from storagedriver.registry.auth.algorithms import ALGORITHMS
from storagedriver.registry.auth.rules import Rule
from storagedriver.registry.configuration.file import ConfigError, Entry
from storagedriver.registry.configuration.keys import SERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Htpasswd:
    """Users with passwords, as `auth.htpasswd` says.

    `realm` is what clients show when they ask for a password, `path` the file of users. Anybody may
    pull from the repositories that a glob of `anonymous` matches. Users may do what one of the
    `rules` allows, and everything where these are None.
    """

    realm: str
    path: str
    anonymous: tuple[str, ...] = ()
    rules: tuple[Rule, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Tokens of an authorization server, as `auth.token` says.

    Clients get tokens at the URL `realm`, for `service`; those of `issuer` are taken. They are
    signed by one of the `signingalgorithms`, with a key that a certificate of `rootcertbundle` or a
    key set, `jwks`, vouches for: files, of which one is enough. With `autoredirect` the realm is
    the host that a client called, with `autoredirectpath`.
    """

    service: str
    issuer: str
    realm: str = ""
    rootcertbundle: str | None = None
    jwks: str | None = None
    signingalgorithms: tuple[str, ...] = ALGORITHMS
    autoredirect: bool = False
    autoredirectpath: str = "/auth/token"


Auth = Htpasswd | Token

_KINDS: Mapping[str, type[Htpasswd | Token]] = MappingProxyType(
    {"htpasswd": Htpasswd, "token": Token}
)


def read_auth(entries: Sequence[Entry]) -> Auth | None:
    """Read what stands below `auth`; None where nobody is to be asked.

    Raises `ConfigError` for a choice of two, or for half of what one needs.
    """
    own = [entry for entry in entries if entry.path[:1] == ("auth",) and entry.path[1] in _KINDS]
    if not own:
        return None
    source, kind = own[0].source, own[0].path[1]
    if other := next((entry for entry in own if entry.path[1] != kind), None):
        names = f"{kind} and {other.path[1]}"
        raise ConfigError(f"{other.source}: auth names two ways to ask, {names}: choose one")
    values: dict[str, Any] = {
        entry.path[2]: entry.read(SERVED[entry.key].convert) for entry in own if entry.key in SERVED
    }
    if missing := next((key for key in _needed(kind, values) if not values.get(key)), None):
        raise ConfigError(f"{source}: auth.{kind}.{missing} is missing")
    return _KINDS[kind](**values)


def _needed(kind: str, values: Mapping[str, Any]) -> list[str]:
    if kind == "htpasswd":
        return ["realm", "path"]
    realm = [] if values.get("autoredirect") else ["realm"]
    return [*realm, "service", "issuer", *([] if values.get("jwks") else ["rootcertbundle"])]


def written(auth: Auth) -> dict[str, Any]:
    """Write settings as the file has them: what stands below `auth`."""
    kind = next(name for name, each in _KINDS.items() if isinstance(auth, each))
    return {
        kind: {
            each.name: _plain(value)
            for each in fields(auth)
            if (value := getattr(auth, each.name)) is not None
        }
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML can hold
    if isinstance(value, Rule):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
