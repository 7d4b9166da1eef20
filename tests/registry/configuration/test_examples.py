"""The example configurations are taken, and one that is not is told why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from storagedriver import cli
from tests.tlsfiles import Authority

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "config"
REFUSED = {"letsencrypt": "letsencrypt is not supported: let certbot or lego fetch the certificate"}
SECRETS = {"secretkey", "accountkey", "password", "Authorization"}
FILES = {"token": "REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE"}
TAKEN = sorted(path.stem for path in FOLDER.iterdir() if path.stem not in REFUSED)


def secrets_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in SECRETS:
                yield from [each] if isinstance(each, str) else each
            else:
                yield from secrets_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from secrets_in(each)


def test_secrets_are_found_in_the_examples() -> None:
    found = [yaml.safe_load((FOLDER / f"{name}.yml").read_text()) for name in TAKEN]

    assert len(SECRETS) <= sum(1 for _ in secrets_in(found))


@pytest.mark.parametrize("name", TAKEN)
def test_an_example_is_taken_and_its_secrets_are_not_shown(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    given = yaml.safe_load(text)
    if name in FILES:
        monkeypatch.setenv(FILES[name], str(Authority.new(tmp_path).file))

    status = cli.main(["serve", "--check", str(FOLDER / f"{name}.yml")])

    printed = capsys.readouterr().out
    assert 0 == status
    shown = yaml.safe_load(printed)
    assert given["http"]["addr"] == shown["http"]["addr"]
    assert next(iter(given["storage"])) in shown["storage"]
    assert [] == [secret for secret in secrets_in(given) if secret in printed]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_example_says_what_to_do_instead(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["serve", "--check", str(FOLDER / f"{name}.yml")])

    told = capsys.readouterr().err
    assert 2 == status
    assert REFUSED[name] in told
    assert f"{name}.yml:" in told
