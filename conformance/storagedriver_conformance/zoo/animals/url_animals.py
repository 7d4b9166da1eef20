"""Crimes against redirect URLs."""

import os.path

from storagedriver.paths import name_of
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.serving import BEYOND, Response, Serving


@crime("It declares URLs and gives none.", "url.get")
class ClaimsUrls(Serving):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        await super().redirect_url(path, method=method, expires_in=expires_in)
        return None


@crime("A URL is one of a file system.", "url.get")
class GivesFileUrls(Serving):
    def url(self, path: str, method: str) -> str:
        return f"file:///{method}{path}"


@crime(
    "A URL leads to a server that its reader cannot reach.",
    "url.get",
    seen_in="distribution #4528",
)
class GivesInternalUrls(Serving):
    def url(self, path: str, method: str) -> str:
        return f"http://127.0.0.1:1/{method}{path}"


@crime(
    "A URL lost its signature when its host was replaced.",
    "url.get",
    seen_in="distribution #4750",
)
class LosesSignatures(Serving):
    def url(self, path: str, method: str) -> str:
        return super().url(path, method.lower())


@crime("A GET of a file of several parts gives the first.", "url.get")
class GivesTheFirstPart(Serving):
    def respond(self, method: str, path: str, wanted: str | None) -> Response:
        response = super().respond(method, path, wanted)
        return Response(response.status, response.content[:1000], response.headers)


@crime("A GET of an empty file is refused.", "url.get")
class RefusesTheEmpty(Serving):
    def respond(self, method: str, path: str, wanted: str | None) -> Response:
        response = super().respond(method, path, wanted)
        return response if response.content else Response(BEYOND)


@crime("A URL is normalised, as if names could be '..'.", "url.odd-names")
class NormalisesUrls(Serving):
    def url(self, path: str, method: str) -> str:
        return super().url(os.path.normpath(path.replace("/..", "/../")), method)


@crime("A URL has a name's first letters alone.", "url.odd-names")
class CutsUrls(Serving):
    def url(self, path: str, method: str) -> str:
        return super().url(path[: len(path) - len(name_of(path))] + name_of(path)[:100], method)


@crime("A URL leads to what was there when the path was first asked for.", "url.get")
class RemembersContents(Serving):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.known: dict[str, Response] = {}

    def respond(self, method: str, path: str, wanted: str | None) -> Response:
        response = super().respond(method, path, wanted)
        return response if wanted else self.known.setdefault(path, response)


@crime("A range is not looked at: the whole file comes.", "url.range")
class IgnoresRanges(Serving):
    def respond(self, method: str, path: str, wanted: str | None) -> Response:
        del wanted
        return super().respond(method, path, None)


@crime("A range ends one byte too early.", "url.range")
class RangeEndsEarly(Serving):
    def cut(self, size: int, wanted: str | None) -> tuple[int, int]:
        first, end = super().cut(size, wanted)
        return first, end if end == size else max(first, end - 1)


@crime("The last bytes are asked for, and the first come.", "url.range")
class TakesSuffixForPrefix(Serving):
    def cut(self, size: int, wanted: str | None) -> tuple[int, int]:
        first, end = super().cut(size, wanted)
        return (0, size - first) if wanted and wanted.startswith("-") else (first, end)


@crime(
    "A URL for HEAD is signed for GET.",
    "url.head",
    seen_in="presigned URLs of object stores",
)
class SignsGetOnly(Serving):
    def url(self, path: str, method: str) -> str:
        del method
        return super().url(path, "GET")


@crime("A HEAD tells no size.", "url.head")
class HeadWithoutSize(Serving):
    def respond(self, method: str, path: str, wanted: str | None) -> Response:
        response = super().respond(method, path, wanted)
        return Response(response.status) if method == "HEAD" else response
