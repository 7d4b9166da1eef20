"""What a configuration says of where to listen, and of TLS there, as far as several keys decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from storagedriver.registry.ciphersuites import for_openssl
from storagedriver.registry.configuration.file import ConfigError, Entry
from storagedriver.registry.configuration.values import address, socket_path


def listening(net: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """Read where to listen, which is a path for a Unix socket."""
    found = {entry.key: entry for entry in entries}
    where = found.get("http.addr")
    if net == "unix":
        if where is None:
            source = found["http.net"].source
            raise ConfigError(f"{source}: http.addr is missing: it must be the path of a socket")
        return {"socket": where.read(socket_path)}
    if where is None:
        return {}
    host, port = where.read(address)
    return {"host": host, "port": port}


def check_tls(fields: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    """Refuse half of what TLS needs: the server would else answer without it."""
    keys = {"tls_certificate": "http.tls.certificate", "tls_key": "http.tls.key"}
    missing = [key for field, key in keys.items() if not fields.get(field)]
    given = [entry for entry in entries if entry.key.startswith("http.tls.") and entry.value]
    if missing and given:
        names = " and ".join(missing)
        raise ConfigError(f"{given[0].source}: {given[0].key} is of no use without {names}")
    suites = fields.get("tls_suites")
    if suites and not for_openssl(suites) and fields.get("tls_minimum") != "tls1.3":
        problem = "names no suite of TLS 1.2: let http.tls.minimumtls be tls1.3"
        raise ConfigError(f"{given[0].source}: http.tls.ciphersuites {problem}")
    for entry in entries:
        if entry.key.startswith("http.tls.client") and not fields.get("tls_client_authorities"):
            raise ConfigError(f"{entry.source}: {entry.key}: http.tls.clientcas names no authority")


def check_metrics(fields: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    """Refuse metrics that nobody could ever read."""
    asking = [each for each in entries if each.key == "http.debug.prometheus.enabled"]
    if fields.get("debug.metrics") and fields.get("debug.address") is None:
        raise ConfigError(
            f"{asking[0].source}: {asking[0].key} is of no use without http.debug.addr"
        )
