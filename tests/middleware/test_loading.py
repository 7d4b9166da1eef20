"""Middleware is found by its name, and what is wrong with a name or an option is said."""

import re
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path

import pytest

from storagedriver import offers
from storagedriver.errors import DriverConfigurationError
from storagedriver.middleware import configured, loading
from storagedriver.middleware.limit import LimitFactory
from storagedriver.parameters import parameters_in
from tests.documents import Document

Offer = Callable[..., None]


class OldFactory(LimitFactory):
    contract = 0


class NoFactory:
    contract = 1


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Give a function that offers middleware in this test alone."""

    def offered(*targets: str) -> None:
        entries = [EntryPoint("mine", target, loading.GROUP) for target in targets]
        found = EntryPoints(entries)
        monkeypatch.setattr(offers, "entry_points", found.select)

    return offered


@pytest.mark.parametrize("name", ["limit", "readonly", "retry"])
def test_ours_need_no_options(name: str) -> None:
    assert name == configured(name, {}).name


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        (
            "limti",
            {},
            r"unknown middleware 'limti'; did you mean 'limit'\? \(known: cloudfront, limit, ",
        ),
        ("limit", {"cals": 1}, r"limit: unknown parameter 'cals'; did you mean 'calls'"),
        ("limit", {"calls": "many"}, "takes a whole number"),
        ("limit", {"calls": 0}, "at least 1"),
        ("retry", {"attempts": 0}, "attempts must be at least 1"),
        ("retry", {"first": -1}, "below 0"),
        ("redirect", {}, "redirect: missing parameter: baseurl"),
        ("redirect", {"baseurl": "cdn.example.org"}, "must be http:// or https://"),
        ("redirect", {"baseurl": "https://a:b@cdn.example.org"}, "without a user"),
        ("redirect", {"baseurl": "https://cdn.example.org/?a=b"}, "no query"),
    ],
)
def test_what_is_wrong_is_said(name: str, options: dict[str, object], told: str) -> None:
    with pytest.raises(DriverConfigurationError, match=told):
        configured(name, options)


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ([f"{__name__}:OldFactory"], "keeps contract 0, this storagedriver is for 1"),
        ([f"{__name__}:NoFactory"], "is no middleware factory: it has no 'parameters'"),
        (["missing_module:Factory"], "cannot be loaded: ModuleNotFoundError"),
        (["one:Factory", "two:Factory"], "both offer this middleware"),
    ],
)
def test_what_is_wrong_with_a_strangers_is_said(
    offer: Offer, targets: list[str], told: str
) -> None:
    offer(*targets)

    with pytest.raises(DriverConfigurationError, match=told):
        configured("mine", {})


def test_ours_are_told_of_with_their_options() -> None:
    rows = Document(Path(__file__).parents[2] / "docs" / "run-a-registry.md").rows("Middleware")
    told = {row[0].strip("`"): re.findall("`(.+?)`", row[1]) for row in rows[1:]}

    ours = {entry.name: entry.load()() for entry in entry_points(group=loading.GROUP)}
    assert told == {
        name: [each.name for each in parameters_in(factory.parameters)]
        for name, factory in ours.items()
        if type(factory).__module__.startswith("storagedriver.")
    }


def test_a_strangers_is_found(offer: Offer) -> None:
    offer("storagedriver.middleware.limit:LimitFactory")

    assert "mine" == configured("mine", {"calls": 5}).name
