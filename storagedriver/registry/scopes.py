"""What a request's first line says, as ASGI has it."""

from typing import Any
from urllib.parse import unquote

import httptools


def add_first_line(scope: dict[str, Any], url: bytes, parser: httptools.HttpRequestParser) -> None:
    """Add the method, the target and the version of the request whose head was parsed.

    Raises `httptools.HttpParserInvalidURLError` for what is no target.
    """
    target = httptools.parse_url(url)
    path = target.path.decode("ascii")
    scope["http_version"] = parser.get_http_version()
    scope["method"] = parser.get_method().decode("ascii")
    scope["path"] = unquote(path) if "%" in path else path
    scope["raw_path"] = target.path
    scope["query_string"] = target.query or b""
