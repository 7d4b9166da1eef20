"""HTTP connections with the limits that uvicorn leaves out.

A request's head is bounded in size and in time, and so is the number of requests that a client
sends ahead of their answers; a request to change the protocol is served as if it had not asked.
A body of which nothing comes for a while is given up, and so is an answer of which nothing is
taken. One that is taken slowly may take for ever; a client that vanished is found by TCP's
keep-alive probes.
"""

import asyncio
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from storagedriver.registry.arriving import Arriving
from storagedriver.registry.cycles import Cycle
from storagedriver.registry.deadlines import Deadline
from storagedriver.registry.draining import Draining
from storagedriver.registry.idleness import Idleness
from storagedriver.registry.listening import authority
from storagedriver.registry.logs import Log
from storagedriver.registry.receiving import PIECE, Parsing, receive_directly
from storagedriver.registry.refusals import refusal
from storagedriver.registry.requestlog import PEER
from storagedriver.registry.scopes import add_first_line
from storagedriver.registry.upgrades import head_of_body

HEAD_BYTES = 65536
HEADER_BYTES = 4  # a colon, a space and the line's end
HEAD_SECONDS = 30.0
MOST_PIPELINED = 32
WRITE_BUFFER_BYTES = 262144
LINGER_SECONDS = 2.0


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
        self._in_head = False
        self._head_bytes = 0  # received since the chunk in which the head began
        self._counted = 0  # parsed
        self._head_deadline = Deadline(self.loop, HEAD_SECONDS, self._end_late_head)
        self._idleness = Idleness(self.loop, self.timeout_keep_alive, self._end_idleness)
        self._is_refused = False
        self._is_replayed = False
        self._body_left = 0  # of a body that was announced by what came just now

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        seconds, told = self._answer_seconds, self._tell_of_cut
        self._draining = Draining(transport, self.loop, seconds, told)
        seconds, told = self._body_seconds, self._refuse_late_body
        self._arriving = Arriving(self.loop, self.flow, seconds, self._owed, told)
        self._head_deadline.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the request that is served know."""
        self._head_deadline.end()
        self._idleness.close()
        self._arriving.close()
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
        self._warn("cut", [("message", message)])

    def data_received(self, data: bytes) -> None:
        """Parse what came, whatever it is."""
        if self._is_refused:
            return
        self._idleness.end()
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
            self._head_deadline.begin()
        elif serving.more_body:
            self._arriving.begin()
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
        self._head_deadline.end()
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
        add_first_line(scope, self.url, self.parser)
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
            keep_alive=scope["http_version"] != "1.0" and self.parser.should_keep_alive(),
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
        self._idleness.begin()

    def _end_idleness(self) -> None:
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
        self._idleness.end()
        if self._serving() is None:
            self._head_deadline.begin()
        else:
            self._arriving.begin()

    @property
    def is_refused(self) -> bool:
        """Whether nothing is received any more, as an error was answered."""
        return self._is_refused

    def _go_on_without_upgrade(self) -> None:
        """Let a new parser take over, with a head of its own, which nobody is told of."""
        self.parser = httptools.HttpRequestParser(self)
        self._is_replayed = True
        self.parser.feed_data(head_of_body(self.headers))
        self._is_replayed = False

    def _serving(self) -> RequestResponseCycle | None:
        """Give the request that is not yet answered, if there is one."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first
        return None if cycle is None or cycle.response_complete else cycle

    def _end_late_head(self) -> None:
        if self._in_head:
            self._refuse(408, f"a request's head may take {HEAD_SECONDS:.0f} seconds")
        else:
            self.transport.close()

    def _owed(self) -> RequestResponseCycle | None:
        """Give the request of whose body there is more to come, if there is one."""
        serving = self._serving()
        is_owed = serving is not None and serving.more_body and not self._is_refused
        return serving if is_owed else None

    def _refuse_late_body(self) -> None:
        self._refuse(408, f"no more of the body came within {self._body_seconds:g} seconds")

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
        self._head_deadline.end()
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
        self._warn("refused", [("status", status), ("message", message)])

    def _answer(self, status: int, message: str) -> None:
        self.transport.write(refusal(status, message, self.server_state.default_headers))
        # Closing at once, with bytes of the client unread, would reset the connection, and the
        # client would never see the answer.
        if self.transport.can_write_eof():  # TLS has no half-closed connections
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _warn(self, event: str, fields: list[tuple[str, object]]) -> None:
        client = authority(*self.client) if self.client else None
        self._log.event("warning", event, [("client", client), *fields])
