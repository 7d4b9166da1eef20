"""Requests to change the protocol, which are served as if they had not asked."""

from collections.abc import Iterable

_FRAMING = (b"content-length", b"transfer-encoding")


def head_of_body(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a head from which a new parser learns what body follows that of `headers`.

    The old one stops for good after a head that asks for another protocol.
    """
    lines = [b"%b: %b\r\n" % each for each in headers if each[0] in _FRAMING]
    return b"PUT / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n"
