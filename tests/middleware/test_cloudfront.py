"""URLs of CloudFront are what it takes: of the object's key, signed, and good for a while."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import open_driver
from storagedriver.middleware import configured, wrapped
from storagedriver.middleware.cloudfront import CloudFrontDriver, policy
from storagedriver.protocol import StorageDriver
from storagedriver.records import Support

PAIR = "K2JCJMDEHXQW5F"
END = 1_900_000_000
PATH = "/docker/registry/a b+c~d/data"
OPTIONS = {"baseurl": "https://d111111abcdef8.cloudfront.net/", "keypairid": PAIR}


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    form = PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def file(tmp_path: Path, key: rsa.RSAPrivateKey) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(key))
    return path


@pytest.fixture
def sign(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    return lambda content: key.sign(content, padding.PKCS1v15(), SHA1())


def at_the_end(driver: StorageDriver, sign: Callable[[bytes], bytes]) -> CloudFrontDriver:
    return CloudFrontDriver(
        driver,
        "https://cdn.example.org/files",
        key_pair=PAIR,
        sign=sign,
        seconds=600,
        now=lambda: END - 1200,
    )


async def test_a_url_is_signed_as_cloudfront_wants_it(sign: Callable[[bytes], bytes]) -> None:
    async with open_driver("memory") as memory:
        url = await at_the_end(memory, sign).redirect_url(PATH)

    plain = "https://cdn.example.org/files/docker/registry/a%20b%2Bc~d/data"
    theirs = CloudFrontSigner(PAIR, sign)
    moment = datetime.fromtimestamp(END, UTC)
    assert theirs.generate_presigned_url(plain, date_less_than=moment) == url


async def test_the_public_key_verifies_what_the_url_says(
    file: Path, key: rsa.RSAPrivateKey
) -> None:
    chosen = configured("cloudfront", OPTIONS | {"privatekey": str(file), "duration": "1h"})
    async with open_driver("memory") as memory:
        driver = wrapped(memory, chosen)
        url = await driver.redirect_url("/docker/data", method="HEAD")
        put = await driver.redirect_url("/docker/data", method="PUT")

    assert put is None
    assert driver.capabilities.redirect is Support.NATIVE
    assert url is not None
    resource, _, query = url.partition("?")
    fields = dict(each.split("=", 1) for each in query.split("&"))
    signature = base64.b64decode(fields["Signature"].translate(str.maketrans("-_~", "+=/")))
    signed = policy(resource, int(fields["Expires"]))
    key.public_key().verify(signature, signed, padding.PKCS1v15(), SHA1())
    assert "https://d111111abcdef8.cloudfront.net/docker/data" == resource


def test_a_policy_is_written_to_the_byte() -> None:
    assert (
        b'{"Statement":[{"Resource":"https://a/b","Condition":'
        b'{"DateLessThan":{"AWS:EpochTime":1900000000}}}]}'
    ) == policy("https://a/b", END)


class Bucket:
    """A driver that knows keys, as those of buckets do."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)

    def object_key(self, path: str) -> str:
        return f"root/directory{path}"


async def test_the_url_has_the_objects_key_with_the_root_directory(file: Path) -> None:
    chosen = [
        configured("retry", {}),
        configured("limit", {}),
        configured("cloudfront", OPTIONS | {"privatekey": str(file)}),
    ]
    async with open_driver("memory") as memory:
        url = await wrapped(Bucket(memory), *chosen).redirect_url("/a")

    assert str(url).startswith("https://d111111abcdef8.cloudfront.net/root/directory/a?Expires=")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"ipfilteredby": "awsregion"},
            "ipfilteredby must be none, not 'awsregion': AWS's address",
        ),
        ({"awsregion": "us-east-1"}, "awsregion is not supported: AWS's address ranges"),
        ({"updatefrequency": "12h"}, "updatefrequency is not supported"),
        ({"iprangesurl": "https://a.test"}, "iprangesurl is not supported"),
        ({"duration": "20"}, "'duration' takes a duration such as 30s or 1m30s, not '20'"),
        ({"duration": 20}, "'duration' takes a duration"),
        ({"baseurl": "ftp://cdn.example.org"}, "must be https:// and a host"),
        ({"baseurl": "https://cdn.example.org?a"}, "no query"),
        ({"keypairid": "a&b"}, "keypairid must be the id"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    options: dict[str, object], told: str
) -> None:
    with pytest.raises(DriverConfigurationError, match=told):
        configured("cloudfront", OPTIONS | {"privatekey": "/key.pem"} | options)


def test_dockers_other_ways_to_write_it_are_taken() -> None:
    options = {"privatekey": "/key.pem", "ipfilteredby": "none", "baseurl": "cdn.example.org"}

    chosen = configured("cloudfront", OPTIONS | options)

    assert "https://cdn.example.org" == getattr(chosen.parameters, "base", None)


async def test_a_key_that_is_of_no_use_is_told_at_the_start(
    tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    contents = {
        "cannot be read: No such file": None,
        "has no private key in PEM without a password": b"no key",
        "without a password": pem(key, BestAvailableEncryption(b"secret")),
        "has no RSA key": pem(ec.generate_private_key(ec.SECP256R1())),
    }
    async with open_driver("memory") as memory:
        for number, (told, content) in enumerate(contents.items()):
            path = tmp_path / str(number)
            if content is not None:
                path.write_bytes(content)
            chosen = configured("cloudfront", OPTIONS | {"privatekey": str(path)})
            with pytest.raises(DriverConfigurationError, match=f"cloudfront: .*{told}"):
                wrapped(memory, chosen)
