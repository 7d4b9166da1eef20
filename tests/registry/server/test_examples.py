"""The example configurations are taken, and one that is not is told why."""

from pathlib import Path

import pytest
import yaml

from storagedriver import cli

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "config"
REFUSED = {"letsencrypt": "letsencrypt is not supported: let certbot or lego fetch the certificate"}
SECRETS = {"secretkey", "accountkey"}
TAKEN = sorted(path.stem for path in FOLDER.iterdir() if path.stem not in REFUSED)


@pytest.mark.parametrize("name", TAKEN)
def test_an_example_is_taken_and_its_secrets_are_not_shown(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    given = yaml.safe_load(text)

    status = cli.main(["serve", "--check", str(FOLDER / f"{name}.yml")])

    printed = capsys.readouterr().out
    assert 0 == status
    shown = yaml.safe_load(printed)
    assert given["http"]["addr"] == shown["http"]["addr"]
    assert next(iter(given["storage"])) in shown["storage"]
    sections = [each for each in given["storage"].values() if isinstance(each, dict)]
    secrets = [each[key] for each in sections for key in SECRETS & each.keys()]
    assert [] == [secret for secret in secrets if secret in printed]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_example_says_what_to_do_instead(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["serve", "--check", str(FOLDER / f"{name}.yml")])

    told = capsys.readouterr().err
    assert 2 == status
    assert REFUSED[name] in told
    assert f"{name}.yml:" in told
