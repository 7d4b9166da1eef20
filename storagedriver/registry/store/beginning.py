"""Uploads that nothing came of yet: they are nowhere but in their ids.

Such an id tells which repository it was made for, and when. Every server thus knows an upload that
another one has begun, although nothing of it was stored, synced or sent to a backend, and nothing
is left of the many that end in one request or never go on. The id keeps nobody out, and need not:
whoever may go on with an upload may as well begin one.
"""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

PATIENCE = timedelta(hours=1)
"""For how long an upload waits for its first bytes; and by how much the clocks of servers differ at
most."""

_RANDOM = 6
_CHECKED = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(milliseconds=1)


def new_id(name: str, now: datetime) -> str:
    """Return the id of an upload to a repository that begins now: a UUID of version 8."""
    time = ((now - _EPOCH) // _STEP).to_bytes(_CHECKED - _RANDOM, "big")
    head = bytearray(time + secrets.token_bytes(_RANDOM))
    head[6] = 0x80 | head[6] & 0x0F
    head[8] = 0x80 | head[8] & 0x3F
    return str(UUID(bytes=bytes(head) + _sum_of(name, head)))


def is_new(name: str, upload_id: str, now: datetime) -> bool:
    """Tell whether an id was made for an upload to this repository, a short while ago."""
    content = UUID(upload_id).bytes
    head = content[:_CHECKED]
    began = int.from_bytes(head[: _CHECKED - _RANDOM], "big") * _STEP
    return content[_CHECKED:] == _sum_of(name, head) and abs(now - _EPOCH - began) <= PATIENCE


def _sum_of(name: str, head: bytes | bytearray) -> bytes:
    return sha256(name.encode() + b"\n" + head).digest()[: 16 - _CHECKED]
