import inspect
import pickle

import pytest

from storagedriver import errors
from storagedriver.errors import (
    DriverConfigurationError,
    InvalidOffsetError,
    InvalidPathError,
    PathNotFoundError,
    StorageDriverError,
    StorageUnavailableError,
)

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, StorageDriverError)
]

every_error = pytest.mark.parametrize("kind", ALL)


def drawn_tree() -> dict[str, str]:
    """Read the tree at the top of the module: each error's name, and its parent's."""
    parents: list[str] = ["StorageDriverError"]
    tree = {}
    for line in (errors.__doc__ or "").splitlines():
        before, branch, after = line.partition("── ")
        if branch:
            depth = len(before) // 4
            name = after.split()[0]
            tree[name] = parents[depth - 1]
            parents[depth:] = [name]
    return tree


def test_the_drawn_tree_is_the_tree() -> None:
    children = [kind for kind in ALL if kind is not StorageDriverError]

    assert {kind.__name__: kind.__bases__[0].__name__ for kind in children} == drawn_tree()


@every_error
def test_an_error_says_where_and_what(kind: type[StorageDriverError]) -> None:
    error = kind("it is so", path="/a/b", driver="memory")

    assert "memory: /a/b: it is so" == str(error)
    assert ("it is so", "/a/b", "memory") == (error.message, error.path, error.driver)


@every_error
def test_an_error_without_a_message_says_what_it_means(kind: type[StorageDriverError]) -> None:
    meaning = str(kind())

    assert meaning
    assert not meaning.endswith(".")
    assert f"/a: {meaning}" == str(kind(path="/a"))


@every_error
def test_an_error_survives_pickling(kind: type[StorageDriverError]) -> None:
    error = pickle.loads(pickle.dumps(kind("it is so", path="/a", driver="memory")))

    assert "memory: /a: it is so" == str(error)
    assert kind is type(error)


def test_stamping_fills_in_only_what_is_not_known() -> None:
    error = StorageDriverError("it is so", path="/a")

    assert error is error.stamp(driver="memory", path="/b")
    assert ("memory", "/a") == (error.driver, error.path)


def test_some_errors_are_also_pythons_own() -> None:
    assert issubclass(PathNotFoundError, FileNotFoundError)
    assert issubclass(InvalidPathError, ValueError)
    assert issubclass(InvalidOffsetError, ValueError)
    assert issubclass(DriverConfigurationError, ValueError)


def test_only_not_found_is_pythons_not_found() -> None:
    assert [PathNotFoundError] == [kind for kind in ALL if issubclass(kind, OSError)]


def test_an_unavailable_backend_may_say_when_to_come_back() -> None:
    error = StorageUnavailableError("busy", retry_after=1.5)

    assert 1.5 == error.retry_after
    assert 1.5 == pickle.loads(pickle.dumps(error)).retry_after
    assert None is StorageUnavailableError().retry_after
