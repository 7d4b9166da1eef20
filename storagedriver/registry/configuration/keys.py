"""The keys of Docker's configuration file, and what is done with each.

| key | what happens to it |
| --- | --- |
| in `SERVED` and `OPEN` | it sets a field of `Config` |
| `storage.<driver>.<parameter>` | it chooses and sets up the driver |
| in `IGNORED` | leaving it out changes nothing that a client can see: it is noted |
| in `LATER` | refused, with what to do instead, unless its value asks for what happens anyway |
| any other | refused as unknown |

`IGNORED` and `LATER` stand for everything below them too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from storagedriver.registry import proxies
from storagedriver.registry.auth import algorithms, rules
from storagedriver.registry.configuration import debug, limits, proxy, values
from storagedriver.registry.configuration import validation as checks
from storagedriver.registry.configuration.endpoints import read_endpoints, read_lease, read_most
from storagedriver.registry.configuration.middleware import middlewares
from storagedriver.registry.configuration.values import Convert
from storagedriver.registry.health import reading as health

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """The field of `Config` that a key sets, and how its value is read.

    The field is empty where nothing is set, or where a record of its own is. `health.interval` is
    the field `interval` of the record in the field `health`.
    """

    field: str
    convert: Convert


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a key is refused and what there is instead, and which values are `harmless`."""

    instead: str
    harmless: tuple[object, ...] = ()


SERVED: Mapping[str, Served] = MappingProxyType(
    {
        "version": Served("", values.version),
        "log.level": Served("level", values.level),
        "log.formatter": Served("log_format", values.log_format),
        "loglevel": Served("old_level", values.level),
        "log.accesslog.disabled": Served("log_requests", values.off_switch),
        "storage.delete.enabled": Served("delete_enabled", values.switch),
        "storage.redirect.disable": Served("redirect", values.off_switch),
        "storage.maintenance.readonly.enabled": Served("read_only", values.switch),
        "storage.maintenance.uploadpurging.enabled": Served("purge_uploads", values.switch),
        "storage.maintenance.uploadpurging.age": Served("purge_age", values.span),
        "storage.maintenance.uploadpurging.interval": Served("purge_interval", values.span),
        "storage.maintenance.uploadpurging.dryrun": Served("purge_dry_run", values.switch),
        "middleware.storage": Served("middleware", middlewares),
        "http.net": Served("net", values.network),
        "http.addr": Served("", values.unread),
        "http.host": Served("public_url", values.origin),
        "http.prefix": Served("prefix", values.prefix),
        "http.secret": Served("secret", values.secret),
        "http.relativeurls": Served("relative_urls", values.switch),
        "http.draintimeout": Served("drain_seconds", values.duration),
        "http.tls.certificate": Served("tls_certificate", values.file),
        "http.tls.key": Served("tls_key", values.file),
        "http.tls.clientcas": Served("tls_client_authorities", values.texts),
        "http.tls.clientauth": Served("tls_clients", values.client_mode),
        "http.tls.minimumtls": Served("tls_minimum", values.tls_version),
        "http.tls.ciphersuites": Served("tls_suites", values.cipher_suites),
        "catalog.maxentries": Served("catalog_page", values.count),
        "tags.maxtags": Served("tags_page", values.count),
        "validation.disabled": Served("validation.enabled", values.off_switch),
        "validation.manifests.urls.allow": Served("validation.urls.allow", checks.patterns),
        "validation.manifests.urls.deny": Served("validation.urls.deny", checks.patterns),
        "validation.manifests.indexes.platforms": Served("validation.platforms", checks.platforms),
        "validation.manifests.indexes.platformlist": Served(
            "validation.listed", checks.platform_list
        ),
        "compatibility.schema1.enabled": Served("schema_1", values.switch),
        "policy.repository.classes": Served("validation.classes", checks.classes),
        "auth.htpasswd.realm": Served("", values.realm),
        "auth.htpasswd.path": Served("", values.text),
        "auth.htpasswd.anonymous": Served("", rules.read_globs),
        "auth.htpasswd.rules": Served("", rules.read_rules),
        "auth.token.realm": Served("", values.realm),
        "auth.token.service": Served("", values.realm),
        "auth.token.issuer": Served("", values.text),
        "auth.token.rootcertbundle": Served("", values.file),
        "auth.token.jwks": Served("", values.file),
        "auth.token.signingalgorithms": Served("", algorithms.read_algorithms),
        "auth.token.autoredirect": Served("", values.switch),
        "auth.token.autoredirectpath": Served("", values.realm),
        "proxy.remoteurl": Served("", proxy.remote),
        "proxy.username": Served("", values.scalar),
        "proxy.password": Served("", values.scalar),
        "proxy.authhosts": Served("", proxy.hosts),
        "proxy.ttl": Served("", values.duration),
        "notifications.endpoints": Served("notifications.endpoints", read_endpoints),
        "notifications.events.includereferences": Served("notifications.references", values.switch),
        "notifications.queue.maxentries": Served("notifications.most", read_most),
        "notifications.queue.lease": Served("notifications.lease", read_lease),
        "http.debug.addr": Served("debug.address", values.address),
        "http.debug.prometheus.enabled": Served("debug.metrics", values.switch),
        "http.debug.prometheus.path": Served("debug.metrics_path", debug.page),
        "http.limits.bodytimeout": Served("limits.body_seconds", values.duration),
        "http.limits.answertimeout": Served("limits.answer_seconds", values.duration),
        "http.limits.requests": Served("limits.requests", limits.number),
        "http.limits.burst": Served("limits.burst", values.count),
        "http.limits.uploads": Served("limits.uploads", limits.number),
        "http.limits.blobsize": Served("limits.blob_bytes", limits.number),
        "http.workers": Served("workers", values.workers),
        "http.trustedproxies.addresses": Served("proxies.networks", proxies.networks),
        "http.trustedproxies.header": Served("proxies.header", proxies.header),
        "health.storagedriver.enabled": Served("health.storage", values.switch),
        "health.storagedriver.interval": Served("health.interval", values.span),
        "health.storagedriver.threshold": Served("health.threshold", health.count),
        "health.file": Served("health.files", health.files),
        "health.http": Served("health.urls", health.urls),
        "health.tcp": Served("health.addresses", health.addresses),
    }
)

