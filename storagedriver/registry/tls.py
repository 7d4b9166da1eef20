"""TLS: the certificate that the server shows, and those that it asks clients for."""

import ssl
from collections.abc import Callable
from functools import partial

from storagedriver.registry.ciphersuites import for_openssl
from storagedriver.registry.configuration.config import Config, ConfigError
from storagedriver.registry.configuration.values import TLS_CLIENTS, TLS_VERSIONS


def context(config: Config) -> ssl.SSLContext | None:
    """Load what a configuration names; None if it says nothing of TLS.

    Raises `ConfigError`, which names the key, for a file that cannot be used.
    """
    if config.tls_certificate is None or config.tls_key is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = TLS_VERSIONS[config.tls_minimum]
    if suites := for_openssl(config.tls_suites):
        made.set_ciphers(suites)
    chain = (config.tls_certificate, config.tls_key)
    load = partial(made.load_cert_chain, *chain, password=_refuse)
    _load("http.tls.certificate, http.tls.key", load, chain)
    for file in config.tls_client_authorities:
        _load("http.tls.clientcas", partial(made.load_verify_locations, file), (file,))
    if config.tls_client_authorities:
        made.verify_mode = TLS_CLIENTS[config.tls_clients]
    made.set_alpn_protocols(["http/1.1"])
    return made


def _refuse() -> bytes:
    # Without it, the terminal would be asked.
    raise ConfigError("http.tls.key: it has a passphrase: give a key without one")


def _load(key: str, load: Callable[[], None], files: tuple[str, ...]) -> None:
    names = " and ".join(files)
    try:
        load()
    except ssl.SSLError as error:
        reason = error.reason or "this is no certificate or key in PEM"
        raise ConfigError(f"{key}: {names}: {reason.lower().replace('_', ' ')}") from error
    except OSError as error:
        raise ConfigError(f"{key}: {names}: cannot be read: {error.strerror}") from error
