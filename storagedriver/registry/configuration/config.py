"""What a registry is run with: one frozen record, from a file, variables and options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from storagedriver.factory import known_drivers
from storagedriver.middleware import ChosenMiddleware
from storagedriver.registry.auth.settings import Auth, read_auth
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.configuration.events import Settings
from storagedriver.registry.configuration.file import ConfigError, Entry, read_file
from storagedriver.registry.configuration.keys import (
    DOCKER_DRIVERS,
    IGNORED,
    LATER,
    SERVED,
    Keys,
)
from storagedriver.registry.configuration.limits import LimitSettings
from storagedriver.registry.configuration.listening import check_metrics, check_tls, listening
from storagedriver.registry.configuration.storage import read_storage
from storagedriver.registry.configuration.values import header, header_name, scalar
from storagedriver.registry.configuration.values import level as read_level
from storagedriver.registry.configuration.values import workers as read_workers
from storagedriver.registry.configuration.variables import FILE_VARIABLE, overlay
from storagedriver.registry.health.settings import HealthSettings
from storagedriver.registry.proxies import ProxySettings
from storagedriver.registry.proxy.settings import Proxy, read_proxy
from storagedriver.registry.store.documents import Platform
from storagedriver.registry.store.validation import URLs, Validation

__all__ = ["Config", "ConfigError", "load"]

MIB = 2**20
DAY = 24 * 3600.0
LAST_PORT = 65535
DATA = "registry-data"
DOCKER_DATA = "/var/lib/registry"


def _frozen(mapping: Mapping[str, str] | None = None) -> Mapping[str, str]:
    return MappingProxyType(dict(mapping or {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a registry behaves. The defaults are those of a start without any configuration.

    The storage: `driver` is a driver's name or a URL, `parameters` are its parameters as text, and
    `middleware` is put around it by who opens it, the first one innermost.

    The API: `delete_enabled` allows deleting tags, manifests and blobs; `max_manifest_bytes` is the
    largest manifest taken, `validation` what one is checked for, and with `schema_1` signed ones of
    schema 1 are taken; `redirect` sends whoever reads a blob to the storage itself, where the
    driver has URLs for that; `public_url` is what the URLs in answers begin with, where they are
    not to be relative; with `relative_urls` they are, whatever that one says; `prefix` is the path
    that all of it is below, such as `/registry`, which a `public_url` has already; `catalog_page`
    and `tags_page` are the most repositories and tags of a page, and `secret` is what hidden names
    in links are encrypted by, made at the start if it is None; `read_only` refuses whatever would
    change the storage.

    The uploads: with `purge_uploads`, those that nobody has written to for `purge_age` seconds are
    removed, every `purge_interval` seconds; with `purge_dry_run` they are logged and kept.

    The server: `host` (empty for all addresses) and `port` (0 for a free one) are where it listens,
    unless it is at the Unix socket `socket`, a path; as many processes as `workers` do; `level`
    (debug, info, warning or error) is the least that is logged, in the `log_format` text, json or
    logstash; `log_fields` are on each line, `log_requests` gives one line per request; `headers`
    are on each response; `drain_seconds` is how long running requests may go on after it was told
    to stop.

    TLS: with `tls_certificate` and `tls_key`, files in PEM, the server speaks it, in the version
    `tls_minimum` or a newer one. With `tls_client_authorities`, files too, clients show a
    certificate of one of those; `tls_clients` says whether they have to. `tls_suites` are the
    cipher suites of TLS 1.2 that are spoken, if not OpenSSL's own choice.

    `auth` says who may do what; None asks nobody. `proxy` is the registry that is mirrored; None
    is none. `notifications` are the endpoints that events are posted to, and what is kept for them.
    `limits` says what clients may take, `proxies` who is believed what it tells of them, `health`
    what is checked beside the requests, and `debug` where operators look.

    `notes` are sentences about settings that were read and change nothing.
    """

    driver: str = "filesystem"
    parameters: Mapping[str, str] = field(default_factory=_frozen)
    middleware: tuple[ChosenMiddleware, ...] = ()
    delete_enabled: bool = True
    max_manifest_bytes: int = 4 * MIB
    validation: Validation = field(default_factory=Validation)
    schema_1: bool = False
    redirect: bool = True
    public_url: str | None = None
    relative_urls: bool = False
    prefix: str = ""
    catalog_page: int = 1000
    tags_page: int = 1000
    secret: str | None = field(default=None, repr=False)
    read_only: bool = False
    purge_uploads: bool = True
    purge_age: float = 7 * DAY
    purge_interval: float = DAY
    purge_dry_run: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    socket: str | None = None
    workers: int = 1
    level: str = "info"
    log_format: str = "text"
    log_fields: Mapping[str, str] = field(default_factory=_frozen)
    log_requests: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    drain_seconds: float = 30
    tls_certificate: str | None = None
    tls_key: str | None = None
    tls_minimum: str = "tls1.2"
    tls_suites: tuple[str, ...] = ()
    tls_client_authorities: tuple[str, ...] = ()
    tls_clients: str = "require-and-verify-client-cert"
    auth: Auth | None = None
    proxy: Proxy | None = None
    notifications: Settings = field(default_factory=Settings)
    health: HealthSettings = field(default_factory=HealthSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    proxies: ProxySettings = field(default_factory=ProxySettings)
    debug: DebugSettings = field(default_factory=DebugSettings)
    notes: tuple[str, ...] = ()


def load(
    path: Path | None,
    *,
    environment: Mapping[str, str],
    driver: str | None,
    options: Mapping[str, str],
    host: str | None = None,
    port: int | None = None,
    level: str | None = None,
    workers: str | None = None,
) -> Config:
    """Put a configuration together: options win over variables, and those over the file.

    Without `path`, the file is what `REGISTRY_CONFIGURATION_PATH` names, or none. Raises
    `ConfigError`, whose one line names the file and line (or the variable) and the key.
    """
    if path is None and environment.get(FILE_VARIABLE):
        path = Path(environment[FILE_VARIABLE])
    keys = Keys(frozenset((*DOCKER_DRIVERS, *known_drivers())))
    entries = overlay([] if path is None else read_file(path, keys), environment, keys)
    storage = read_storage(entries, keys)
    if driver is None and path is not None and not storage:
        raise ConfigError(f"{path}: storage is missing: it must name a driver")
    name = driver or next(iter(storage), "filesystem")
    parameters = dict(storage.get(name, {})) | dict(options)
    name = DOCKER_DRIVERS.get(name, name)
    if name == "filesystem":
        parameters.setdefault("rootdirectory", DATA if path is None else DOCKER_DATA)
    config = Config(
        driver=name,
        parameters=_frozen(parameters),
        delete_enabled=path is None,
        auth=read_auth(entries),
        proxy=read_proxy(entries),
        notes=_notes(entries),
    )
    return _with(config, _fields(entries) | _given(host, port, level, workers))


def _with(config: Config, fields: Mapping[str, Any]) -> Config:
    """Replace fields of a configuration, and those, such as `health.interval`, of its records."""
    flat = {name: value for name, value in fields.items() if "." not in name}
    records: dict[str, dict[str, Any]] = {}
    for name in fields.keys() - flat:
        record, _, part = name.partition(".")
        records.setdefault(record, {})[part] = fields[name]
    changed = {name: replace(getattr(config, name), **given) for name, given in records.items()}
    return replace(config, **flat, **changed)


def _fields(entries: list[Entry]) -> dict[str, Any]:
    """Read what sets a field of its own, and refuse what is not supported."""
    fields: dict[str, Any] = {}
    headers: list[tuple[str, str]] = []
    log_fields: dict[str, str] = {}
    for entry in entries:
        parent = ".".join(entry.path[:-1])
        if entry.key in SERVED:
            fields[SERVED[entry.key].field] = entry.read(SERVED[entry.key].convert)
        elif parent == "http.headers":
            headers += _header(entry)
        elif parent == "log.fields":
            log_fields[entry.path[-1]] = entry.read(scalar)
        elif entry.key in LATER and not _asks_for_nothing(entry):
            instead = LATER[entry.key].instead
            raise ConfigError(f"{entry.source}: {entry.key} is not supported: {instead}")
    fields.pop("", None)
    if "old_level" in fields:
        fields.setdefault("level", fields.pop("old_level"))
    check_tls(fields, entries)
    fields |= listening(fields.pop("net", "tcp"), entries)
    fields["validation"] = _validation(fields)
    check_metrics(fields, entries)
    return fields | {"headers": tuple(headers), "log_fields": _frozen(log_fields)}


def _validation(fields: dict[str, Any]) -> Validation:
    """Take out of the fields those of the record `validation`, and make it."""
    names = [name for name in fields if name.startswith("validation.")]
    given = {name.removeprefix("validation."): fields.pop(name) for name in names}
    urls = URLs(allow=given.pop("urls.allow", ()), deny=given.pop("urls.deny", ()))
    listed = tuple(Platform(*each) for each in given.pop("listed", ()))
    return Validation(urls=urls, listed=listed, **given)


def _header(entry: Entry) -> list[tuple[str, str]]:
    name = entry.path[-1]
    if not header_name(name):
        raise ConfigError(f"{entry.source}: {entry.key}: {name!r} is no header that can be added")
    return [(name, value) for value in entry.read(header)]


def _asks_for_nothing(entry: Entry) -> bool:
    """Tell whether the value asks for what happens anyway. True and 1 are not the same here."""
    harmless = LATER[entry.key].harmless
    return any(type(entry.value) is type(each) and entry.value == each for each in harmless)


def _notes(entries: list[Entry]) -> tuple[str, ...]:
    ignored = [entry for entry in entries if entry.key in IGNORED]
    return tuple(f"{entry.source}: {entry.key}: {IGNORED[entry.key]}" for entry in ignored)


def _given(
    host: str | None, port: int | None, level: str | None, workers: str | None
) -> dict[str, Any]:
    """Give the fields that options set."""
    given: dict[str, Any] = {"host": host, "port": port}
    if port is not None and not 0 <= port <= LAST_PORT:
        raise ConfigError(f"--port: must be from 0 to {LAST_PORT}, not {port}")
    if level is not None:
        given["level"] = Entry(("--level",), level, "options").read(read_level)
    if workers is not None:
        value = int(workers) if workers.isdecimal() else workers
        given["workers"] = Entry(("--workers",), value, "options").read(read_workers)
    chosen = {name: value for name, value in given.items() if value is not None}
    if host is not None or port is not None:
        chosen["socket"] = None
    return chosen
