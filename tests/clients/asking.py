"""Registries that ask who somebody is: for a password, for a token, or for nothing but TLS."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clients.tokenserver import TokenServer
from tests.registry.auth.scenes import users_file
from tests.registry.auth.signing import ISSUER, SERVICE, Certified, Key
from tests.servers import Server, storagedriver_server
from tests.tlsfiles import Authority, variables

RULES = [
    {"users": ["alice"], "repositories": ["team/*", "open/*"], "actions": ["pull", "push"]},
    {"users": ["bob"], "repositories": ["team/*"], "actions": ["pull"]},
]
APP = "repository:team/app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A registry, and who gives the tokens for it. Alice, whose password is `one`, may push."""

    server: Server
    authority: TokenServer


@contextmanager
def asking_for_passwords(folder: Path) -> Iterator[Server]:
    """Serve alice, whose password is `one`, and bob, `two`, who may pull; `open/*` is open."""
    htpasswd = {
        "realm": "test",
        "path": str(users_file(folder, alice="one", bob="two")),
        "anonymous": ["open/*"],
        "rules": RULES,
    }
    with _serving(folder, {"htpasswd": htpasswd}) as server:
        yield server


@contextmanager
def asking_for_tokens(folder: Path, *, key: Key | None = None) -> Iterator[Guarded]:
    """Serve `team/app`, which anybody may pull; tokens are signed by the key, or a new one."""
    signer = Certified.new("an authority", is_authority=True, key=key)
    granted = {"alice": {f"{APP}:pull", f"{APP}:push"}, "": {f"{APP}:pull"}}
    authority = TokenServer(signer, passwords={"alice": "one"}, granted=granted)
    with authority.serving():
        token = {
            "realm": authority.realm,
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": signer.write_to(folder / "roots.pem"),
        }
        with _serving(folder, {"token": token}) as server:
            yield Guarded(server=server, authority=authority)


@contextmanager
def speaking_tls(folder: Path, authority: Authority) -> Iterator[Server]:
    """Serve with a certificate of the authority's."""
    with storagedriver_server(
        folder, "--driver", "memory", environment=variables(authority)
    ) as server:
        yield server


@contextmanager
def _serving(folder: Path, auth: object) -> Iterator[Server]:
    config = {"version": 0.1, "storage": "inmemory", "auth": auth}
    (folder / "config.yml").write_text(json.dumps(config))
    with storagedriver_server(folder, str(folder / "config.yml")) as server:
        yield server
