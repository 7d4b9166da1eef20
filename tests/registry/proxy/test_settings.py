"""The keys of a mirror."""

from pathlib import Path

import pytest
import yaml

from storagedriver.errors import UnsupportedOperationError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, ConfigError, load
from storagedriver.registry.proxy.settings import Proxy

FULL = """\
proxy:
  remoteurl: https://registry.example.org/
  username: me
  password: 1234
  authhosts: [auth.example.org, "other.example.org:8443"]
  ttl: 168h
"""


def loaded(folder: Path, text: str, **environment: str) -> Config:
    path = folder / "config.yml"
    path.write_text(f"version: 0.1\nstorage: inmemory\n{text}")
    return load(path, environment=environment, driver=None, options={})


def test_the_keys_of_a_mirror_are_read(tmp_path: Path) -> None:
    expected = Proxy(
        url="https://registry.example.org",
        username="me",
        password="1234",
        auth_hosts=("auth.example.org", "other.example.org:8443"),
        ttl=7 * 24 * 3600,
    )

    proxy = loaded(tmp_path, FULL).proxy

    assert expected == proxy
    assert "1234" not in repr(proxy)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "proxy: {}\n",
        'proxy: {remoteurl: ""}\n',
        "proxy: {ttl: 0}\n",
        'proxy: {remoteurl: "", username: "", password: "", ttl: 0s, exec: {}}\n',
    ],
)
def test_nothing_is_mirrored_unless_a_registry_is_named(tmp_path: Path, text: str) -> None:
    assert None is loaded(tmp_path, text).proxy


def test_variables_name_a_mirror_too(tmp_path: Path) -> None:
    variables = {
        "REGISTRY_PROXY_REMOTEURL": "http://127.0.0.1:5001",
        "REGISTRY_PROXY_USERNAME": "me",
        "REGISTRY_PROXY_PASSWORD": "secret",
    }

    proxy = loaded(tmp_path, "", **variables).proxy

    assert Proxy(url="http://127.0.0.1:5001", username="me", password="secret") == proxy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("proxy: {remoteurl: registry.example.org}", "proxy.remoteurl must be a URL"),
        ("proxy: {remoteurl: 'https://me:secret@a.test'}", "proxy.remoteurl names a user"),
        ("proxy: {username: a, password: b}", "of no use without proxy.remoteurl"),
        ("proxy: {remoteurl: 'https://a', username: a}", "of no use without proxy.password"),
        ("proxy: {remoteurl: 'https://a', password: b}", "of no use without proxy.username"),
        ("proxy: {remoteurl: 'https://a', ttl: soon}", "proxy.ttl must be a duration"),
        ("proxy: {remoteurl: 'https://a', authhosts: ['https://b']}", "must be a host such as"),
        (
            "proxy: {remoteurl: 'https://a', exec: {command: b}}",
            "proxy.username and proxy.password",
        ),
    ],
)
def test_what_cannot_be_mirrored_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"config.yml:3: proxy\.") as error:
        loaded(tmp_path, text)

    assert told in str(error.value)
    assert "secret" not in str(error.value)


def test_a_mirror_is_shown_without_its_password(tmp_path: Path) -> None:
    shown = yaml.safe_load(effective(loaded(tmp_path, FULL)))["proxy"]

    assert {
        "remoteurl": "https://registry.example.org",
        "username": "me",
        "password": "***",
        "authhosts": ["auth.example.org", "other.example.org:8443"],
        "ttl": "168h",
    } == shown


async def test_a_mirror_that_could_keep_nothing_does_not_start(driver: StorageDriver) -> None:
    config = Config(proxy=Proxy(url="https://a.test"), read_only=True)

    with pytest.raises(UnsupportedOperationError, match="a mirror keeps what it fetches"):
        create_app(driver, config)
