"""The oracle answers as the contract says."""

from collections.abc import Callable

import pytest

from storagedriver_conformance.model import Model, parts, within

FILES = {"/a/x": b"1", "/a/b/y": b"22", "/a-b": b"333", "/a.c": b"", "/ab": b"4"}
MISSING = "PathNotFoundError"
CONFLICT = "PathConflictError"
REFUSED = "PreconditionFailedError"


def model(*, exclusive: bool = True, **kept: bytes) -> Model:
    return Model(exclusive=exclusive, files=dict(FILES), kept={f"/{k}": v for k, v in kept.items()})


@pytest.mark.parametrize(
    ("expected", "call"),
    [
        (b"22", lambda one: one.get("/a/b/y")),
        (MISSING, lambda one: one.get("/a/b")),
        (MISSING, lambda one: one.get("/a/x/below")),
        (b"333", lambda one: one.read("/a-b", 0, None)),
        (b"3", lambda one: one.read("/a-b", 2, 5)),
        (b"33", lambda one: one.read("/a-b", 1, 2)),
        (b"", lambda one: one.read("/a-b", 3, None)),
        (b"", lambda one: one.read("/a-b", 0, 0)),
        ("InvalidOffsetError", lambda one: one.read("/a-b", 4, None)),
        ("InvalidOffsetError", lambda one: one.read("/a-b", -1, None)),
        (MISSING, lambda one: one.read("/nothing", 9, None)),
        (["/a-b", 3, False], lambda one: one.stat("/a-b")),
        (["/a", 0, True], lambda one: one.stat("/a")),
        (["/", 0, True], lambda one: one.stat("/")),
        (MISSING, lambda one: one.stat("/a-")),
        (
            [["/a", 0, True], ["/a-b", 3, False], ["/a.c", 0, False], ["/ab", 1, False]],
            lambda one: one.list("/", None),
        ),
        ([["/a/b", 0, True], ["/a/x", 1, False]], lambda one: one.list("/a", None)),
        ([["/a/x", 1, False]], lambda one: one.list("/a", "b")),
        ([], lambda one: one.list("/a", "x")),
        (MISSING, lambda one: one.list("/a-b", None)),
        (MISSING, lambda one: one.list("/nothing", None)),
        (
            ["/a", "/a/b", "/a/b/y", "/a/x", "/a-b", "/a.c", "/ab"],
            lambda one: [path for path, _, _ in one.walk("/", None)],
        ),
        (["/a/x"], lambda one: [path for path, _, _ in one.walk("/a", "/a/b/y")]),
        (["/a-b", "/a.c", "/ab"], lambda one: [path for path, _, _ in one.walk("/", "/a/z")]),
        (MISSING, lambda one: one.walk("/a/x", None)),
    ],
)
def test_what_is_read(expected: object, call: Callable[[Model], object]) -> None:
    one = model()

    answer = one.answer(lambda: call(one))

    assert expected == answer
    assert FILES == one.files


@pytest.mark.parametrize(
    ("expected", "call", "gone", "new"),
    [
        (3, lambda one: one.put("/new", b"new"), [], {"/new": b"new"}),
        (3, lambda one: one.put("/ab", b"new"), [], {"/ab": b"new"}),
        (CONFLICT, lambda one: one.put("/a", b"new"), [], {}),
        (CONFLICT, lambda one: one.put("/a/x/below", b"new"), [], {}),
        (3, lambda one: one.create("/new", b"new"), [], {"/new": b"new"}),
        (REFUSED, lambda one: one.create("/ab", b"new"), [], {}),
        (CONFLICT, lambda one: one.create("/a", b"new"), [], {}),
        (3, lambda one: one.swap("/ab", b"new"), [], {"/ab": b"new"}),
        (REFUSED, lambda one: one.swap("/new", b"new"), [], {}),
        (None, lambda one: one.move("/ab", "/new/er"), ["/ab"], {"/new/er": b"4"}),
        (None, lambda one: one.move("/ab", "/a-b"), ["/ab"], {"/a-b": b"4"}),
        (None, lambda one: one.move("/ab", "/ab"), [], {}),
        ("InvalidPathError", lambda one: one.move("/ab", "/ab/c"), [], {}),
        (CONFLICT, lambda one: one.move("/ab", "/a"), [], {}),
        (CONFLICT, lambda one: one.move("/ab", "/a/x/c"), [], {}),
        (MISSING, lambda one: one.move("/a", "/new"), [], {}),
        (MISSING, lambda one: one.move("/nothing", "/nothing"), [], {}),
        (None, lambda one: one.delete("/a"), ["/a/x", "/a/b/y"], {}),
        (None, lambda one: one.delete("/a-b"), ["/a-b"], {}),
        (None, lambda one: one.delete("/a/b"), ["/a/b/y"], {}),
        (MISSING, lambda one: one.delete("/a-"), [], {}),
    ],
)
def test_what_is_changed(
    expected: object, call: Callable[[Model], object], gone: list[str], new: dict[str, bytes]
) -> None:
    one = model()

    answer = one.answer(lambda: call(one))

    assert expected == answer
    assert {path: FILES[path] for path in FILES if path not in gone} | new == one.files


@pytest.mark.parametrize("path", ["/a", "/a/x/below"])
def test_names_that_are_not_exclusive_conflict_with_nothing(path: str) -> None:
    one = model(exclusive=False)

    assert 3 == one.answer(lambda: one.put(path, b"new"))
    assert b"new" == one.get(path)
    assert b"1" == one.get("/a/x")


@pytest.mark.parametrize(
    ("expected", "end", "append", "kept", "file"),
    [
        (3, "commit", False, {}, b"new"),
        (3, "close", False, {"/w": b"new"}, None),
        (3, "cancel", False, {}, None),
        (7, "commit", True, {}, b"oldenew"),
        (7, "close", True, {"/w": b"oldenew"}, None),
        (7, "cancel", True, {}, None),
    ],
)
def test_how_writers_end(
    expected: int,
    end: str,
    append: bool,  # noqa: FBT001 - a case
    kept: dict[str, bytes],
    file: bytes | None,
) -> None:
    one = model(w=b"olde")

    answer = one.answer(lambda: one.write("/w", b"new", end, append=append))

    assert expected == answer
    assert kept == one.kept
    assert file == one.files.get("/w")


def test_nothing_is_resumed_where_nothing_was_kept() -> None:
    one = model()

    assert MISSING == one.answer(lambda: one.write("/w", b"new", "commit", append=True))
    assert FILES == one.files


def test_a_delete_takes_the_unfinished_writers_even_where_no_file_is() -> None:
    one = Model(exclusive=True, files={}, kept={"/d": b"1", "/d/w": b"22", "/d-": b"333"})

    assert [["/d", 1], ["/d/w", 2]] == one.unfinished("/d")
    assert [["/d", 1], ["/d/w", 2], ["/d-", 3]] == one.unfinished("/")
    assert MISSING == one.answer(lambda: one.delete("/d"))
    assert {"/d-": b"333"} == one.kept


def test_paths_are_ordered_by_their_names() -> None:
    assert parts("/a/x") < parts("/a-b")
    assert within("/a/b/c", "/a")
    assert within("/a", "/")
    assert not within("/ab", "/a")
    assert not within("/a", "/a")
