"""What is told when the registry is ready: where it listens, where the data is, how to push."""

import os
import socket
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from storagedriver import __version__
from storagedriver.factory import configured
from storagedriver.parameters import parameters_in
from storagedriver.registry.binding import Sockets
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.values import TLS_CLIENTS
from storagedriver.registry.lines import Lines
from storagedriver.registry.listening import authority, is_loopback, reachable


class Storage(NamedTuple):
    """What is told of the storage: the driver's name, and whether it can be written to."""

    driver: str
    writable: bool


def announce(config: Config, sockets: Sockets, log: Lines, storage: Storage) -> None:
    """Print it, and log it with what an operator should know of the configuration."""
    show(announcement(config, storage.driver, sockets.registry))
    for note in config.notes:
        log.event("info", "ignored", [("message", note)])
    for each in sockets.debug:
        log.event("info", "debugging", [("address", authority(*each.getsockname()[:2]))])
    for each in sockets.registry:
        address = each.getsockname()
        is_path = isinstance(address, str)
        where = ("address", address if is_path else authority(*address[:2]))
        log.event("info", "listening", [where, ("driver", storage.driver)])
        is_local = is_path or is_loopback(address[0])
        if not is_local and config.auth is None and not _knows_clients(config):
            message = (
                "whoever reaches this address may read and write: nobody is asked for a password"
            )
            log.event("warning", "open", [where, ("message", message)])
    if config.read_only or not storage.writable:
        why = "it is configured so" if config.read_only else "the storage cannot be written to"
        message = f"{why}: pushes and deletes are refused"
        log.event("warning", "read-only", [("message", message)])


def _knows_clients(config: Config) -> bool:
    """Tell whether who connects has to show a certificate."""
    has_to = TLS_CLIENTS[config.tls_clients] is ssl.CERT_REQUIRED
    return has_to and bool(config.tls_client_authorities)


def announcement(config: Config, driver: str, sockets: Sequence[socket.socket]) -> str:
    """Write the lines that are printed, for a driver that is open and sockets that are bound."""
    if config.socket is not None:
        return (
            f"storagedriver {__version__}: a registry on the socket {config.socket}, "
            f"storing in {place(config)} ({driver})\n"
            f"  ask:  curl --unix-socket {config.socket} http://localhost{config.prefix}/v2/\n"
            f"  stop: Ctrl-C\n"
        )
    names = [each.getsockname()[:2] for each in sockets]
    is_secure = config.tls_certificate is not None
    scheme = "https" if is_secure else "http"
    podman, skopeo = ("", "") if is_secure else ("--tls-verify=false ", "--dest-tls-verify=false ")
    urls = " and ".join(f"{scheme}://{authority(*name)}{config.prefix}" for name in names)
    host, port = names[0]
    here = authority(reachable(host), port)
    return (
        f"storagedriver {__version__}: a registry on {urls}, "
        f"storing in {place(config)} ({driver})\n"
        f"  push: podman push {podman}IMAGE {here}/NAME:TAG\n"
        f"        skopeo copy {skopeo}docker://alpine docker://{here}/alpine\n"
        f"  stop: Ctrl-C\n"
    )


def place(config: Config) -> str:
    """Say where the data is, without secrets."""
    if config.driver.startswith(("file:", "local:")):
        # As it was understood: one slash fewer, and a URL leads somewhere else.
        record: Any = configured(config.driver, config.parameters).parameters
        return str(Path(record.rootdirectory).absolute())
    if ":" in config.driver:
        url = urlsplit(config.driver)
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
    if config.driver == "filesystem":
        return str(Path(config.parameters["rootdirectory"]).absolute())
    record = configured(config.driver, config.parameters).parameters
    shown = [each.name for each in parameters_in(type(record)) if not each.is_secret]
    given = [f"{name}={value}" for name, value in config.parameters.items() if name in shown]
    return ", ".join(given) or config.driver


def show(text: str) -> None:
    """Print to standard output, at once; whether anybody still reads it matters to nobody."""
    try:
        print(text, end="", flush=True)  # noqa: T201 - this is what the command prints
    except OSError:
        # What could not be written would be tried again, and fail, when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
