"""Crimes against the grammar of paths."""

import posixpath
import re
import unicodedata
from urllib.parse import unquote

from storagedriver.errors import InvalidPathError
from storagedriver.paths import is_below
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference


class Matching(Reference):
    """It has a grammar of its own."""

    grammar = r"(/(?!\.\.?(/|$))[A-Za-z0-9._-]+)+"
    flags = re.ASCII
    match = staticmethod(re.fullmatch)

    def check(self, path: str, *, root: bool = False) -> None:
        """Raise `InvalidPathError` unless the path matches."""
        matches = self.match(self.grammar, path if path == str(path) else "", self.flags)
        if not matches and not (root and path == "/"):
            raise InvalidPathError(path=ascii(path), driver=self.name)


class Rewriting(Reference):
    """It makes another path of each path before it looks at it."""

    def rewritten(self, path: str) -> str:
        """Return the path that is really used."""
        return path

    def check(self, path: str, *, root: bool = False) -> None:
        """Check the path that is really used."""
        super().check(self.rewritten(path) if path == str(path) else path, root=root)

    async def get_content(self, path: str) -> bytes:
        """See the protocol."""
        return await super().get_content(self.rewritten(path))

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        path = self.rewritten(path)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("'.' and '..' are names like any other.", "paths.dots", seen_in="object stores")
class TakesDots(Matching):
    grammar = r"(/[A-Za-z0-9._-]+)+"


@crime("Only '..' at the end is refused.", "paths.dots")
class TakesDotsInTheMiddle(Matching):
    grammar = r"(/(?!\.\.?$)[A-Za-z0-9._-]+)+"


@crime("'.' and '..' are resolved.", "paths.dots", seen_in="os.path.normpath")
class ResolvesDots(Rewriting):
    def rewritten(self, path: str) -> str:
        return posixpath.normpath(path) if "/." in path else path


@crime("Only the source of a move is checked.", "paths.dots", "move.below-itself")
class TakesAnyDestination(Reference):
    async def move(self, source: str, destination: str) -> None:
        await self.enter(source)
        self.find(source)
        self.store(destination, self.find(source).content)
        if source != destination:
            del self.disk.files[source]


@crime("Reading methods check no paths.", "paths.dots", "paths.*", seen_in="prefix lookups")
class ChecksWritesOnly(Reference):
    async def get_content(self, path: str) -> bytes:
        return self.find(path).content


@crime("A discard checks no path.", "paths.dots", "paths.*")
class DiscardsAnything(Reference):
    async def discard(self, unfinished: object) -> None:
        del unfinished


@crime("A newline at the end passes.", "paths.controls", seen_in="`$` in Python's re")
class TakesNewlines(Matching):
    grammar = r"^(/(?!\.\.?(/|$))[A-Za-z0-9._-]+)+$"
    match = staticmethod(re.match)


@crime("Only the beginning of a path is looked at.", "paths.shapes", "paths.*")
class LooksAtTheBeginning(Matching):
    match = staticmethod(re.match)


@crime("A path ends at a NUL.", "paths.controls", seen_in="C strings")
class EndsAtNul(Rewriting):
    def rewritten(self, path: str) -> str:
        return path.partition("\0")[0] if not path.startswith("\0") else path


@crime("Control characters are letters.", "paths.controls")
class TakesControls(Matching):
    grammar = r"(/(?!\.\.?(/|$))[A-Za-z0-9._\x01-\x1f-]+)+"


@crime("Letters of all scripts pass.", "paths.foreign", seen_in=r"`\w` in Python's re")
class TakesAllLetters(Matching):
    grammar = r"(/(?!\.\.?(/|$))[\w.-]+)+"
    flags = re.UNICODE


@crime("Letters are normalised.", "paths.foreign", seen_in="HFS+")
class Normalises(Rewriting):
    def rewritten(self, path: str) -> str:
        return unicodedata.normalize("NFKC", path)


@crime("Letters in another case pass.", "paths.foreign", seen_in="re.IGNORECASE: the Kelvin sign")
class IgnoresCaseInTheGrammar(Matching):
    grammar = r"(/(?!\.\.?(/|$))[a-z0-9._-]+)+"
    flags = re.IGNORECASE


@crime("Bytes that are no text pass.", "paths.foreign", seen_in="os.fsdecode")
class TakesSurrogates(Matching):
    grammar = "(/(?!\\.\\.?(/|$))[A-Za-z0-9._\udc80-\udcff-]+)+"


