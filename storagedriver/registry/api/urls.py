"""The registry's URLs: what a path names, and the URLs that answers carry.

A path is read from its right end, because `blobs/uploads` and `x/manifests/y` are fine names of
repositories.
"""

from enum import Enum, auto
from typing import NamedTuple
from urllib.parse import quote, urlencode

BASE = "/v2"

_PREFIX = f"{BASE}/"
_UPLOAD_FAMILY = "/blobs"
_DISCOVERY = "/_oci/ext/discover"


class Route(Enum):
    """A family of URLs."""

    NOTHING = auto()
    ROOT = auto()
    BASE = auto()
    CATALOG = auto()
    TAGS = auto()
    REFERRERS = auto()
    MANIFEST = auto()
    BLOB = auto()
    UPLOADS = auto()
    UPLOAD = auto()
    EXTENSIONS = auto()
    PING = auto()
    SEARCH = auto()


_UPLOADS = (Route.UPLOAD, Route.UPLOADS)
_UPLOADING = frozenset({"POST", "PUT", "PATCH"})
_ALONE = {
    "/": Route.ROOT,
    BASE: Route.BASE,
    f"{BASE}/": Route.BASE,
    f"{BASE}/_catalog": Route.CATALOG,
    f"{BASE}{_DISCOVERY}": Route.EXTENSIONS,
    "/v1/_ping": Route.PING,
    "/v1/search": Route.SEARCH,
}


def carries_blob(method: str, route: Route) -> bool:
    """Tell whether such a request may bring a part of a blob."""
    return route in _UPLOADS and method in _UPLOADING


class Target(NamedTuple):
    """What a URL names.

    `name` is the repository, and `reference` the tag, digest or upload in it; both are as the
    client wrote them, unchecked, and empty where the route has none.
    """

    route: Route
    name: str = ""
    reference: str = ""


def locate(path: str) -> Target:
    """Read a decoded path, without the prefix that the app is mounted at."""
    if path in _ALONE:
        return Target(_ALONE[path])
    if path.startswith(_PREFIX):
        if path.endswith(_DISCOVERY):
            return Target(Route.EXTENSIONS, path[len(_PREFIX) : -len(_DISCOVERY)])
        head, _, last = path[len(_PREFIX) :].rpartition("/")
        name, slash, family = head.rpartition("/")
        if slash:
            return _in_repository(name, family, last)
    return Target(Route.NOTHING)


def _in_repository(name: str, family: str, last: str) -> Target:
    """Read the last two components of a path that has a name before them."""
    if family == "manifests" and last:
        return Target(Route.MANIFEST, name, last)
    if family == "blobs" and last:
        return Target(Route.UPLOADS, name) if last == "uploads" else Target(Route.BLOB, name, last)
    if family == "tags" and last == "list":
        return Target(Route.TAGS, name)
    if family == "referrers" and last:
        return Target(Route.REFERRERS, name, last)
    if family == "uploads" and name.endswith(_UPLOAD_FAMILY):
        name = name.removesuffix(_UPLOAD_FAMILY)
        return Target(Route.UPLOAD, name, last) if last else Target(Route.UPLOADS, name)
    return Target(Route.NOTHING)


def below(root: str, path: str) -> str:
    """Return the part of `path` after the prefix that the app is mounted at, where it has it."""
    root = root.rstrip("/")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("/", ""):
        return path[len(root) :]
    return path


def located(root: str, path: str, prefix: str) -> Target:
    """Read the path of a request to an app that is mounted at `root`, and all of it at `prefix`."""
    if root:
        path = below(root, path)
    return locate(path[len(prefix) :]) if path.startswith(prefix) else Target(Route.NOTHING)


def has_encoded_slash(raw_path: bytes | None) -> bool:
    """Tell whether a slash was percent-encoded, so that decoding makes it a separator."""
    return raw_path is not None and b"%" in raw_path and b"%2f" in raw_path.lower()


def api_prefix(public_url: str | None, root: str, prefix: str = "") -> str:
    """Return what URLs begin with: `root` is where the app is mounted, as the server tells it.

    Below that, all is below the path `prefix`, which a `public_url` has already. Without one they
    are path-absolute: clients drop their credentials when a URL names another scheme or host than
    they used. `root` can come from a client, and is escaped.
    """
    begin = prefix if public_url is None else ""
    return f"{(public_url or '').rstrip('/')}{quote(root.rstrip('/'))}{begin}{BASE}"


def blob_url(prefix: str, name: str, digest: object) -> str:
    """Return the URL of a blob."""
    return f"{prefix}/{name}/blobs/{digest}"


def manifest_url(prefix: str, name: str, digest: object) -> str:
    """Return the URL of a manifest."""
    return f"{prefix}/{name}/manifests/{digest}"


def upload_url(prefix: str, name: str, identifier: str) -> str:
    """Return the URL of an upload."""
    return f"{prefix}/{name}/blobs/uploads/{quote(identifier, safe='')}"


def page_url(prefix: str, listing: str, *, limit: int, after: str, **filters: str) -> str:
    """Return the URL of the page after `after` of a listing."""
    return f"{prefix}/{listing}?{urlencode({'n': limit, 'last': after, **filters})}"
