import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver import InvalidPathError
from storagedriver.paths import (
    check_name,
    check_path,
    child_of,
    is_below,
    name_of,
    order_key,
    parent_of,
)

LETTERS = string.ascii_letters + string.digits + "._-"

names = st.text(LETTERS, min_size=1, max_size=12).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))


def is_valid(path: str) -> bool:
    """State the grammar a second time, without a pattern."""
    if not path.startswith("/"):
        return False
    return all(
        part not in {"", ".", ".."} and len(part) <= 255 and set(part) <= set(LETTERS)
        for part in path[1:].split("/")
    )


@given(paths)
def test_components_of_the_alphabet_make_a_path(path: str) -> None:
    check_path(path)


@given(st.text("/.a-é\n\0%", max_size=8))
def test_a_path_is_taken_exactly_when_it_follows_the_grammar(path: str) -> None:
    if is_valid(path):
        check_path(path)
    else:
        with pytest.raises(InvalidPathError):
            check_path(path)


@given(st.text())
def test_any_text_is_either_taken_or_an_invalid_path(path: str) -> None:
    if not is_valid(path):
        with pytest.raises(InvalidPathError):
            check_path(path)


@pytest.mark.parametrize(
    "path",
    ["/a\n", "\n/a", "/a/", "//a", "/a//b", "/.", "/..", "/a/../b", "/a/.", "/\uff41", "/\0"],
)
def test_what_looks_almost_like_a_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidPathError):
        check_path(path)


@pytest.mark.parametrize("path", ["/...", "/.a", "/a.", "/..a", "/a..", "/-", "/_"])
def test_dots_within_a_name_are_allowed(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize("path", [None, b"/a", 7, ["/a"]])
def test_what_is_no_text_is_no_path(path: object) -> None:
    with pytest.raises(InvalidPathError, match="is a str"):
        check_path(path)
    with pytest.raises(InvalidPathError, match="is a str"):
        check_name(path)


def test_the_root_is_taken_only_where_it_may_be() -> None:
    check_path("/", root=True)

    with pytest.raises(InvalidPathError):
        check_path("/")


def test_a_name_has_at_most_255_bytes() -> None:
    check_path("/a/" + "n" * 255)

    with pytest.raises(InvalidPathError, match="255"):
        check_path("/a/" + "n" * 256)


def test_a_path_has_at_most_1024_bytes_unless_the_limit_is_less() -> None:
    longest = ("/" + "n" * 127) * 8
    check_path(longest)
    check_path("/abc", limit=4)

    with pytest.raises(InvalidPathError, match="1024"):
        check_path(longest + "n")
    with pytest.raises(InvalidPathError, match="at most 4 bytes"):
        check_path("/abcd", limit=4)


def test_a_control_character_is_shown_escaped_and_a_long_path_cut() -> None:
    with pytest.raises(InvalidPathError) as raised:
        check_path("/a\n" + "b" * 5000)

    assert "\n" not in str(raised.value)
    assert 500 > len(str(raised.value))


@given(names)
def test_a_component_is_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "/", "/a", "a/", "a/b", "a\n", "é"])
def test_what_is_no_single_component_is_no_name(name: str) -> None:
    with pytest.raises(InvalidPathError):
        check_name(name)


@given(st.lists(paths, max_size=8))
def test_order_is_that_of_the_components(unordered: list[str]) -> None:
    by_parts = sorted(unordered, key=lambda path: path[1:].split("/"))

    assert by_parts == sorted(unordered, key=order_key)


def test_what_is_in_a_directory_comes_before_its_longer_named_sibling() -> None:
    assert ["/a", "/a/x", "/a-b", "/a.b"] == sorted(["/a.b", "/a-b", "/a/x", "/a"], key=order_key)


@given(paths)
def test_a_path_is_the_child_of_its_parent_by_its_name(path: str) -> None:
    assert path == child_of(parent_of(path), name_of(path))
    assert is_below(path, parent_of(path))


def test_the_root_is_in_itself_and_has_no_name() -> None:
    assert "/" == parent_of("/")
    assert "/" == parent_of("/a")
    assert "" == name_of("/")


@given(paths, paths)
def test_below_means_below_by_component(path: str, directory: str) -> None:
    parts, above = order_key(path), order_key(directory)

    assert (len(parts) > len(above) and parts[: len(above)] == above) == is_below(path, directory)


def test_nothing_is_below_itself_or_below_a_name_it_begins_with() -> None:
    assert not is_below("/", "/")
    assert not is_below("/a", "/a")
    assert not is_below("/ab", "/a")
    assert not is_below("/a-b/c", "/a")
    assert is_below("/a/b", "/a")
