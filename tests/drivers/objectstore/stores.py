"""An object store in memory, which lists in an order of the test's choosing and counts requests."""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from storagedriver.drivers.objectstore.service import (
    Found,
    Page,
    Part,
    Stored,
    Upload,
    UploadGoneError,
)
from storagedriver.drivers.objectstore.skipping import page_behind
from storagedriver.errors import PathNotFoundError, PreconditionFailedError

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def by_bytes(key: str) -> Any:  # noqa: ANN401 it compares
    """The order of AWS."""
    return key.encode()


def by_components(key: str) -> Any:  # noqa: ANN401 it compares
    """The order of services that walk directories."""
    return key.split("/")


@dataclass
class MemoryStore:
    """Objects and uploads. `before` is called with the name of each request, and may raise."""

    order: Callable[[str], Any] = by_bytes
    page_size: int = 1000
    max_parts: int = 10_000
    has_conditional_put: bool = True
    has_conditional_delete: bool = True
    has_start_after: bool = True
    before: Callable[[str], object] = lambda _: None
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, tuple[str, dict[int, bytes]]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    _keys: list[str] = field(default_factory=list)

    def _request(self, name: str) -> None:
        self.requests[name] += 1
        self.before(name)

    async def get(self, key: str) -> Stored:
        self._request("get")
        if key not in self.objects:
            raise PathNotFoundError
        return Stored(content=self.objects[key], version=self._version(key), modified=MOMENT)

    async def put(
        self,
        key: str,
        content: bytes,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> str:
        self._request("put")
        if if_none_match and key in self.objects:
            raise PreconditionFailedError
        if if_match is not None and (key not in self.objects or self._version(key) != if_match):
            raise PreconditionFailedError
        self.objects[key] = bytes(content)
        return self._version(key)

    async def delete(self, keys: Collection[str]) -> None:
        self._request("delete")
        for key in keys:
            self.objects.pop(key, None)

    async def delete_one(self, key: str) -> bool:
        self._request("delete_one")
        return self.objects.pop(key, None) is not None

    async def delete_if(self, key: str, version: str) -> None:
        self._request("delete_if")
        if key not in self.objects or self._version(key) != version:
            raise PreconditionFailedError
        del self.objects[key]

    async def page(
        self,
        prefix: str,
        *,
        after: str | None = None,
        more: str | None = None,
        delimiter: str = "",
        most: int = 1000,
    ) -> Page:
        if not self.has_start_after and after is not None and more is None:

            async def ask(at: str | None) -> Page:
                return await self.page(prefix, more=at, delimiter=delimiter, most=most)

            return await page_behind(after, ask)
        self._request("page")
        start = more if more is not None else after
        entries: list[str] = []
        rolled_up: set[str] = set()
        for key in self._from(max(prefix, start or "", key=self.order)):
            if not key.startswith(prefix) or (start is not None and not self._is_after(key, start)):
                continue
            head, found, _ = key[len(prefix) :].partition("/")
            is_rolled_up = bool(delimiter and found)
            entry = f"{prefix}{head}/" if is_rolled_up else key
            if is_rolled_up:
                rolled_up.add(entry)
            if not is_rolled_up or not (start or "").startswith(entry):
                entries += [entry] if entry not in entries[-1:] else []
            if len(entries) > min(most, self.page_size):
                break
        shown = entries[: min(most, self.page_size)]
        behind = "~" if shown and shown[-1] in rolled_up else ""
        return Page(
            objects=[self._found(key) for key in shown if key not in rolled_up],
            prefixes=[entry for entry in shown if entry in rolled_up],
            more=shown[-1] + behind if len(entries) > len(shown) else None,
        )

    def _from(self, start: str) -> list[str]:
        """Return the keys from one on, in order."""
        if self.objects.keys() != set(self._keys):
            self._keys = sorted(self.objects, key=self.order)
        return self._keys[bisect_left(self._keys, self.order(start), key=self.order) :]

    async def start_upload(self, key: str, mark: str) -> Upload:
        self._request("start_upload")
        name = f"upload-{self.requests['start_upload']}"
        self.uploads[name] = (key, {})
        return Upload(key=key, id=name, mark=mark)

    async def send_part(self, upload: Upload, number: int, body: bytes) -> str:
        self._request("send_part")
        self._parts(upload.id)[number] = bytes(body)
        return hashlib.md5(body).hexdigest()

    async def parts(self, upload: Upload) -> Sequence[Part]:
        self._request("parts")
        there = sorted(self._parts(upload.id).items())
        return [
            Part(number=number, size=len(body), tag=hashlib.md5(body).hexdigest())
            for number, body in there
        ]

    async def finish_upload(self, upload: Upload, parts: Sequence[Part]) -> str:
        self._request("finish_upload")
        there = self._parts(upload.id)
        assert [part.number for part in parts] == sorted(part.number for part in parts)
        bodies = [there[part.number] for part in parts]
        assert [hashlib.md5(body).hexdigest() for body in bodies] == [part.tag for part in parts]
        self.objects[upload.key] = b"".join(bodies)
        del self.uploads[upload.id]
        return self._version(upload.key)

    async def abort_upload(self, key: str, id: str) -> None:  # noqa: A002 the service's name
        self._request("abort_upload")
        self.uploads.pop(id, None)

    async def abort_all(self, key: str) -> None:
        self._request("abort_all")
        self.uploads = {id_: one for id_, one in self.uploads.items() if one[0] != key}

    def _parts(self, id_: str) -> dict[int, bytes]:
        if id_ not in self.uploads:
            raise UploadGoneError
        return self.uploads[id_][1]

    def _found(self, key: str) -> Found:
        size = len(self.objects[key])
        return Found(key=key, size=size, modified=MOMENT, version=self._version(key))

    def _version(self, key: str) -> str:
        return hashlib.md5(self.objects[key]).hexdigest()

    def _is_after(self, key: str, start: str) -> bool:
        return self.order(key) > self.order(start)
