"""The connections of a driver, and what it proves itself with.

They are azure-storage-blob's own, not adlfs's: each filesystem of adlfs lives until the process
ends, with its client and a thread; it prefers what the environment has to what it is given, and has
no setting for retries.
"""

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import ClientSecretCredential, DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient

from storagedriver.drivers.azure.client import CHUNK, Client, Transport, proxy_of
from storagedriver.drivers.azure.parameters import MAX_PUT, AzureParameters
from storagedriver.drivers.azure.reading import AT_ONCE
from storagedriver.drivers.azure.signing import Signer
from storagedriver.drivers.objectstore.calls import Calls
from storagedriver.errors import DriverConfigurationError
from storagedriver.retry import Retries, RetryPolicy

# The library logs each request, with all its headers, as if it were news.
_LOGGED: dict[str, Any] = {"http_logging_level": logging.DEBUG}


@dataclass(frozen=True, slots=True)
class Session:
    """A service and its container. `stack` is what has to be closed."""

    service: BlobServiceClient
    client: Client
    signer: Signer
    stack: AsyncExitStack

    async def aclose(self) -> None:
        """Close all connections."""
        await self.stack.aclose()


async def open_session(parameters: AzureParameters) -> Session:
    """Return the connections for these parameters; nothing is sent yet.

    Raises `DriverConfigurationError` for a key or a connection string that cannot be read.
    """
    stack = AsyncExitStack()
    try:
        return await _connected(parameters, stack)
    except BaseException:
        await stack.aclose()
        raise


async def _connected(parameters: AzureParameters, stack: AsyncExitStack) -> Session:
    credential = await _credential(parameters, stack)
    service = await _service(parameters, credential, stack)
    policy = RetryPolicy(attempts=parameters.retries + 1, seconds=parameters.retryseconds)
    calls = Calls(
        Retries(policy), most=parameters.maxconnections, pool_timeout=parameters.pooltimeout
    )
    container = service.get_container_client(parameters.container)
    client = Client(container, calls, read_timeout=parameters.readtimeout)
    has_token = hasattr(credential, "get_token")
    signer = Signer(service, client, parameters, has_token=has_token)
    return Session(service, client, signer, stack)


async def _credential(
    parameters: AzureParameters, stack: AsyncExitStack
) -> str | AzureNamedKeyCredential | AsyncTokenCredential | None:
    """Return what proves who asks; None if the connection string has it."""
    if parameters.connectionstring:
        return None
    if parameters.accountkey:
        return AzureNamedKeyCredential(parameters.accountname, parameters.accountkey)
    if parameters.sastoken:
        return parameters.sastoken.lstrip("?")
    if parameters.credentials_secret:
        return await stack.enter_async_context(
            ClientSecretCredential(
                parameters.credentials_tenantid,
                parameters.credentials_clientid,
                parameters.credentials_secret,
                **_LOGGED,
            )
        )
    named = {"managed_identity_client_id": parameters.credentials_clientid}
    chosen = named if parameters.credentials_clientid else {}
    return await stack.enter_async_context(DefaultAzureCredential(**chosen, **_LOGGED))


async def _service(
    parameters: AzureParameters,
    credential: str | AzureNamedKeyCredential | AsyncTokenCredential | None,
    stack: AsyncExitStack,
) -> BlobServiceClient:
    http = await stack.enter_async_context(
        ClientSession(
            connector=TCPConnector(limit=parameters.maxconnections),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
        )
    )
    # Attempts are counted once, by `Retries`: aiohttp sends again what a cut connection has sent,
    # unseen, so that a conditional put would be refused for what it has done itself.
    http._retry_connection = False  # noqa: SLF001  # it has no public name
    transport = Transport(
        session=http,
        session_owner=False,
        connection_timeout=parameters.connecttimeout,
        read_timeout=parameters.readtimeout,
        # 4 KiB otherwise: the library asks for more only of a transport that it makes itself.
        connection_data_block_size=CHUNK,
        connection_verify=not parameters.skipverify,
    )
    service = _made(parameters, credential, transport)
    # Found once: with `trust_env`, aiohttp looks for it in a thread, for each request.
    transport.proxy = proxy_of(service.url)
    return service


def _made(
    parameters: AzureParameters,
    credential: str | AzureNamedKeyCredential | AsyncTokenCredential | None,
    transport: Transport,
) -> BlobServiceClient:
    options: dict[str, Any] = {
        "transport": transport,
        "retry_total": 0,
        **_LOGGED,
        "max_single_put_size": MAX_PUT,
        "max_single_get_size": AT_ONCE,
        "max_chunk_get_size": AT_ONCE,
    }
    try:
        if parameters.connectionstring:
            text = parameters.connectionstring
            return BlobServiceClient.from_connection_string(text, **options)
        return BlobServiceClient(parameters.url, credential, **options)
    except ValueError as error:
        raise DriverConfigurationError(f"the account cannot be reached as given: {error}") from None
