"""The cipher suites of a configuration are those that are spoken."""

import pytest

from storagedriver.registry import tls
from storagedriver.registry.ciphersuites import ALWAYS, SUITES
from storagedriver.registry.configuration.config import Config
from tests.tlsfiles import Authority


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    authority = Authority.new(tmp_path_factory.mktemp("authority"))
    certificate, key = map(str, authority.issued("localhost"))
    return certificate, key


def spoken(files: tuple[str, str], *names: str) -> set[str]:
    config = Config(tls_certificate=files[0], tls_key=files[1], tls_suites=names)
    context = tls.context(config)
    assert context is not None
    return {cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"}


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_alone_is_the_only_one(files: tuple[str, str], name: str) -> None:
    assert {SUITES[name]} == spoken(files, name, *ALWAYS)


def test_without_names_there_is_a_choice(files: tuple[str, str]) -> None:
    assert len(spoken(files)) > 2
    assert spoken(files) == spoken(files, *ALWAYS)


def test_several_are_spoken(files: tuple[str, str]) -> None:
    names = [*SUITES][:2]

    assert {SUITES[name] for name in names} == spoken(files, *names)
