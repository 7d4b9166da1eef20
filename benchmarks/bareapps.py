"""The least that uvicorn can do, served as the registry is: `bareapps.py FOLDER PORT`.

`/` is a fixed small body, and any other path a file of the folder, read as the registry reads: by
2 MiB, into memory that the process keeps.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from storagedriver.registry.allocator import keep_pieces

SMALL = bytes(512)
PIECE = 2 * 1024 * 1024

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class BareApp:
    """Answers without looking at more than the path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        """Answer one request."""
        del receive
        if scope["path"] == "/":
            await _start(send, len(SMALL))
            await send({"type": "http.response.body", "body": SMALL})
        else:
            await self._file(self._folder / scope["path"].strip("/"), send)

    async def _file(self, path: Path, send: Send) -> None:
        await _start(send, path.stat().st_size)  # noqa: ASYNC240  it waits for nothing: it is cached
        with path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


async def _start(send: Send, length: int) -> None:
    headers = [(b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def main(folder: str, port: str) -> None:
    """Serve a folder on a port of loopback."""
    keep_pieces()
    uvicorn.run(
        BareApp(Path(folder)),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
