"""`serve --check` shows what a configuration comes to."""

from pathlib import Path

import pytest
import yaml

from storagedriver import cli
from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, load
from tests.tlsfiles import Authority, variables

FULL = """\
version: 0.1
log:
  {level: debug, formatter: json, fields: {service: r, number: 5}, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: /srv/registry}
  delete: {enabled: true}
  redirect: {disable: true}
  maintenance:
    uploadpurging: {enabled: true, age: 168h, interval: 1h30m, dryrun: true}
    readonly: {enabled: true}
http:
  addr: "[::1]:5001"
  host: https://registry.example.org
  prefix: /images/
  relativeurls: true
  draintimeout: 250ms
  headers: {A: [b, c], D: e}
  limits: {bodytimeout: 30s, requests: 5, burst: 6, uploads: 7}
  trustedproxies: {addresses: [10.0.0.0/8, "::1"], header: forwarded}
  debug: {addr: "localhost:5002", prometheus: {enabled: true, path: /m}}
catalog: {maxentries: 50}
tags: {maxtags: 60}
validation:
  manifests:
    urls: {allow: ["^https://a/"], deny: [b]}
    indexes: {platforms: list, platformlist: [{architecture: amd64, os: linux}]}
policy: {repository: {classes: [image]}}
"""

SMALL = "version: 0.1\nstorage: inmemory\n"


def loaded(path: Path, environment: dict[str, str] | None = None) -> Config:
    return load(
        path,
        environment=environment or {},
        driver=None,
        options={},
    )


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [FULL, SMALL, f"{SMALL}http: {{net: unix, addr: /run/s}}\n"])
def test_what_is_shown_can_be_read_and_says_the_same(tmp_path: Path, text: str) -> None:
    config = loaded(written(tmp_path / "given.yml", text))

    shown = effective(config)

    again = loaded(written(tmp_path / "shown.yml", shown))
    assert shown == effective(again)
    different = {"parameters"}  # defaults are written out
    for name in Config.__slots__:
        assert name in different or getattr(config, name) == getattr(again, name), name


def test_the_files_of_tls_are_shown(tmp_path: Path) -> None:
    given = variables(Authority.new(tmp_path / "authority"), MINIMUMTLS="tls1.3")
    path = written(tmp_path / "given.yml", FULL)

    shown = yaml.safe_load(effective(loaded(path, given)))

    assert given["REGISTRY_HTTP_TLS_KEY"] == shown["http"]["tls"]["key"]
    assert "tls1.3" == shown["http"]["tls"]["minimumtls"]


def test_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["bucket=images", "region=eu-central-1", "accesskey=AK1", "secretkey=hunter2"]
    words = [word for option in options for word in ("-o", option)]

    status = cli.main(["serve", "--check", "--driver", "s3", *words])

    printed = capsys.readouterr().out
    assert 0 == status
    assert "hunter2" not in printed
    assert "images" == yaml.safe_load(printed)["storage"]["s3"]["bucket"]
    assert "***" == yaml.safe_load(printed)["storage"]["s3"]["secretkey"]


@pytest.mark.parametrize(("text", "secret"), [("hunter2", "hunter2"), ("5", "5"), ("''", None)])
def test_the_secret_of_links_is_read_and_hidden(
    tmp_path: Path, text: str, secret: str | None
) -> None:
    config = loaded(written(tmp_path / "given.yml", f"{SMALL}http: {{secret: {text}}}\n"))

    assert secret == config.secret
    assert (None if secret is None else "***") == yaml.safe_load(effective(config))["http"].get(
        "secret"
    )
    assert not config.notes
    assert "hunter2" not in effective(config) + repr(config)


def test_a_secret_that_is_not_given_is_seen_to_be_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == cli.main(
        ["serve", "--check", "--driver", "azure", "-o", "container=images", "-o", "accountname=ab1"]
    )

    shown = yaml.safe_load(capsys.readouterr().out)["storage"]["azure"]
    assert ("", "") == (shown["accountkey"], shown["connectionstring"])


def test_what_changes_nothing_is_named_in_a_comment(tmp_path: Path) -> None:
    path = written(tmp_path / "given.yml", f"{SMALL}redis: {{password: hunter2}}\n")

    first, *rest = effective(loaded(path)).splitlines()

    assert f"# ignored: {path}:3: redis: nothing is kept in Redis" == first
    assert "version: 0.1" == rest[0]
    assert "hunter2" not in "".join(rest)


def test_a_url_is_shown_as_what_it_stands_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == cli.main(["serve", "--check", "--driver", f"file://{tmp_path}/data"])

    shown = yaml.safe_load(capsys.readouterr().out)
    assert {"rootdirectory": f"{tmp_path}/data"} == {
        "rootdirectory": shown["storage"]["filesystem"]["rootdirectory"]
    }
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--driver", "filesystem", "-o", "colour=red"], "colour"),
        (["--driver", "nothing"], "nothing"),
        (["missing.yml"], "missing.yml"),
    ],
)
def test_what_is_wrong_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == cli.main(["serve", "--check", *words])

    assert told in capsys.readouterr().err
