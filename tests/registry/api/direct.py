"""An app, called without a server or a client that would correct what is sent."""

from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope

Headers = list[tuple[bytes, bytes]]


def scope_of(
    method: str, url: str, headers: Headers | None = None, *, http_version: str = "1.1"
) -> Scope:
    """Return what uvicorn makes of a request whose URL is sent as it stands here."""
    raw_path, _, query = url.encode("utf-8", "surrogatepass").partition(b"?")
    return {
        "type": "http",
        "http_version": http_version,
        "method": method,
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers or [],
        "root_path": "",
    }


async def answer_to(app: ASGIApp, scope: Scope, content: bytes | None = b"") -> httpx.Response:
    """Return a complete answer, with all that was sent as its body; None: the client is gone."""
    sent: list[Message] = []

    async def receive() -> Message:
        if content is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)

    start, *rest = sent
    assert not rest[-1].get("more_body", False)
    body = b"".join(message["body"] for message in rest)
    assert scope["method"] != "HEAD" or not body
    return httpx.Response(start["status"], headers=start["headers"], content=body)
