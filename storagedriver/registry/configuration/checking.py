"""A configuration as it works out, written as a file that could be read again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import yaml

from storagedriver.durations import written_duration
from storagedriver.factory import configured
from storagedriver.middleware import ChosenMiddleware
from storagedriver.parameters import parameters_in
from storagedriver.registry import proxies, tls
from storagedriver.registry.auth.opening import controller
from storagedriver.registry.auth.settings import written
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.endpoints import (
    read_endpoints,
    read_lease,
    shown_endpoints,
)
from storagedriver.registry.configuration.keys import SERVED
from storagedriver.registry.configuration.middleware import middlewares
from storagedriver.registry.configuration.validation import patterns, platform_list
from storagedriver.registry.configuration.values import (
    HIDDEN,
    address,
    duration,
    off_switch,
    secret,
    span,
)
from storagedriver.registry.health import reading as health
from storagedriver.registry.listening import authority
from storagedriver.registry.proxy.settings import written_proxy


def _same(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _masked(record: object) -> dict[str, object]:
    """Give parameters as they are written, those that are set; an empty secret is none."""
    return {
        each.name: HIDDEN if each.is_secret and value else _plain(value)
        for each in parameters_in(type(record))
        if (value := getattr(record, each.name)) is not None
    }


def _middleware(chosen: Sequence[ChosenMiddleware]) -> list[object]:
    return [{"name": each.name, "options": _masked(each.parameters)} for each in chosen]


_WRITTEN: Mapping[Callable[[object], object], Callable[[Any], object]] = MappingProxyType(
    {
        off_switch: lambda value: not value,
        address: lambda value: authority(*value),
        duration: written_duration,
        span: written_duration,
        read_endpoints: shown_endpoints,
        proxies.networks: proxies.written,
        health.files: health.written_files,
        health.urls: health.written_urls,
        health.addresses: health.written_addresses,
        middlewares: _middleware,
        patterns: lambda value: [each.pattern for each in value],
        platform_list: lambda value: [each._asdict() for each in value],
        read_lease: written_duration,
        secret: lambda _: HIDDEN,
    }
)
"""How the converters are undone that do more than check."""


def effective(config: Config) -> str:
    """Write what a configuration comes to, defaults included, without secrets.

    What was read and changes nothing stands in comments at the top. Opens and listens to nothing.
    Raises `DriverConfigurationError` for wrong parameters of the driver, `ConfigError` for files
    that cannot be used.
    """
    chosen = configured(config.driver, config.parameters)
    tls.context(config)
    if config.auth is not None:
        controller(config.auth)
    parameters = _masked(chosen.parameters)
    whole: dict[str, Any] = {"version": 0.1, "storage": {chosen.name: parameters}}
    _put_served(whole, config)
    headers: dict[str, list[str]] = {}
    for name, text in config.headers:
        headers.setdefault(name, []).append(text)
    _put(whole, "http.headers", headers)
    _put(whole, "log.fields", dict(config.log_fields))
    if config.auth is not None:
        whole["auth"] = written(config.auth)
    if config.proxy is not None:
        whole["proxy"] = written_proxy(config.proxy, HIDDEN)
    ignored = "".join(f"# ignored: {note}\n" for note in config.notes)
    return ignored + yaml.safe_dump(whole, sort_keys=False)


def _put_served(whole: dict[str, Any], config: Config) -> None:
    """Put in what has a key of its own."""
    for key, served in SERVED.items():
        if key.startswith("http.tls.") and config.tls_certificate is None:
            continue
        if key == "http.net":
            _put(whole, key, "tcp" if config.socket is None else "unix")
        elif key == "http.addr":
            _put(whole, key, config.socket or authority(config.host, config.port))
        elif key == "http.prefix":
            _put(whole, key, f"{config.prefix}/")
        elif (value := _at(config, served.field)) is not None:
            _put(whole, key, _WRITTEN.get(served.convert, _same)(value))


def _at(config: Config, field: str) -> object:
    """Give a field, or one of a record in it; None for what is no field of its own."""
    value: object = config
    for name in field.split("."):
        value = getattr(value, name, None)
    return value


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return written_duration(value.total_seconds())
    return value if isinstance(value, bool | int | float | str) else str(value)


def _put(whole: dict[str, Any], key: str, value: object) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        whole = whole.setdefault(parent, {})
    whole[last] = value
