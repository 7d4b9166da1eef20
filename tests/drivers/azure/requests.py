"""What the requests of the driver are called: as the documentation's table of them does."""

from aiohttp import web

_KINDS = {
    ("GET", "list"): "LIST",
    ("PUT", "block"): "BLOCK",
    ("PUT", "blocklist"): "BLOCK LIST",
    ("GET", "blocklist"): "LIST BLOCKS",
    ("POST", "batch"): "DELETE MANY",
}


def kind_of(request: web.Request) -> str:
    """Tell what is asked for."""
    if "x-ms-copy-source" in request.headers:
        return "COPY"
    return _KINDS.get((request.method, request.query.get("comp", "")), request.method)
