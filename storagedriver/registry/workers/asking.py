"""A page of another process of this registry, asked for at its own socket."""

import asyncio
from pathlib import Path
from typing import NamedTuple

PATIENCE = 5.0


class Page(NamedTuple):
    """What was answered: a status and a body."""

    status: int
    body: bytes


async def asked(socket: Path, path: str) -> Page | None:
    """Get a page, or None from a process that does not answer within 5 seconds.

    Raises `ConnectionRefusedError` for a process that has died, and `FileNotFoundError` for one
    that has ended.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                answer = await reader.read()
            finally:
                writer.close()
    except (TimeoutError, ConnectionResetError, BrokenPipeError):
        return None
    head, separator, body = answer.partition(b"\r\n\r\n")
    status = head[:12].rpartition(b" ")[2]
    return Page(int(status), body) if separator and status.isdigit() else None
