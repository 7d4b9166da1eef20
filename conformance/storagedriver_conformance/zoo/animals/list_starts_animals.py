"""Crimes against lists that start after a name."""

from collections.abc import Sequence

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference


@crime(
    "A list starts with the name that it was to start after.", "list.after-a-directory", "caps.*"
)
class StartsWithTheName(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = self.children(path)
        return [name for name in names if start_after is None or name >= start_after]


@crime("A list that starts after a directory gives it again.", "list.after-a-directory", "list.*")
class StartsAfterTheKey(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        prefix = path.rstrip("/") + "/"
        after = start_after or ""
        return [
            name
            for name in self.children(path)
            if (f"{name}/" if self.is_directory(prefix + name) else name) > after
        ]


class StartsAnywhere(Reference):
    """It starts in its own way after a name."""

    def follows(self, name: str, after: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - animals use it
        """Tell whether a name is given."""
        return name > after

    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        names = self.children(path)
        return [
            name for name in names if start_after is None or self.follows(name, start_after, names)
        ]


@crime("A name to start after that does not exist is left out.", "list.*", "caps.*")
class StartsAfterExisting(StartsAnywhere):
    def follows(self, name: str, after: str, names: Sequence[str]) -> bool:
        return after not in names or name > after


@crime(
    "What begins with the name to start after is left out.",
    "list.start-after",
    "list.*",
    seen_in="distribution #4891",
)
class SkipsByPrefix(StartsAnywhere):
    def follows(self, name: str, after: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - the crime
        return name > after and not name.startswith(after)


@crime(
    "A directory is lost after a sibling that sorts before it by key.",
    "list.start-after",
    "list.*",
    seen_in="distribution #4903",
)
class LosesDirectories(StartsAnywhere):
    def follows(self, name: str, after: str, names: Sequence[str]) -> bool:
        return name > after and not any(
            one < after and name.startswith(f"{one}-") and after.startswith(f"{one}-")
            for one in names
        )


@crime("Names to start after are compared without case.", "list.start-after")
class StartsWithoutCase(StartsAnywhere):
    def follows(self, name: str, after: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - the crime
        return name.lower() > after.lower()


@crime(
    "To list nothing after a name gives nothing.",
    "list.missing-start-after",
    seen_in="distribution 3.1 on a filesystem",
)
class ListsNothingAfterAName(Reference):
    def listed(self, path: str, start_after: str | None) -> Sequence[str]:
        try:
            return super().listed(path, start_after)
        except PathNotFoundError:
            if start_after is None:
                raise
            return []
