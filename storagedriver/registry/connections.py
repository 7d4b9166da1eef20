"""HTTP connections with the limits that uvicorn leaves out.

A request's head is bounded in size and in time, and so is the number of requests that a client
sends ahead of their answers; a request to change the protocol is served as if it had not asked.
A body of which nothing comes for a while is given up, and so is an answer of which nothing is
taken. One that is taken slowly may take for ever; a client that vanished is found by TCP's
keep-alive probes.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from storagedriver.registry.cycles import Cycle
from storagedriver.registry.draining import Draining
from storagedriver.registry.listening import authority
from storagedriver.registry.logs import Log
from storagedriver.registry.receiving import PIECE, Parsing, receive_directly
from storagedriver.registry.requestlog import PEER

HEAD_BYTES = 65536
HEADER_BYTES = 4  # a colon, a space and the line's end
HEAD_SECONDS = 30.0
MOST_PIPELINED = 32
WRITE_BUFFER_BYTES = 262144
LINGER_SECONDS = 2.0
LOOKS = 4  # at a body, in the time in which something of it has to come


class Connection(Parsing):
    """A client's connection.

    With `body_seconds`, a body's bytes have to come within that; with `answer_seconds`, those of an
    answer to be taken.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        log: Log,
        body_seconds: float = 0.0,
        answer_seconds: float = 0.0,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._log = log
        self._body_seconds = body_seconds
        self._answer_seconds = answer_seconds
        self._body_timer: asyncio.TimerHandle | None = None
        self._quiet_looks = 0
        self._in_head = False
        self._head_bytes = 0  # received since the chunk in which the head began
        self._counted = 0  # parsed
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._is_replayed = False
        self._body_left = 0  # of a body that was announced by what came just now

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        seconds, told = self._answer_seconds, self._tell_of_cut
        self._draining = Draining(transport, self.loop, seconds, told)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the request that is served know."""
        self._unset_head_timer()
        self._unset_body_timer()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._draining.close()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to take of its answer."""
        super().pause_writing()
        self._draining.begin()

    def resume_writing(self) -> None:
        """Go on, as enough was taken."""
        super().resume_writing()
        self._draining.end()

    def _tell_of_cut(self) -> None:
        message = f"no more of the answer was taken within {self._answer_seconds:g} seconds"
        client = authority(*self.client) if self.client else None
        self._log.event("warning", "cut", [("client", client), ("message", message)])

    def data_received(self, data: bytes) -> None:
        """Parse what came, whatever it is."""
        if self._is_refused:
            return
        self._idle_since = None
        if self._in_head:
            self._head_bytes += len(data)
        while data and not self._is_refused:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._go_on_without_upgrade()
            except httptools.HttpParserError:
                self._refuse(400, "this is no HTTP request")
        if not self._is_refused:
            self._await_what_follows()

    def _await_what_follows(self) -> None:
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse(431, f"a request's head may have {HEAD_BYTES} bytes")
        elif (serving := self._serving()) is None:
            self._await_head()
        elif serving.more_body:
            self._await_body()
            if self._body_left >= PIECE:
                # Its head came just now: the app has not begun to ask for it.
                receive_directly(self, serving, self._body_left)
            self._body_left = 0

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a head."""
        if self._is_replayed:
            return
        self._in_head = True
        self._head_bytes = self._counted = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the target's bytes, and take it."""
        if self._fits(len(url)):
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header's bytes, and take it."""
        if self._fits(len(name) + len(value) + HEADER_BYTES):
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start to serve the request."""
        if self._is_replayed:
            return
        self._in_head = False
        self._unset_head_timer()
        if self._is_refused:
            return
        if len(self.pipeline) >= MOST_PIPELINED:
            self._refuse(400, "too many requests are waiting for their answers")
            return
        lengths = [value for name, value in self.headers if name == b"content-length"]
        self._body_left = int(lengths[0]) if lengths else 0
        is_first = self._serving() is None
        self.cycle = cycle = self._cycle()
        if is_first:
            self._serve(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _cycle(self) -> Cycle:
        """Make of a request's head what serves it."""
        scope = cast("dict[str, Any]", self.scope)
        version = self.parser.get_http_version()
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        scope["http_version"] = version
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = target.path
        scope["query_string"] = target.query or b""
        scope[PEER] = cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        return cycle

    def _serve(self, cycle: RequestResponseCycle) -> None:
        task = self.loop.create_task(cycle.run_asgi(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_response_complete(self) -> None:
        """Serve the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._serve(self.pipeline.pop()[0])
            return
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._await_request(self.timeout_keep_alive)

    def _await_request(self, seconds: float) -> None:
        """Look in some time whether nothing came: one timer does for many requests."""
        self._idle_timer = self.loop.call_later(seconds, self._end_idleness)

    def _end_idleness(self) -> None:
        self._idle_timer = None
        if self._idle_since is None:
            return  # a request is served, and the end of its answer begins to wait anew
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._await_request(left)
        else:
            self.transport.close()  # when all was taken
            self._draining.begin()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of the body."""
        self._body_left -= len(body)
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Hand on the end of the body, which a parser that stops for an upgrade has not seen."""
        if not self._is_refused and (self._is_replayed or not self.parser.should_upgrade()):
            super().on_message_complete()

    def body_came(self) -> None:
        """Wait for the next bytes of a body that comes without the parser."""
        self._idle_since = None
        if self._serving() is None:
            self._await_head()
        else:
            self._await_body()

    @property
    def is_refused(self) -> bool:
        """Whether nothing is received any more, as an error was answered."""
        return self._is_refused

    def _go_on_without_upgrade(self) -> None:
        """Let a new parser take over after the head, where the old one has stopped for good.

        It learns from a head of its own, which nobody is told of, what body follows.
        """
        framing = (b"content-length", b"transfer-encoding")
        headers = [header for header in self.headers if header[0] in framing]
        self.parser = httptools.HttpRequestParser(self)
        self._is_replayed = True
        self.parser.feed_data(
            b"PUT / HTTP/1.1\r\n" + b"".join(b"%b: %b\r\n" % each for each in headers) + b"\r\n"
        )
        self._is_replayed = False

    def _serving(self) -> RequestResponseCycle | None:
        """Give the request that is not yet answered, if there is one."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first
        return None if cycle is None or cycle.response_complete else cycle

    def _await_head(self) -> None:
        """Limit the time until the next head is complete."""
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._end_late_head)

    def _unset_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_late_head(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._refuse(408, f"a request's head may take {HEAD_SECONDS:.0f} seconds")
        else:
            self.transport.close()

    def _await_body(self) -> None:
        """Limit the time until more of a body comes."""
        self._quiet_looks = 0
        if self._body_timer is None and self._body_seconds:
            self._body_timer = self.loop.call_later(self._body_seconds / LOOKS, self._look)

    def _unset_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _look(self) -> None:
        """See whether it is the client that is waited for, and for how long already."""
        self._body_timer = None
        serving = self._serving()
        if serving is None or not serving.more_body or self._is_refused:
            return
        is_held_back = self.flow.read_paused or serving.waiting_for_100_continue
        quiet = 0 if is_held_back else self._quiet_looks + 1
        if quiet > LOOKS:
            self._refuse(408, f"no more of the body came within {self._body_seconds:g} seconds")
        else:
            self._await_body()
            self._quiet_looks = quiet

    def _fits(self, size: int) -> bool:
        """Count a part of the head; refuse one that is too large, also if it came in one piece."""
        if self._is_replayed:
            return False
        self._counted += size
        if self._counted > HEAD_BYTES and not self._is_refused:
            self._refuse(431, f"a request's head may have {HEAD_BYTES} bytes")
        return not self._is_refused

    def _refuse(self, status: int, message: str) -> None:
        """Answer with an error if that can be told from another answer, and close."""
        self._is_refused = True
        self._unset_head_timer()
        serving = self._serving()
        if serving is None:
            self._answer(status, message)
        else:
            if self._in_head or serving.response_started or self.pipeline:
                self.transport.close()
            else:
                self._answer(status, message)
            serving.disconnected = True
            serving.waiting_for_100_continue = False  # nothing may follow the answer
            serving.message_event.set()
        client = authority(*self.client) if self.client else None
        fields = [("client", client), ("status", status), ("message", message)]
        self._log.event("warning", "refused", fields)

    def _answer(self, status: int, message: str) -> None:
        error = {"code": "UNSUPPORTED", "message": message, "detail": None}
        body = json.dumps({"errors": [error]}).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%b: %b\r\n" % each for each in headers)
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        self.transport.write(line + head + b"\r\n" + body)
        # Closing at once, with bytes of the client unread, would reset the connection, and the
        # client would never see the answer.
        if self.transport.can_write_eof():  # TLS has no half-closed connections
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
