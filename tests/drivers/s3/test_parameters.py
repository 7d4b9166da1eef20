import pytest

from storagedriver.drivers.s3 import S3Factory, S3Parameters
from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import configured
from storagedriver.parameters import read_parameters


def test_the_names_and_texts_of_dockers_configuration_are_taken() -> None:
    read = read_parameters(
        S3Parameters,
        {
            "bucket": "images",
            "accesskey": "key",
            "secretkey": "hidden",
            "region": "eu-central-1",
            "regionendpoint": "storage.example.com:9000",
            "forcepathstyle": "true",
            "encrypt": "false",
            "secure": "false",
            "v4auth": "true",
            "chunksize": "5242880",
            "rootdirectory": "/some/root/",
            "storageclass": "STANDARD_IA",
            "loglevel": "debug",
        },
    )

    assert "some/root/" == read.prefix
    assert "http://storage.example.com:9000" == read.endpoint == read.public_endpoint
    assert (5242880, True) == (read.chunksize, read.forcepathstyle)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "bucket"),
        ({"bucket": ""}, "bucket"),
        ({"accesskey": "key"}, "secretkey"),
        ({"sessiontoken": "token"}, "sessiontoken"),
        ({"chunksize": 5 * 1024 * 1024 - 1}, "chunksize"),
        ({"multipartcopychunksize": 1}, "multipartcopychunksize"),
        ({"writerparts": 1}, "writerparts"),
        ({"maxconnections": 0}, "maxconnections"),
        ({"readtimeout": 0}, "readtimeout"),
        ({"v4auth": False}, "v4auth"),
        ({"keyid": "key"}, "encrypt"),
        ({"rootdirectory": "a/../b"}, "rootdirectory"),
        ({"regionendpoint": "ftp://example.com"}, "regionendpoint"),
        ({"redirectendpoint": "https://user@example.com"}, "redirectendpoint"),
        ({"storageclass": "COLD"}, "storageclass"),
        ({"chunk_size": 1}, "chunksize"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, object], words: str) -> None:
    given = {"bucket": "images", **wrong} if wrong else wrong

    with pytest.raises(DriverConfigurationError, match=words):
        read_parameters(S3Parameters, given)


def test_a_url_names_bucket_root_and_parameters() -> None:
    read = S3Factory().from_url("s3://images/some/root?region=eu-central-1&retries=0")

    assert ("images", "some/root/") == (read.bucket, read.prefix)
    assert ("eu-central-1", 0) == (read.region, read.retries)


@pytest.mark.parametrize(
    "url",
    [
        "s3:",
        "s3:///root",
        "s3://key:secret@images/root",
        "s3://images?bucket=other",
        "s3://images?region=a&region=b",
        "s3://images?colour=red",
        "s3://images/root#part",
    ],
)
def test_a_url_that_is_wrong_is_refused(url: str) -> None:
    with pytest.raises(DriverConfigurationError):
        configured(url, {})


def test_secrets_are_never_shown() -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        read_parameters(S3Parameters, {"bucket": "images", "secretkey": 12345})

    assert "12345" not in str(raised.value)
