"""The lists of checks in a configuration."""

from pathlib import Path

import pytest
import yaml

from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, ConfigError, load
from storagedriver.registry.health.settings import (
    AddressCheck,
    FileCheck,
    HealthSettings,
    UrlCheck,
)

FULL = """\
version: 0.1
storage: inmemory
health:
  storagedriver: {enabled: true, interval: 20s, threshold: 4}
  file:
    - {file: /run/out, interval: 5s}
    - file: /run/out2
  http:
    - uri: http://127.0.0.1:8080/ok?x=1
      headers: {Authorization: [Basic hidden], X-A: b}
      statuscode: 204
      timeout: 3s
      interval: 7s
      threshold: 2
  tcp:
    - {addr: "redis:6379", timeout: 3s, interval: 8s, threshold: 0}
"""
SETTINGS = HealthSettings(
    storage=True,
    interval=20,
    threshold=4,
    files=(FileCheck(path="/run/out", interval=5), FileCheck(path="/run/out2")),
    urls=(
        UrlCheck(
            url="http://127.0.0.1:8080/ok?x=1",
            status=204,
            headers=(("Authorization", "Basic hidden"), ("X-A", "b")),
            timeout=3,
            interval=7,
            threshold=2,
        ),
    ),
    addresses=(AddressCheck(host="redis", port=6379, timeout=3, interval=8, threshold=1),),
)


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.yml"
    path.write_text(text)
    return load(path, environment={}, driver=None, options={})


def test_the_checks_of_dockers_configuration_are_read(tmp_path: Path) -> None:
    assert SETTINGS == loaded(tmp_path, FULL).health


def test_what_is_read_is_shown_without_the_values_of_headers(tmp_path: Path) -> None:
    shown = effective(loaded(tmp_path, FULL))

    assert "hidden" not in shown
    checks = yaml.safe_load(shown)["health"]
    assert {"enabled": True, "interval": "20s", "threshold": 4} == checks["storagedriver"]
    assert {"file": "/run/out", "interval": "5s"} == checks["file"][0]
    assert "redis:6379" == checks["tcp"][0]["addr"]
    assert SETTINGS.addresses == loaded(tmp_path, shown).health.addresses


@pytest.mark.parametrize(
    ("health", "message"),
    [
        ("storagedriver: {threshold: -1}", "health.storagedriver.threshold must be a whole number"),
        ("storagedriver: {interval: 0s}", "interval must be a duration above zero"),
        ("file: /run/out", "health.file must be a list of mappings, each with 'file'"),
        ("file: [{interval: 1s}]", "health.file must have 'file' in each entry"),
        ("file: [{file: /x, intervall: 1s}]", "health.file has no key 'intervall'"),
        ("http: [{uri: ftp://x}]", "health.http uri must be a URL such as"),
        ("http: [{uri: 'http://u:secret@h'}]", "health.http uri must be a URL such as"),
        ("http: [{uri: 'http://h', statuscode: ok}]", "statuscode must be a status such as 200"),
        ("http: [{uri: 'http://h', headers: [secret]}]", "headers must be a mapping"),
        ("http: [{uri: 'http://h', headers: {a: [5]}}]", "headers must have one line"),
        ("tcp: [{addr: redis}]", "health.tcp addr must be an address"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(tmp_path: Path, health: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"version: 0.1\nstorage: inmemory\nhealth:\n  {health}\n")

    assert message in str(caught.value)
    assert ":4: " in str(caught.value)
    assert "secret" not in str(caught.value)
