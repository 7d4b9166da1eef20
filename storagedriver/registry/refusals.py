"""The answer to what is no request that the registry's app could answer."""

import json
from collections.abc import Iterable
from http import HTTPStatus


def refusal(status: int, message: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return an answer with an error and with `headers`, after which the connection ends."""
    error = {"code": "UNSUPPORTED", "message": message, "detail": None}
    body = json.dumps({"errors": [error]}).encode()
    lines = [
        *headers,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    head = b"".join(b"%b: %b\r\n" % each for each in lines)
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode() + head + b"\r\n" + body
