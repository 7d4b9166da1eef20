"""What the driver is opened with, under Docker's names, or by an `s3:` URL."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from storagedriver.drivers.objectstore.roots import check_root
from storagedriver.parameters import read_parameters

MIB = 1 << 20
GIB = 1 << 30
MIN_PART = 5 * MIB
MAX_PART = 5 * GIB

StorageClass = Literal[
    "STANDARD",
    "NONE",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "OUTPOSTS",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
]
Acl = Literal[
    "private",
    "public-read",
    "public-read-write",
    "aws-exec-read",
    "authenticated-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
]


def _is(help: str, *, secret: bool = False) -> dict[str, object]:  # noqa: A002  # the field's name
    return {"help": help, "secret": secret}


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Parameters:
    """The bucket, how to reach it, and how hard to work on it. Sizes are in bytes."""

    bucket: str = field(metadata=_is("the bucket, which exists"))
    rootdirectory: str = field(default="", metadata=_is("what all keys begin with"))
    region: str = field(default="", metadata=_is("the bucket's region; unset: as AWS's tools find"))
    regionendpoint: str = field(default="", metadata=_is("the URL of a service that is not AWS"))
    redirectendpoint: str = field(
        default="", metadata=_is("the URL that clients reach the service by, for redirects")
    )
    forcepathstyle: bool | None = field(
        default=None, metadata=_is("bucket in the path; unset: with a regionendpoint")
    )
    accesskey: str = field(default="", metadata=_is("unset: as AWS's tools find credentials"))
    secretkey: str = field(default="", metadata=_is("belongs to accesskey", secret=True))
    sessiontoken: str = field(default="", metadata=_is("of temporary credentials", secret=True))
    secure: bool = field(default=True, metadata=_is("HTTPS where an endpoint has no scheme"))
    skipverify: bool = field(default=False, metadata=_is("trust any certificate"))
    v4auth: bool = field(default=True, metadata=_is("only true: requests are signed by version 4"))
    usedualstack: bool = field(default=False, metadata=_is("AWS: IPv6 too"))
    accelerate: bool = field(default=False, metadata=_is("AWS: transfer acceleration"))
    usefipsendpoint: bool = field(default=False, metadata=_is("AWS: FIPS endpoints"))
    useragent: str = field(default="", metadata=_is("added to the User-Agent"))
    encrypt: bool = field(default=False, metadata=_is("encrypt objects on the server"))
    keyid: str = field(default="", metadata=_is("the KMS key to encrypt with; unset: AES256"))
    storageclass: StorageClass = field(
        default="STANDARD", metadata=_is("of new objects; STANDARD and NONE say nothing")
    )
    objectacl: Acl = field(default="private", metadata=_is("of new objects; private says nothing"))
    chunksize: int = field(default=10 * MIB, metadata=_is("of a part of a file that is written"))
    writerparts: int = field(default=4, metadata=_is("parts that one writer holds in memory"))
    multipartcopythresholdsize: int = field(
        default=32 * MIB, metadata=_is("up to which a file is copied in one request")
    )
    multipartcopychunksize: int = field(default=32 * MIB, metadata=_is("of a part of a copy"))
    multipartcopymaxconcurrency: int = field(
        default=100, metadata=_is("parts of a file that are copied at once")
    )
    maxconnections: int = field(default=64, metadata=_is("requests and open readers at once"))
    connecttimeout: float = field(default=5.0, metadata=_is("seconds until a connection is there"))
    readtimeout: float = field(default=60.0, metadata=_is("seconds without a byte of an answer"))
    pooltimeout: float = field(default=60.0, metadata=_is("seconds until a connection is free"))
    retries: int = field(default=4, metadata=_is("how often what may succeed is tried again"))
    retryseconds: float = field(default=60.0, metadata=_is("for how long it is tried again"))
    probe: Literal["auto", "off"] = field(
        default="auto", metadata=_is("try at open what the service can; off: it is like AWS")
    )
    loglevel: str = field(
        default="off", metadata=_is("taken for Docker's sake; Python's logging has botocore's")
    )

    def __post_init__(self) -> None:
        """Raise `ValueError` for a value that cannot be used."""
        if not re.fullmatch(r"[A-Za-z0-9._:/-]{3,255}", self.bucket):
            raise ValueError(f"bucket is the name of a bucket, not {self.bucket!r}")
        check_root(self.prefix)
        if bool(self.accesskey) != bool(self.secretkey):
            raise ValueError("accesskey and secretkey are given together, or neither")
        if self.sessiontoken and not self.accesskey:
            raise ValueError("sessiontoken needs accesskey and secretkey")
        if not self.v4auth:
            raise ValueError("v4auth is true: older signatures are not supported")
        if self.keyid and not self.encrypt:
            raise ValueError("keyid needs encrypt")
        self._check_endpoints()
        self._check_numbers()

    @property
    def prefix(self) -> str:
        """What all keys begin with: the root directory and a slash, or nothing."""
        root = self.rootdirectory.strip("/")
        return f"{root}/" if root else ""

    @property
    def endpoint(self) -> str | None:
        """The service's URL, None for AWS."""
        return self._url(self.regionendpoint)

    @property
    def public_endpoint(self) -> str | None:
        """The URL by which clients reach the service."""
        return self._url(self.redirectendpoint) or self.endpoint

    def _url(self, endpoint: str) -> str | None:
        if not endpoint or "://" in endpoint:
            return endpoint or None
        return f"{'https' if self.secure else 'http'}://{endpoint}"

    def _check_endpoints(self) -> None:
        for name in ("regionendpoint", "redirectendpoint"):
            url = self._url(getattr(self, name))
            split = urlsplit(url or "https://aws")
            if split.scheme not in {"http", "https"} or not split.hostname:
                raise ValueError(f"{name} is a URL as https://storage.example.com, not {url!r}")
            if split.query or split.fragment or split.username:
                raise ValueError(f"{name} has neither user, query nor fragment")

    def _check_numbers(self) -> None:
        for name, least, most in (
            ("chunksize", MIN_PART, MAX_PART),
            ("multipartcopychunksize", MIN_PART, MAX_PART),
            ("multipartcopythresholdsize", 0, MAX_PART),
            ("multipartcopymaxconcurrency", 1, 1000),
            ("writerparts", 2, 1000),
            ("maxconnections", 2, 10_000),
            ("retries", 0, 100),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} is from {least} to {most}, not {value}")
        for name in ("connecttimeout", "readtimeout", "pooltimeout", "retryseconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is a number of seconds, more than 0")


def from_url(url: str) -> S3Parameters:
    """Read `s3://bucket/root/directory?region=eu-central-1`, other parameters behind the `?`.

    Raises `ValueError` for a URL that has no bucket, for secrets in it, and for a parameter that is
    unknown, wrong or given twice.
    """
    split = urlsplit(url)
    if not split.netloc:
        raise ValueError("the URL names no bucket: s3://bucket/root/directory")
    if split.username or split.password or split.fragment:
        raise ValueError("the URL has neither credentials nor a fragment: give them as parameters")
    given = parse_qsl(split.query, keep_blank_values=True)
    values: dict[str, object] = dict(given)
    if len(values) < len(given):
        raise ValueError("a parameter is given twice in the URL")
    if {"bucket", "rootdirectory"} & values.keys():
        raise ValueError("bucket and rootdirectory are the URL's host and path")
    values |= {"bucket": split.netloc, "rootdirectory": unquote(split.path)}
    return read_parameters(S3Parameters, values)