@crime("A slash at the end is dropped.", "paths.shapes", seen_in="fsspec's _strip_protocol")
class DropsSlashes(Rewriting):
    def rewritten(self, path: str) -> str:
        return path.rstrip("/") or path


@crime("A relative path begins at the root.", "paths.shapes", seen_in="fsspec")
class TakesRelativePaths(Rewriting):
    def rewritten(self, path: str) -> str:
        return path if path.startswith("/") or not path else f"/{path}"


@crime("Doubled slashes are one.", "paths.shapes", seen_in="POSIX")
class CollapsesSlashes(Rewriting):
    def rewritten(self, path: str) -> str:
        return re.sub("/+", "/", path)


@crime("Nothing is the root.", "paths.shapes")
class NothingIsTheRoot(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check("/" if root and path == "" else path, root=root)


@crime("Escapes are decoded.", "paths.letters", seen_in="HTTP libraries that quote twice")
class DecodesEscapes(Rewriting):
    def rewritten(self, path: str) -> str:
        return unquote(path) if "%2F" in path else path


@crime("A space passes.", "paths.letters")
class TakesSpaces(Matching):
    grammar = r"(/(?!\.\.?(/|$))[A-Za-z0-9._ -]+)+"


@crime("'~' passes, and with it the driver's own files.", "paths.letters")
class TakesTildes(Matching):
    grammar = r"(/(?!\.\.?(/|$))[A-Za-z0-9._~-]+)+"


@crime("Everything between '+' and '_' passes.", "paths.*", seen_in="a range by mistake")
class TakesARange(Matching):
    grammar = r"(/(?!\.\.?(/|$))[A-Za-z0-9.+-_]+)+"


@crime("A name cannot begin with a dot.", "paths.legal", "paths.*", seen_in="Hadoop")
class RefusesHiddenNames(Matching):
    grammar = r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+"


@crime("A name has only small letters.", "paths.legal", "paths.*", seen_in="repository names")
class RefusesCapitals(Matching):
    grammar = r"(/(?!\.\.?(/|$))[a-z0-9._-]+)+"


@crime("A name of dots alone is refused.", "paths.legal", "paths.lookalikes", "model.*")
class RefusesThreeDots(Matching):
    grammar = r"(/(?!\.+(/|$))[A-Za-z0-9._-]+)+"


@crime("'..' is refused anywhere in a name.", "paths.legal", "paths.lookalikes", seen_in="many")
class RefusesDotsInNames(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(path, root=root)
        if ".." in path:
            raise InvalidPathError(path=path, driver=self.name)


@crime("The path is checked once the file is stored.", "paths.refused-early")
class ChecksTooLate(Reference):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        if path.endswith(("%b", "/.")):
            self.store(path.rstrip("%b/."), bytes(content))
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("A delete of '/d/a/' deletes, and then refuses.", "paths.refused-early")
class DeletesThenRefuses(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.disk.files.pop(path.rstrip("/"), None) if path.endswith("a/") else None
        await super().delete(path, if_match=if_match)


@crime("The root is an empty file.", "paths.root", seen_in="object stores with a root of ''")
class TheRootIsAFile(Reference):
    async def get_content(self, path: str) -> bytes:
        return b"" if path == "/" else await super().get_content(path)


@crime("A list begins at any text.", "paths.list-from", seen_in="drivers that only compare names")
class ListsFromAnything(Reference):
    def check_after(self, name: str) -> None:
        pass


@crime("A walk begins at any text.", "paths.walk-from", "walk.*")
class WalksFromAnything(Reference):
    def check_start(self, path: str, start_after: str) -> None:
        if not is_below(start_after, path):
            super().check_start(path, start_after)


@crime("A Path is taken for its text.", "paths.type", seen_in="os.fspath")
class TakesPaths(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        super().check(str(path), root=root)


@crime("What is no text is an AttributeError.", "paths.type")
class TripsOverNone(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        path.startswith("/")
        super().check(path, root=root)


@crime("A subclass of str is refused.", "paths.type")
class RefusesSubclasses(Reference):
    def check(self, path: str, *, root: bool = False) -> None:
        if type(path) is not str:
            raise InvalidPathError(path=ascii(path), driver=self.name)
        super().check(path, root=root)
