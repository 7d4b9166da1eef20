"""The frame around all endpoints: finds the one that is asked for, and answers what fails."""

import logging
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from storagedriver.errors import StorageFullError, StorageUnavailableError
from storagedriver.registry.api.admission import Admission
from storagedriver.registry.api.blobs import Blobs
from storagedriver.registry.api.errors import JSON, failure, refusal
from storagedriver.registry.api.exchange import Endpoint, Exchange
from storagedriver.registry.api.extensions import Extensions
from storagedriver.registry.api.happenings import Listener
from storagedriver.registry.api.lists import Lists, Pages
from storagedriver.registry.api.manifests import Manifests
from storagedriver.registry.api.places import Places
from storagedriver.registry.api.search import Search
from storagedriver.registry.api.throttling import upload_limited
from storagedriver.registry.api.uploads import Uploads
from storagedriver.registry.api.urls import Route, has_encoded_slash, located
from storagedriver.registry.auth import AccessController
from storagedriver.registry.store import Store
from storagedriver.registry.store.errors import NameInvalidError, StoreError

_READS = ("GET", "HEAD")

_log = logging.getLogger(__name__)


class Frame:
    """The registry as an ASGI app without a lifespan, to be reached by any path.

    It is one plain callable, because a manifest's `GET` costs little more than what surrounds it.
    Unless it is `writable`, it refuses whatever would change the storage, and says `why_not`.
    `redirects`: blobs may be read from the storage's own URLs. What an `access` controller does not
    allow is refused. All of it is below the path `prefix`.
    `listener` hears of what requests do. At most `most_uploads` of them bring a part of a blob at
    once; 0 for any number. `places` writes where pages of the catalog go on.
    """

    def __init__(
        self,
        store: Store,
        listener: Listener,
        *,
        writable: bool,
        delete_enabled: bool,
        max_manifest: int,
        most_uploads: int,
        redirects: bool,
        public_url: str | None,
        access: AccessController | None,
        prefix: str,
        pages: Pages,
        places: Places,
        why_not: str,
    ) -> None:
        self._public_url = public_url
        self._prefix = prefix
        self._admission = None if access is None else Admission(access)
        self._why_not = why_not
        self._writable = writable
        blobs = Blobs(store, listener, redirects=redirects)
        manifests = Manifests(store, listener, most=max_manifest)
        uploads = Uploads(store, listener)
        limited = upload_limited(most_uploads)
        lists = Lists(store, pages, places)
        search = Search(store)
        self._endpoints: dict[Route, dict[str, Endpoint]] = {
            Route.ROOT: _reading(_give_nothing),
            Route.BASE: _reading(_give_base),
            Route.CATALOG: _reading(lists.catalog),
            Route.TAGS: _reading(lists.tags),
            Route.REFERRERS: _reading(lists.referrers),
            Route.EXTENSIONS: _reading(Extensions(store).discover),
            Route.PING: _reading(search.ping),
            Route.SEARCH: _reading(search.search),
            Route.MANIFEST: _reading(manifests.get) | {"PUT": manifests.put},
            Route.BLOB: _reading(blobs.get, blobs.head),
            Route.UPLOADS: {"POST": limited(uploads.start)},
            Route.UPLOAD: _reading(uploads.status)
            | {"PATCH": limited(uploads.append), "PUT": limited(uploads.finish)}
            | {"DELETE": uploads.cancel},
        }
        if delete_enabled:
            self._endpoints[Route.MANIFEST]["DELETE"] = manifests.delete
            self._endpoints[Route.BLOB]["DELETE"] = blobs.delete
        if not writable:
            for route, endpoints in self._endpoints.items():
                kept = {each: endpoints[each] for each in _READS if each in endpoints}
                self._endpoints[route] = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. An error in the middle of an answer is the server's to handle."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        target = located(scope.get("root_path", ""), scope["path"], self._prefix)
        exchange = Exchange(
            scope, receive, send, target, public_url=self._public_url, prefix=self._prefix
        )
        try:
            await self._dispatch(exchange)
        except ClientDisconnect:
            return
        except Exception as error:
            if exchange.started:
                raise
            _record(exchange, error)
            with suppress(ClientDisconnect):
                await exchange.fail(failure(error))

    async def _dispatch(self, exchange: Exchange) -> None:
        if has_encoded_slash(exchange.raw_path):
            raise NameInvalidError("an encoded slash is part of no name, tag or digest")
        endpoints = self._endpoints.get(exchange.target.route)
        if endpoints is None:
            await exchange.fail(refusal(404, "UNSUPPORTED", "there is nothing at this URL"))
            return
        endpoint = endpoints.get(exchange.method)
        if endpoint is not None:
            is_open = exchange.target.route is Route.ROOT  # a load balancer has no password
            if is_open or self._admission is None or await self._admission.admits(exchange):
                await endpoint(exchange)
            return
        allow = (b"allow", ", ".join(["OPTIONS", *endpoints]).encode())
        if exchange.method == "OPTIONS":
            await exchange.answer(204, [allow])
        else:
            message = "this method is not allowed here"
            if not self._writable and exchange.method not in _READS:
                message = self._why_not
            await exchange.fail(refusal(405, "UNSUPPORTED", message), [allow])


def _reading(get: Endpoint, head: Endpoint | None = None) -> dict[str, Endpoint]:
    return {"GET": get, "HEAD": head or get}


async def _give_nothing(exchange: Exchange) -> None:
    """Tell a load balancer that requests are served."""
    await exchange.answer(200, [(b"cache-control", b"no-cache")])


async def _give_base(exchange: Exchange) -> None:
    await exchange.answer(200, [JSON], b"{}")


def _record(exchange: Exchange, error: Exception) -> None:
    """Log what is not the client's doing; with a traceback where it should not happen at all."""
    if isinstance(error, StoreError):
        return
    where = (exchange.method, exchange.target.route.name, error)
    if isinstance(error, (StorageUnavailableError, StorageFullError)):
        _log.warning("%s %s: %s", *where)
    else:
        _log.error("%s %s: %s", *where, exc_info=error)
