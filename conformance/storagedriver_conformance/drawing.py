"""Where a property's values come from: hypothesis, a case that was kept, or nowhere."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from hypothesis.strategies import DataObject, SearchStrategy

from storagedriver_conformance.findings import NotApplicable

T = TypeVar("T")


class Drawing(BaseException):
    """A property that was tried without values draws one: no error, and nobody's to catch."""


class Undrawn:
    """Has no values."""

    def draw(self, strategy: SearchStrategy[T]) -> T:  # noqa: ARG002 - none is given
        """Tell by `Drawing` that a value is wanted."""
        raise Drawing


class Drawn:
    """Draws from hypothesis; `at_work` surrounds each time that it does."""

    def __init__(
        self, draws: DataObject, at_work: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._draws = draws
        self._at_work = at_work

    def draw(self, strategy: SearchStrategy[T]) -> T:
        """Give the next value of this program."""
        with self._at_work():
            return self._draws.draw(strategy)


class Replayed:
    """Draws from a case that was kept."""

    def __init__(self, values: list[Any]) -> None:
        self._values = iter(values)

    def draw(self, strategy: SearchStrategy[T]) -> T:  # noqa: ARG002 - the case knows the value
        """Give the next value that was drawn when the case was kept."""
        try:
            return next(self._values)  # type: ignore[no-any-return] # plain data of any type
        except StopIteration:
            message = "the case has fewer values than the property draws: it is of another version"
            raise NotApplicable(message) from None
