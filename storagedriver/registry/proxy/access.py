"""How the mirror is let in: tokens that realms give, or a password."""

import base64
import json
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import httpx

from storagedriver.registry.proxy.answers import begun, check_status, reaching, whole
from storagedriver.registry.proxy.challenges import Challenge, challenges
from storagedriver.registry.proxy.errors import UpstreamDeniedError, UpstreamError
from storagedriver.registry.proxy.settings import Proxy

MOST_TOKENS = 1000

_LIFETIME = 60.0  # seconds, where a realm does not say
_LONGEST_LIFETIME = 24 * 3600.0
_LARGEST = 2**20
_TOKEN = re.compile(r"[!-~]+")
_WELL_KNOWN = {"registry-1.docker.io": "auth.docker.io"}
_log = logging.getLogger(__name__)


class Access:
    """What the requests to the mirrored registry carry as `Authorization`.

    The tokens of the `most` repositories that were asked for last are remembered until shortly
    before they expire. `now` counts seconds.
    """

    def __init__(
        self,
        settings: Proxy,
        client: httpx.AsyncClient,
        *,
        most: int = MOST_TOKENS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._most = most
        self._now = now
        self._url = httpx.URL(settings.url)
        own = self._url.netloc.decode()
        self._trusted = {own, _WELL_KNOWN.get(own, own), *settings.auth_hosts}
        self._password: str | None = None
        if settings.username is not None:
            pair = f"{settings.username}:{settings.password}".encode()
            self._password = f"Basic {base64.b64encode(pair).decode()}"
        self._wants_password = False
        self._tokens: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def held(self, name: str) -> str | None:
        """Return what is known to let requests for a repository in, if anything is."""
        if self._wants_password:
            return self._password
        token, end = self._tokens.get(name, ("", 0.0))
        return f"Bearer {token}" if self._now() < end else None

    async def obtained(self, name: str, headers: Sequence[str]) -> str:
        """Do what a refusal's headers ask for, and return what to try again with.

        Raises `UpstreamDeniedError` where nothing can be done, `UpstreamUnavailableError` where
        the realm does not answer.
        """
        asked = challenges(headers)
        for challenge in asked:
            if challenge.scheme == "bearer" and "realm" in challenge.parameters:
                return await self._token(name, challenge)
        if self._password is None or not any(each.scheme == "basic" for each in asked):
            _log.warning("the mirrored registry asks for what the mirror does not have")
            raise UpstreamDeniedError
        self._wants_password = True
        return self._password

    async def _token(self, name: str, challenge: Challenge) -> str:
        realm, headers = self._realm(challenge.parameters["realm"])
        wanted = {"scope": challenge.parameters.get("scope", f"repository:{name}:pull")}
        if "service" in challenge.parameters:
            wanted["service"] = challenge.parameters["service"]
        url = realm.copy_merge_params(wanted)
        async with reaching(realm), begun(self._client, "GET", url, headers) as answer:
            check_status(answer)
            if answer.status_code != httpx.codes.OK:
                raise UpstreamError("the realm of the mirrored registry gives no tokens")
            content = await whole(answer, _LARGEST)
        token, lifetime = _read(content)
        self._tokens[name] = (token, self._now() + lifetime * 0.9)
        self._tokens.move_to_end(name)
        while len(self._tokens) > self._most:
            self._tokens.popitem(last=False)
        return f"Bearer {token}"

    def _realm(self, text: str) -> tuple[httpx.URL, dict[str, str]]:
        """Read where tokens are to be had, and what is sent there.

        A password goes where the configuration says, and is never sent in the clear for a registry
        that is asked by TLS.
        """
        try:
            realm = httpx.URL(text)
            is_asked = realm.scheme in ("https", self._url.scheme) and realm.host != ""
        except (httpx.InvalidURL, ValueError) as error:
            raise UpstreamError("the realm of the mirrored registry is no URL") from error
        if not is_asked:
            raise UpstreamError("the realm of the mirrored registry is not asked without TLS")
        if self._password is None:
            return realm, {}
        host = realm.netloc.decode()
        if host in self._trusted:
            return realm, {"authorization": self._password}
        _log.warning(
            "the mirrored registry gives tokens at %s, which proxy.authhosts does not name: "
            "the password is not sent there",
            host,
        )
        return realm, {}


def _read(content: bytes) -> tuple[str, float]:
    """Read a token, and how many seconds it is good for."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    fields = value if isinstance(value, dict) else {}
    token, lifetime = fields.get("token") or fields.get("access_token"), fields.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UpstreamError("the realm of the mirrored registry gave no token")
    if not isinstance(lifetime, int | float) or not 0 < lifetime < float("inf"):
        lifetime = _LIFETIME
    return token, min(lifetime, _LONGEST_LIFETIME)
