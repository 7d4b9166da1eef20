"""The HTTP connections of the client: each request is sent once.

Importing this imports aiobotocore.
"""

from aiobotocore.httpsession import AIOHTTPSession  # type: ignore[import-untyped] # it has none
from aiohttp import ClientSession


class OnceSession(AIOHTTPSession):  # type: ignore[misc] # it has no types
    """Sends nothing again by itself.

    aiohttp does, when a connection that was used before is cut: unseen, so that a conditional put
    whose answer was lost would be refused for what it has done itself.
    """

    async def _get_session(self, proxy_url: str | None) -> ClientSession:
        session: ClientSession = await super()._get_session(proxy_url)
        session._retry_connection = False  # noqa: SLF001  # it has no public name
        return session
