"""One request's answer, on its way into the connection."""

from collections.abc import Iterable

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_TEXT = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])  # what a header's line may have
_OF_THE_CONNECTION = frozenset({b"connection", b"transfer-encoding"})
_SHORT = 65536  # bytes, which are copied to be written with the head


class Cycle(RequestResponseCycle):
    """A request and its answer: uvicorn's, but that a head is written with what follows it.

    uvicorn searches each header and writes the head alone, which took an eighth of the time of a
    manifest's `GET`. All that is unusual in an answer is left to it: no length, a header that is
    not clean, a connection to be closed, a body that comes by and by.
    """

    _head = b""

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            if self._begins(message["status"], message.get("headers", ())):
                return
        elif self._head:
            head, self._head = self._head, b""
            if message["type"] == "http.response.body" and self._ends(
                head, message.get("body", b""), more=message.get("more_body", False)
            ):
                return
            if not self.disconnected:
                self.transport.write(head)
        await super().send(message)

    def _begins(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Make the head of a plain answer; tell whether it is one."""
        if self.response_started or self.disconnected or not self.keep_alive:
            return False
        length = None
        lines = [STATUS_LINE[status]]
        for name, value in [*self.default_headers, *headers]:
            if name == b"content-length":
                length = int(value)
            elif name in _OF_THE_CONNECTION:
                return False
            lines.append(b"%b: %b\r\n" % (name, value))
        head = b"".join(lines)
        if length is None or head.translate(None, _TEXT) != b"\r\n" * len(lines):
            return False
        self._head = head + b"\r\n"
        self.response_started = True
        self.waiting_for_100_continue = False
        self.chunked_encoding = False
        self.expected_content_length = length
        return True

    def _ends(self, head: bytes, body: bytes, *, more: bool) -> bool:
        """Write the whole of a short answer, if it is here and may be written; tell whether."""
        is_head = self.scope["method"] == "HEAD"
        if more or self.disconnected or self.flow.write_paused or len(body) > _SHORT:
            return False
        if not is_head and len(body) != self.expected_content_length:
            return False
        self.transport.write(head if is_head else head + body)
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True
