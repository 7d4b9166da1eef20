"""What a request costs, in counts that no noise changes: calls of the driver, and syncs."""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from storagedriver.registry.app import create_app
from storagedriver.registry.store import layout
from tests.registry.store.spying import SpyingDriver

CHUNK = 1 << 16

_SHORT = (
    (re.compile(f"^{layout.ROOT}"), ""),
    (re.compile(r"(/sha256)(/[0-9a-f]{2})?/[0-9a-f]{64}"), r"/DIGEST"),
    (re.compile(r"(/sha256)/[0-9a-f]{2}$"), r"/sha256/XX"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"/[0-9a-f]{32}$"), "/FILE"),
    (re.compile(r"/~/writers/[^/]+(/\+[^/]+)*"), "/~/writers/PATH"),
    (re.compile(r"/~[0-9a-f]{32}$"), "/FILE"),
)


def shortened(path: str) -> str:
    """Return a path without what is random in it, or begins every path."""
    for pattern, short in _SHORT:
        path = pattern.sub(short, path)
    return path


class Client:
    """Sends requests to an app in this process, and tells what its driver was called for."""

    def __init__(self, spy: SpyingDriver) -> None:
        self._spy = spy
        transport = httpx.ASGITransport(create_app(spy))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://registry")

    async def ask(
        self, method: str, url: str, content: bytes = b"", media_type: str | None = None
    ) -> str:
        """Send a request that has to succeed; return where its answer leads."""
        headers = {"content-length": str(len(content))}
        if media_type is not None:
            headers["content-type"] = media_type
        answer = await self._client.request(method, url, content=_chunks(content), headers=headers)
        assert answer.is_success, answer.text
        location: str = answer.headers.get("location", "")
        return location

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """Give a list that has the calls of a block when it was left."""
        calls: list[str] = []
        before = len(self._spy.calls)
        yield calls
        for call in self._spy.calls[before:]:
            name, _, path = call.partition(" ")
            calls.append(f"{name} {shortened(path)}")


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


@contextmanager
def syncs(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give a list that is filled with what is synced in a block, by its place below a root."""
    synced: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        place = str(Path(f"/proc/self/fd/{descriptor}").readlink()).removeprefix(str(root))
        fsync(descriptor)
        synced.append(shortened(place))

    with monkeypatch.context() as patching:
        patching.setattr(os, "fsync", watched)
        yield synced
