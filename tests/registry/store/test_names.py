"""The grammar of repositories' names and of tags."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.paths import check_path
from storagedriver.registry.store import Digest, layout
from storagedriver.registry.store.errors import NameInvalidError, TagInvalidError
from storagedriver.registry.store.names import check_repository, check_tag
from tests.registry.store.content import unhurried

COMPONENT = r"[a-z0-9]+((\.|_|__|-{1,3})[a-z0-9]+){0,2}"


@pytest.mark.parametrize(
    "name", ["a", "0", "a/b", "a.b_c__d-e---f", "library/x86-64", "blobs/uploads", "a" * 255]
)
def test_names_of_the_grammar_are_taken(name: str) -> None:
    check_repository(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "A",
        "a..b",
        "a___b",
        "a.-b",
        "-a",
        "a-",
        "_a",
        "a/_layers",
        "a/../b",
        "..",
        "a b",
        "a\n",
        "a\x00",
        "a%2fb",
        "\u00e4",
        "a" * 256,
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(NameInvalidError):
        check_repository(name)


@pytest.mark.parametrize("tag", ["latest", "_manifests", "V1.0-rc_2", "0", "a" * 128])
def test_tags_of_the_grammar_are_taken(tag: str) -> None:
    check_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", ".", "..", ".a", "-a", "a/b", "a\n", "a b", "\u00e4", "a" * 129]
)
def test_other_tags_are_refused(tag: str) -> None:
    with pytest.raises(TagInvalidError):
        check_tag(tag)


@unhurried
@given(st.from_regex(rf"{COMPONENT}(/{COMPONENT}){{0,3}}", fullmatch=True))
def test_every_name_up_to_the_limit_is_taken(name: str) -> None:
    if len(name) <= 255:
        check_repository(name)


@unhurried
@given(st.text())
def test_no_name_that_is_taken_leads_out_of_its_folder(name: str) -> None:
    try:
        check_repository(name)
    except NameInvalidError:
        return
    assert re.fullmatch(r"[a-z0-9./_-]+", name)
    check_path(layout.repository(name))


@unhurried
@given(st.text())
def test_no_tag_that_is_taken_leads_out_of_its_folder(tag: str) -> None:
    try:
        check_tag(tag)
    except TagInvalidError:
        return
    path = layout.current("a", tag)
    check_path(path)
    assert tag == path.split("/")[-3]


def test_the_longest_path_is_one_that_drivers_take() -> None:
    digest = Digest.of(b"", "sha512")

    check_path(layout.indexed("a/" * 127 + "b", "t" * 128, digest))
