"""`cloudfront`: files are read from Amazon's CloudFront, by URLs that are signed for a while."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from storagedriver.errors import DriverConfigurationError
from storagedriver.middleware.around import AroundDriver
from storagedriver.middleware.redirect import METHODS
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support

Sign = Callable[[bytes], bytes]

# What CloudFront takes in a query in place of what has a meaning there.
_IN_QUERIES = bytes.maketrans(b"+=/", b"-_~")
_RANGES = "none"
_INSTEAD = (
    "AWS's address ranges are not fetched here: leave it out, and run a second registry without "
    "this middleware for clients inside AWS"
)


class CloudFrontDriver(AroundDriver):
    """Gives URLs that are `base`, without a slash at its end, and the file's key, signed.

    They say what CloudFront calls a canned policy: that this one file may be read until they
    expire, `seconds` from when they are given. `sign` signs it, and `key_pair` names the key for
    that. `now` tells the time, in seconds since 1970.
    """

    def __init__(
        self,
        driver: StorageDriver,
        base: str,
        *,
        key_pair: str,
        sign: Sign,
        seconds: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(driver)
        self._base = base
        self._key_pair = key_pair
        self._sign = sign
        self._seconds = seconds
        self._now = now
        self._key = _key_of(driver)

    @property
    def capabilities(self) -> Capabilities:
        """What the inner driver can do, and redirects."""
        return replace(self.driver.capabilities, redirect=Support.NATIVE)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return the file's URL for reading, for as long as is configured if that is longer."""
        if method not in METHODS:
            return None
        url = f"{self._base}/{quote(self._key(path))}"
        end = int(self._now() + max(self._seconds, expires_in))
        signature = base64.b64encode(self._sign(policy(url, end))).translate(_IN_QUERIES).decode()
        return f"{url}?Expires={end}&Signature={signature}&Key-Pair-Id={self._key_pair}"


def policy(url: str, end: int) -> bytes:
    """Write, to the byte as it is signed, that a URL is good until a second since 1970."""
    until = {"DateLessThan": {"AWS:EpochTime": end}}
    statement = {"Statement": [{"Resource": url, "Condition": until}]}
    return json.dumps(statement, separators=(",", ":")).encode()


def _key_of(driver: StorageDriver) -> Callable[[str], str]:
    """Return what tells the key of a file's object; where there are no objects, it is the path."""
    inner: object = driver
    while inner is not None:
        key = getattr(inner, "object_key", None)
        if key is not None:
            return key  # type: ignore[no-any-return]  # it is outside of the contract
        inner = getattr(inner, "unguarded", None) or getattr(inner, "driver", None)
    return lambda path: path.removeprefix("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFrontParameters:
    """Where files are read, and what signs their URLs. Raises `ValueError` for what cannot be."""

    baseurl: str = field(metadata={"help": "what URLs begin with: the distribution's host"})
    privatekey: Path = field(metadata={"help": "the file of an RSA key, in PEM"})
    keypairid: str = field(metadata={"help": "the id of its public key at CloudFront"})
    duration: timedelta = field(
        default=timedelta(minutes=20), metadata={"help": "how long a URL is good for"}
    )
    ipfilteredby: str = field(default=_RANGES, metadata={"help": "none"})
    awsregion: str | None = None
    updatefrequency: str | None = None
    iprangesurl: str | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without the key."""
        parts = urlsplit(self.base)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("baseurl must be https:// and a host, without a user")
        if parts.query or parts.fragment:
            raise ValueError("baseurl must have no query and no fragment: keys are added to it")
        if not self.keypairid.isalnum() or not self.keypairid.isascii():
            raise ValueError("keypairid must be the id of a public key, of letters and digits")
        if self.ipfilteredby not in {"", _RANGES}:
            raise ValueError(f"ipfilteredby must be none, not {self.ipfilteredby!r}: {_INSTEAD}")
        for name in ("awsregion", "updatefrequency", "iprangesurl"):
            if getattr(self, name):
                raise ValueError(f"{name} is not supported: {_INSTEAD}")

    @property
    def base(self) -> str:
        """What URLs begin with, `https://` if that is left out, without a slash at its end."""
        whole = self.baseurl if "://" in self.baseurl else f"https://{self.baseurl}"
        return whole.rstrip("/")


class CloudFrontFactory:
    """Send who reads a file to CloudFront."""

    contract = 1
    parameters = CloudFrontParameters

    def wrap(self, driver: StorageDriver, parameters: CloudFrontParameters) -> StorageDriver:
        """Put it around a driver. Raises `DriverConfigurationError` for a key that is of no use."""
        return CloudFrontDriver(
            driver,
            parameters.base,
            key_pair=parameters.keypairid,
            sign=_signing(parameters.privatekey),
            seconds=parameters.duration.total_seconds(),
        )


def _signing(file: Path) -> Sign:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        message = f"privatekey: {file} cannot be read: {error.strerror}"
        raise DriverConfigurationError(message, driver="cloudfront") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = f"privatekey: {file} has no private key in PEM without a password"
        raise DriverConfigurationError(message, driver="cloudfront") from error
    if not isinstance(key, RSAPrivateKey):
        message = f"privatekey: {file} has no RSA key, and CloudFront's signatures are of such"
        raise DriverConfigurationError(message, driver="cloudfront")
    return lambda content: key.sign(content, PKCS1v15(), SHA1())  # noqa: S303 - CloudFront takes no other
