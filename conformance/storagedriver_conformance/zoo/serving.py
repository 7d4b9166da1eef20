"""The reference driver with URLs: a small server of the standard library gives its files."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, unquote

from storagedriver.records import Support
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference

OK, PARTIAL, NOT_FOUND, BEYOND = 200, 206, 404, 416


@dataclass(frozen=True, slots=True)
class Response:
    """What the server answers to a GET; a HEAD is answered with all but the content."""

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Serving(Reference):
    """The reference driver, whose files have URLs while it is open."""

    capabilities = replace(Reference.capabilities, redirect=Support.NATIVE)

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.server: ThreadingHTTPServer | None = None

    async def redirect_url(
        self,
        path: str,
        *,
        method: str = "GET",
        expires_in: float = 1200,  # noqa: ARG002 - they last as long as the server
    ) -> str | None:
        """See the protocol."""
        await self.enter(path)
        if method not in {"GET", "HEAD"}:
            return None
        if self.server is None:
            self.server = _started(self)
        return self.url(path, method)

    def url(self, path: str, method: str) -> str:
        """Return the URL of a path; the method is a part of it, as it is of a signed one."""
        port = self.server.server_port if self.server else 0
        return f"http://127.0.0.1:{port}/{method}{quote(path)}"

    async def aclose(self) -> None:
        """See the protocol."""
        await super().aclose()
        server, self.server = self.server, None
        if server is not None:
            await asyncio.to_thread(server.shutdown)
            server.server_close()

    def respond(self, method: str, path: str, wanted: str | None) -> Response:  # noqa: ARG002
        """Answer a request, in a thread of the server's; `wanted` is the Range, without its unit.

        The method is there for those who answer them differently.
        """
        stored = self.disk.files.get(path)
        if stored is None:
            return Response(NOT_FOUND)
        size = len(stored.content)
        first, end = self.cut(size, wanted)
        if wanted is None:
            return Response(OK, stored.content)
        if first >= size:
            return Response(BEYOND)
        told = {"Content-Range": f"bytes {first}-{end - 1}/{size}"}
        return Response(PARTIAL, stored.content[first:end], told)

    def cut(self, size: int, wanted: str | None) -> tuple[int, int]:
        """Return where a range begins and ends."""
        first, _, last = (wanted or "0-").partition("-")
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(size, int(last) + 1) if last else size


def _started(driver: Serving) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            signed, _, path = unquote(self.path[1:]).partition("/")
            wanted = self.headers.get("Range", "").removeprefix("bytes=") or None
            response = driver.respond(self.command, f"/{path}", wanted)
            if signed != self.command:
                response = Response(403)
            self.send_response(response.status)
            headers = {"Content-Length": str(len(response.content)), **response.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # who asked may have gone
                self.wfile.write(response.content if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
