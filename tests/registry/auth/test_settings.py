"""What stands below `auth` in a configuration."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from storagedriver import cli
from storagedriver.registry.auth import Action
from storagedriver.registry.auth.rules import Rule
from storagedriver.registry.auth.settings import Htpasswd, Token
from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, ConfigError, load
from tests.registry.auth.scenes import users_file
from tests.registry.auth.signing import jwk_of, new_key, write_jwks

HTPASSWD = """\
auth:
  htpasswd:
    realm: a realm
    path: {path}
    anonymous: [public/**]
    rules:
      - {{users: [alice], repositories: [team/**], actions: [pull, push]}}
"""

TOKEN = """\
auth:
  token:
    realm: https://auth.example.org/token
    service: registry.example.org
    issuer: auth.example.org
    rootcertbundle: /etc/registry/roots.pem
    jwks: /etc/registry/jwks.json
    signingalgorithms: [RS256, EdDSA]
"""


def loaded(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> Config:
    path = folder / "config.yml"
    path.write_text(f"version: 0.1\nstorage: inmemory\n{text}")
    return load(
        path,
        environment=environment or {},
        driver=None,
        options={},
    )


def test_passwords_and_rules_are_read(tmp_path: Path) -> None:
    rule = Rule(users=("alice",), repositories=("team/**",), actions=(Action.PULL, Action.PUSH))

    auth = loaded(tmp_path, HTPASSWD.format(path="/f")).auth

    assert Htpasswd(realm="a realm", path="/f", anonymous=("public/**",), rules=(rule,)) == auth


def test_the_variables_that_dockers_pages_show_are_read(tmp_path: Path) -> None:
    environment = {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": "Registry Realm",
        "REGISTRY_AUTH_HTPASSWD_PATH": "/auth/htpasswd",
    }

    auth = loaded(tmp_path, "", environment).auth

    assert Htpasswd(realm="Registry Realm", path="/auth/htpasswd") == auth


def test_tokens_are_set_as_dockers(tmp_path: Path) -> None:
    auth = loaded(tmp_path, TOKEN).auth

    assert (
        Token(
            realm="https://auth.example.org/token",
            service="registry.example.org",
            issuer="auth.example.org",
            rootcertbundle="/etc/registry/roots.pem",
            jwks="/etc/registry/jwks.json",
            signingalgorithms=("RS256", "EdDSA"),
        )
        == auth
    )


def test_a_redirecting_registry_needs_no_realm(tmp_path: Path) -> None:
    keys = "{autoredirect: true, autoredirectpath: /t, service: s, issuer: i, jwks: /j}"

    auth = loaded(tmp_path, f"auth: {{token: {keys}}}\n").auth

    assert Token(service="s", issuer="i", jwks="/j", autoredirect=True, autoredirectpath="/t") == (
        auth
    )


def test_rules_are_read_from_a_variable(tmp_path: Path) -> None:
    rules = "[{users: ['*'], repositories: ['**'], actions: [pull]}]"

    auth = loaded(
        tmp_path, HTPASSWD.format(path="/f"), {"REGISTRY_AUTH_HTPASSWD_RULES": rules}
    ).auth

    rule = Rule(users=("*",), repositories=("**",), actions=(Action.PULL,))
    assert isinstance(auth, Htpasswd)
    assert (rule,) == auth.rules


@pytest.mark.parametrize(
    "text", ["", "auth:", "auth: {}", "auth: none", "auth: {none: }", "auth: {none: {}}"]
)
def test_nobody_is_asked_where_nothing_is_said(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, f"{text}\n").auth is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("auth: htpasswd", "config.yml:3: auth.htpasswd.realm is missing"),
        ("auth: {htpasswd: }", "config.yml:3: auth.htpasswd.realm is missing"),
        ("auth:\n  htpasswd: {realm: r}", "config.yml:4: auth.htpasswd.path is missing"),
        ("auth: {htpasswd: {realm: r, path: ''}}", "auth.htpasswd.path is missing"),
        ("auth: {htpasswd: {realm: r, path: 5}}", "auth.htpasswd.path must be text"),
        ("auth: {htpasswd: {realm: 'a\"b', path: f}}", "realm must be plain text without quotes"),
        ("auth: {htpasswd: {realms: r}}", "no known key: the nearest is auth.htpasswd.realm"),
        ("auth: {silly: {realm: r}}", "auth.silly is not supported: it lets"),
        ("auth: password", "auth.password is no known key"),
        (
            "auth:\n  htpasswd:\n    rules:\n      - {users: [a], repositories: [B], actions: []}",
            "config.yml:6: auth.htpasswd.rules rule 1: repositories: 'B' can match no",
        ),
        ("auth: token", "config.yml:3: auth.token.realm is missing"),
        ("auth: {token: {realm: r, service: s}}", "auth.token.issuer is missing"),
        ("auth: {token: {realm: r, service: s, issuer: i}}", "auth.token.rootcertbundle is mis"),
        ("auth: {token: {signingalgorithms: [HS256]}}", "has HS256, which needs a secret, and"),
        ("auth: {token: {signingalgorithms: [none]}}", "signingalgorithms has 'none', and knows"),
        ("auth: {token: {signingalgorithms: []}}", "signingalgorithms must be a list of EdDSA,"),
        (
            "auth:\n  htpasswd: {realm: r, path: p}\n  token: {realm: r}",
            "config.yml:5: auth names two ways to ask, htpasswd and token: choose one",
        ),
        ("auth: {htpasswd: {anonymous: public}}", "anonymous must be a list of repositories"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, f"{text}\n")


def test_a_check_shows_what_was_read_and_it_can_be_read_again(tmp_path: Path) -> None:
    path = users_file(tmp_path, alice="one")
    config = loaded(tmp_path, HTPASSWD.format(path=path))

    shown = yaml.safe_load(effective(config))["auth"]

    assert config.auth == loaded(tmp_path, yaml.safe_dump({"auth": shown})).auth


def test_a_check_shows_how_tokens_are_taken(tmp_path: Path) -> None:
    jwks = write_jwks(tmp_path / "jwks.json", jwk_of(new_key()))
    keys = f"{{realm: r, service: s, issuer: i, jwks: {jwks}}}"
    config = loaded(tmp_path, f"auth: {{token: {keys}}}\n")

    shown = yaml.safe_load(effective(config))["auth"]

    assert config.auth == loaded(tmp_path, yaml.safe_dump({"auth": shown})).auth


def test_a_check_tells_of_a_file_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(tmp_path, HTPASSWD.format(path="/nowhere"))

    status = cli.main(["serve", "--check", str(tmp_path / "config.yml")])

    assert 2 == status
    assert "auth.htpasswd.path: /nowhere: cannot be read" in capsys.readouterr().err
