"""A small authorization server in a thread, which gives out tokens for users and scopes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.registry.auth.scenes import basic
from tests.registry.auth.signing import SERVICE, Certified, claims, signed


@dataclass
class TokenServer:
    """Gives users what is `granted` to them; `asked` is who asked for which scope."""

    signer: Certified
    passwords: Mapping[str, str]
    granted: Mapping[str, set[str]]
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def realm(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def token(self, user: str, scopes: list[str]) -> str:
        """Sign what of the scopes the user may have."""
        granted = []
        for scope in scopes:
            self.asked.append((user, scope))
            thing, _, actions = scope.rpartition(":")
            allowed = [each for each in actions.split(",") if f"{thing}:{each}" in self._of(user)]
            if allowed:
                granted.append(f"{thing}:{','.join(allowed)}")
        algorithm = "RS256" if isinstance(self.signer.key, RSAPrivateKey) else "ES256"
        chain = [self.signer.x5c]
        return signed(claims(*granted, sub=user), self.signer.key, algorithm, x5c=chain)

    def user(self, authorization: str | None) -> str | None:
        """Tell whose the credentials are; nobody's name is empty, None is for wrong ones."""
        if authorization is None:
            return ""
        users = (user for user, it in self.passwords.items() if authorization == basic(user, it))
        return next(users, None)

    def _of(self, user: str) -> set[str]:
        return self.granted.get(user, set())

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve on a free port of the loopback, until the block is left."""
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.port = http.server_port
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            http.shutdown()
            thread.join()
            http.server_close()


def _handler_of(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            user = server.user(self.headers["Authorization"])
            if user is None or query["service"] != [SERVICE]:
                self.send_error(HTTPStatus.UNAUTHORIZED)
                return
            body = json.dumps({"token": server.token(user, query.get("scope", []))}).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            # Clients try OAuth2 first, and know by this that there is none.
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    return Handler
