"""What the driver is opened with, under Docker's names, or by an `az:` URL."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from storagedriver.drivers.objectstore.roots import check_root
from storagedriver.parameters import read_parameters

KIB = 1 << 10
MIB = 1 << 20
MIN_PART = 64 * KIB
MAX_PART = 4000 * MIB
MAX_PUT = 5000 * MIB
MAX_PARTS = 50_000

Credentials = Literal["", "client_secret", "shared_key", "default_credentials"]

_CONTAINER = re.compile(r"\$root|[a-z0-9](?:-?[a-z0-9]){2,62}")
# What fsspec names a container by, with its account.
_HOST = re.compile(r"([a-z0-9]+)\.(?:blob|dfs)\.(.+)")
_OURS = {"container", "rootdirectory"}


def _is(help: str, *, secret: bool = False) -> dict[str, object]:  # noqa: A002  # the field's name
    return {"help": help, "secret": secret}


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureParameters:
    """The container, how to reach it, and how hard to work on it. Sizes are in bytes."""

    container: str = field(metadata=_is("the container, which exists"))
    rootdirectory: str = field(default="", metadata=_is("what all names of blobs begin with"))
    accountname: str = field(
        default="", metadata=_is("the storage account; not needed with a connectionstring")
    )
    accountkey: str = field(default="", metadata=_is("the account's key", secret=True))
    connectionstring: str = field(
        default="", metadata=_is("account, credentials and address in one", secret=True)
    )
    sastoken: str = field(default="", metadata=_is("a shared access signature", secret=True))
    credentials_type: Credentials = field(
        default="", metadata=_is("unset: what is given tells, or else default_credentials")
    )
    credentials_clientid: str = field(
        default="", metadata=_is("of an application, or of a managed identity")
    )
    credentials_tenantid: str = field(default="", metadata=_is("of an application"))
    credentials_secret: str = field(default="", metadata=_is("of an application", secret=True))
    realm: str = field(default="core.windows.net", metadata=_is("the cloud's domain"))
    serviceurl: str = field(
        default="", metadata=_is("the service's URL; unset: https://ACCOUNTNAME.blob.REALM")
    )
    redirectendpoint: str = field(
        default="", metadata=_is("the URL that clients reach the service by, for redirects")
    )
    skipverify: bool = field(default=False, metadata=_is("trust any certificate"))
    chunksize: int = field(default=10 * MIB, metadata=_is("of a part of a file that is written"))
    writerparts: int = field(default=4, metadata=_is("parts that one writer holds in memory"))
    maxconnections: int = field(default=64, metadata=_is("requests at once"))
    connecttimeout: float = field(default=5.0, metadata=_is("seconds until a connection is there"))
    readtimeout: float = field(default=60.0, metadata=_is("seconds without a byte of an answer"))
    pooltimeout: float = field(default=60.0, metadata=_is("seconds until a connection is free"))
    retries: int = field(default=4, metadata=_is("how often what may succeed is tried again"))
    retryseconds: float = field(default=60.0, metadata=_is("for how long it is tried again"))
    copyseconds: float = field(
        default=3600.0, metadata=_is("how long the service may take to copy a file")
    )
    probe: Literal["auto", "off"] = field(
        default="auto", metadata=_is("try at open what may be done; off: everything")
    )
    max_retries: int = field(
        default=5, metadata=_is("taken for Docker's sake; copies are awaited to their end")
    )
    retry_delay: str = field(default="100ms", metadata=_is("taken for Docker's sake; see retries"))

    def __post_init__(self) -> None:
        """Raise `ValueError` for a value that cannot be used."""
        if not _CONTAINER.fullmatch(self.container):
            raise ValueError(
                "container has 3 to 63 small letters, digits and single '-', "
                f"not {self.container!r}"
            )
        check_root(self.prefix)
        self._check_credentials()
        self._check_urls()
        self._check_numbers()

    @property
    def prefix(self) -> str:
        """What all keys begin with: the root directory and a slash, or nothing."""
        root = self.rootdirectory.strip("/")
        return f"{root}/" if root else ""

    @property
    def url(self) -> str:
        """The service's URL, unless a connection string tells it."""
        return self.serviceurl or f"https://{self.accountname}.blob.{self.realm}"

    def _check_credentials(self) -> None:
        given = [
            name
            for name in ("connectionstring", "accountkey", "sastoken", "credentials_secret")
            if getattr(self, name)
        ]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: give one")
        if self.connectionstring:
            _check_connection_string(self.connectionstring)
        if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", self.accountkey) or len(self.accountkey) % 4:
            raise ValueError("accountkey is in base64, as the account's page shows it")
        if self.sastoken and "sig=" not in self.sastoken:
            raise ValueError("sastoken is as sv=...&sig=..., what follows the '?' of a URL")
        if not self.connectionstring and not self.accountname:
            raise ValueError("accountname is missing: give it, or a connectionstring")
        if self.credentials_type == "shared_key" and not self.accountkey:
            raise ValueError("credentials_type shared_key needs accountkey")
        if self.credentials_type in {"client_secret", "default_credentials"} and (
            self.connectionstring or self.accountkey or self.sastoken
        ):
            raise ValueError(f"credentials_type {self.credentials_type} excludes {given[0]}")
        is_application = self.credentials_type == "client_secret" or self.credentials_secret
        if is_application and not (
            self.credentials_clientid and self.credentials_tenantid and self.credentials_secret
        ):
            raise ValueError(
                "credentials_clientid, credentials_tenantid and credentials_secret "
                "are given together"
            )

    def _check_urls(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", self.realm):
            raise ValueError(f"realm is a domain as core.windows.net, not {self.realm!r}")
        if self.connectionstring and self.serviceurl:
            raise ValueError("connectionstring has the serviceurl: give one of them")
        for name in ("serviceurl", "redirectendpoint"):
            url = getattr(self, name) or "https://azure"
            split = urlsplit(url)
            if split.scheme not in {"http", "https"} or not split.hostname:
                raise ValueError(f"{name} is a URL as https://storage.example.com, not {url!r}")
            if split.query or split.fragment or split.username:
                raise ValueError(f"{name} has neither user, query nor fragment")

    def _check_numbers(self) -> None:
        for name, least, most in (
            ("chunksize", MIN_PART, MAX_PART),
            ("writerparts", 2, 1000),
            ("maxconnections", 2, 10_000),
            ("retries", 0, 100),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} is from {least} to {most}, not {value}")
        for name in ("connecttimeout", "readtimeout", "pooltimeout", "retryseconds", "copyseconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is a number of seconds, more than 0")


def from_url(url: str) -> AzureParameters:
    """Read `az://container/root/directory?accountname=images`, other parameters behind the `?`.

    `abfs://container@account.dfs.core.windows.net/root/directory`, as fsspec's users write it,
    names the account too. Raises `ValueError` for a URL that has no container, for secrets in it,
    and for a parameter that is unknown, wrong or given twice.
    """
    split = urlsplit(url)
    if split.fragment or ":" in split.netloc:
        raise ValueError("the URL has neither secrets, port nor fragment: give them as parameters")
    given = parse_qsl(split.query, keep_blank_values=True)
    values: dict[str, object] = dict(given)
    if len(values) < len(given):
        raise ValueError("a parameter is given twice in the URL")
    place = _place(split.netloc)
    if (_OURS | place.keys()) & values.keys():
        raise ValueError("container, account and rootdirectory are the URL's host and path")
    values |= {**place, "rootdirectory": unquote(split.path)}
    return read_parameters(AzureParameters, values)


def _place(netloc: str) -> dict[str, object]:
    """Return the parameters that the part before a URL's path tells."""
    container, _, host = netloc.partition("@")
    if not container:
        raise ValueError("the URL names no container: az://container/root/directory")
    if not host:
        return {"container": container}
    names = _HOST.fullmatch(host)
    if names is None:
        raise ValueError("what follows '@' in the URL is as account.blob.core.windows.net")
    return {"container": container, "accountname": names[1], "realm": names[2]}


def _check_connection_string(text: str) -> None:
    pairs = [pair.partition("=") for pair in text.strip().rstrip(";").split(";")]
    names = {name.strip().lower() for name, _, value in pairs if value}
    known = {"accountname", "blobendpoint", "usedevelopmentstorage"}
    if len(names) < len(pairs) or not known & names:
        raise ValueError("connectionstring is as AccountName=...;AccountKey=...;BlobEndpoint=...")