OPEN: Mapping[str, Served] = MappingProxyType(
    {
        "log.fields": Served("log_fields", values.scalar),
        "http.headers": Served("headers", values.header),
    }
)

LISTS = frozenset({"notifications.endpoints"})
"""The keys in `SERVED` that take a list of mappings: a variable can set a key of one of these."""

IGNORED: Mapping[str, str] = MappingProxyType(
    {
        "auth.none": "nobody is asked for a password unless something else stands below auth",
        "log.reportcaller": "lines name the logger instead",
        "storage.cache": "what may be cached is cached in the process",
        "storage.tag": "tags are looked up without a limit to set",
        "http.http2": "HTTP/1.1 is spoken",
        "compatibility.schema1.signingkeyfile": "signatures are given back as they were pushed",
        "compatibility.schema1.trustkey": "signatures are given back as they were pushed",
        "redis": "nothing is kept in Redis",
    }
)

_PROXY = "put a proxy in front that"
_AROUND = "put a middleware around the driver, by middleware.storage, or around the ASGI app"

LATER: Mapping[str, Refused] = MappingProxyType(
    {
        "log.hooks": Refused("let what gathers the log send mail", ([],)),
        "auth.silly": Refused(
            "it lets everybody in: leave auth out, or name users by auth.htpasswd"
        ),
        "middleware.registry": Refused(_AROUND, ([],)),
        "middleware.repository": Refused(_AROUND, ([],)),
        "http.tls.letsencrypt": Refused(
            "let certbot or lego fetch the certificate, and name its files in "
            f"http.tls.certificate and http.tls.key; or {_PROXY} fetches it, as Caddy does",
            ({},),
        ),
        "http.h2c.enabled": Refused(
            f"HTTP/1.1 is spoken: {_PROXY} speaks HTTP/2 with clients", (False,)
        ),
        "proxy.exec": Refused("name the user by proxy.username and proxy.password", ({},)),
        "validation.enabled": Refused("set validation.disabled", (True,)),
    }
)

DOCKER_DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "inmemory": "memory",
        "filesystem": "filesystem",
        "s3": "s3",
        "azure": "azure",
        "gcs": "gcs",
    }
)
"""Docker's names of drivers, and ours for them."""


CHOICES = frozenset({("auth", "htpasswd"), ("auth", "token")})
"""Keys that choose something by being there, whatever stands below them."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys that may be written, with the drivers that are installed or Docker's."""

    drivers: frozenset[str]

    def is_driver(self, path: Path) -> bool:
        """Tell whether the key chooses a driver."""
        return len(path) == 2 and path[0] == "storage" and path[1] in self.drivers  # noqa: PLR2004 - storage.<driver>

    def is_choice(self, path: Path) -> bool:
        """Tell whether the key says something by being there."""
        return self.is_driver(path) or path in CHOICES

    def is_leaf(self, path: Path) -> bool:
        """Tell whether the key's value is taken whole, whatever it is."""
        return ".".join(path) in _LEAVES or ".".join(path[:-1]) in OPEN or self.is_driver(path[:-1])

    def is_known(self, path: Path) -> bool:
        """Tell whether the key is a leaf, or has known keys below it."""
        return self.is_leaf(path) or path in _INNER or self.is_driver(path)

    def names(self) -> list[str]:
        """Give every known key, dotted."""
        drivers = [f"storage.{driver}" for driver in sorted(self.drivers)]
        return [*_LEAVES, *map(".".join, sorted(_INNER - {()})), *drivers]


_LEAVES = frozenset((*SERVED, *IGNORED, *LATER))
_INNER = frozenset(
    tuple(key.split(".")[:length])
    for key in (*SERVED, *IGNORED, *LATER, *(f"{key}." for key in OPEN))
    for length in range(key.count(".") + 1)
)
