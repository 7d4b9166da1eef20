"""Shared access signatures: URLs that let whoever has them read one blob, for a while."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient

from storagedriver.drivers.azure.client import Client
from storagedriver.drivers.azure.parameters import AzureParameters

LONGEST: Final = timedelta(days=7)
"""The service signs keys of users for no longer."""

# A key is asked for again when it holds no longer than this: an hour, as clocks differ.
_RENEWED = timedelta(hours=1)
# A signature holds from a little earlier on: this machine's clock may be ahead of the service's.
_EARLIER = timedelta(minutes=5)


class Signer:
    """Signs URLs of blobs: with the account's key, or with one that belongs to a user."""

    def __init__(
        self,
        service: BlobServiceClient,
        client: Client,
        parameters: AzureParameters,
        *,
        has_token: bool,
    ) -> None:
        self._service = service
        self._client = client
        self._container = parameters.container
        self._account = str(parameters.accountname or service.account_name or "")
        self._account_key: str | None = getattr(service.credential, "account_key", None)
        self._redirect = parameters.redirectendpoint.rstrip("/")
        self._has_token = has_token
        self._user_key: UserDelegationKey | None = None
        self._user_key_expires = datetime.min.replace(tzinfo=UTC)

    @property
    def can_sign(self) -> bool:
        """Whether there is anything to sign with, as far as is known."""
        return self._account_key is not None or self._has_token

    def give_up(self) -> None:
        """Sign with no user's key any more: none is given."""
        self._has_token = False

    async def url(self, key: str, expires_in: timedelta) -> str:
        """Return a URL to read a blob by. It is sent a request only for a user's key."""
        now = datetime.now(UTC)
        expires = now + min(expires_in, LONGEST - _EARLIER)
        url = self._client.blob(key).url
        query = generate_blob_sas(
            self._account,
            self._container,
            key,
            account_key=self._account_key,
            user_delegation_key=await self._signing_key(now, expires),
            permission=BlobSasPermissions(read=True),
            start=now - _EARLIER,
            expiry=expires,
        )
        return f"{url}?{query}"

    def public(self, url: str) -> str:
        """Return a URL as clients are to use it."""
        if not self._redirect:
            return url
        own = urlsplit(self._service.url)
        return self._redirect + url.removeprefix(f"{own.scheme}://{own.netloc}")

    async def _signing_key(self, now: datetime, expires: datetime) -> UserDelegationKey | None:
        """Return a user's key that holds long enough, None where the account's is used."""
        if self._account_key is not None:
            return None
        if self._user_key is None or self._user_key_expires < expires:
            until = min(max(expires + _RENEWED, now + timedelta(days=1)), now + LONGEST)
            self._user_key = await self._client.call(
                "make a user delegation key",
                lambda: self._service.get_user_delegation_key(now - _EARLIER, until),
            )
            self._user_key_expires = until
        return self._user_key
