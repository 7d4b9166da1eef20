"""Events as endpoints get them: the envelope of Docker's registry. All is pure."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.happenings import Happening
from storagedriver.registry.api.urls import blob_url, manifest_url

CONTENT_TYPE = "application/vnd.docker.distribution.events.v2+json"
SIGNATURE = "X-Hub-Signature-256"

_LONGEST = 1000  # characters of a header that an event has: it is kept in the storage

Event = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The registry that events come from: its address, and an id that each start has anew."""

    address: str
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request that an event comes from. `base` is what absolute URLs begin with."""

    id: str
    address: str
    host: str
    method: str
    agent: str
    actor: str | None
    base: str

    @classmethod
    def by(cls, exchange: Exchange, identifier: str) -> Self:
        """Return what is told of a request."""
        return cls(
            id=identifier,
            address=exchange.client,
            host=(exchange.header(b"host") or "")[:_LONGEST],
            method=exchange.method,
            agent=(exchange.header(b"user-agent") or "")[:_LONGEST],
            actor=exchange.caller.name,
            base=exchange.base[:_LONGEST],
        )


def event(
    happening: Happening,
    asked: Asked,
    source: Source,
    *,
    identifier: str,
    at: datetime,
    references: Sequence[object],
) -> Event:
    """Return an event; `references` are the descriptors that a manifest has, where wanted."""
    return {
        "id": identifier,
        "timestamp": at.isoformat(),
        "action": happening.action,
        "target": _target(happening, asked, references),
        "request": {
            "id": asked.id,
            "addr": asked.address,
            "host": asked.host,
            "method": asked.method,
            "useragent": asked.agent,
        },
        "actor": {} if asked.actor is None else {"name": asked.actor},
        "source": {"addr": source.address, "instanceID": source.instance},
    }


def _target(happening: Happening, asked: Asked, references: Sequence[object]) -> Event:
    target: Event = {
        "mediaType": happening.media_type,
        "digest": "" if happening.digest is None else str(happening.digest),
        "size": happening.size,
        "repository": happening.repository,
    }
    if happening.size:
        target["length"] = happening.size
    if happening.source is not None:
        target["fromRepository"] = happening.source
    if happening.action != "delete":
        url = manifest_url if happening.is_manifest else blob_url
        target["url"] = url(asked.base, happening.repository, happening.digest)
    if happening.tag is not None:
        target["tag"] = happening.tag
    if references:
        target["references"] = [*references]
    return target


def references_in(content: bytes) -> list[object]:
    """Return the descriptors that a manifest has: its config and layers, or its manifests."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict):
        return []
    lists = [[value.get("config")], value.get("layers"), value.get("manifests")]
    found = [each for one in lists if isinstance(one, list) for each in one]
    return [each for each in found if isinstance(each, dict)]


def envelope(events: Sequence[Event]) -> bytes:
    """Return what is posted."""
    return json.dumps({"events": [*events]}, indent=3).encode()


def headers(body: bytes, *, more: Sequence[tuple[str, str]], secret: str | None) -> Headers:
    """Return what is posted with it: its type, what is configured, and its signature."""
    signed = [] if secret is None else [(SIGNATURE, signature(body, secret))]
    return [("Content-Type", CONTENT_TYPE), *more, *signed]


def signature(body: bytes, secret: str) -> str:
    """Return a body's HMAC by SHA-256, as `sha256=` and hexadecimal digits."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
