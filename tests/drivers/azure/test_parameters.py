import pytest

from storagedriver.drivers.azure import AzureFactory, AzureParameters
from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import configured
from storagedriver.parameters import read_parameters

APPLICATION = {
    "credentials_type": "client_secret",
    "credentials_clientid": "application",
    "credentials_tenantid": "tenant",
    "credentials_secret": "hidden",
}


def test_dockers_configuration_is_taken() -> None:
    read = read_parameters(
        AzureParameters,
        {
            "accountname": "images",
            "accountkey": "a2V5",
            "container": "registry",
            "realm": "core.usgovcloudapi.net",
            "credentials_type": "shared_key",
            "rootdirectory": "/some/root/",
            "max_retries": "5",
            "retry_delay": "100ms",
            "skipverify": "false",
        },
    )

    assert "some/root/" == read.prefix
    assert "https://images.blob.core.usgovcloudapi.net" == read.url


@pytest.mark.parametrize("given", [{}, APPLICATION, {"credentials_type": "default_credentials"}])
def test_credentials_are_of_an_application_or_what_the_machine_has(given: dict[str, str]) -> None:
    read_parameters(AzureParameters, {"container": "images", "accountname": "account", **given})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"container": ""}, "container"),
        ({"container": "ab"}, "container"),
        ({"container": "Images"}, "container"),
        ({"container": "a--b"}, "container"),
        ({"accountname": ""}, "accountname"),
        ({"accountkey": "a2V5", "sastoken": "sig=x"}, "accountkey and sastoken"),
        ({"connectionstring": "AccountName=a;AccountKey=k", "accountkey": "a2V5"}, "exclude"),
        ({"accountkey": "no key"}, "base64"),
        ({"connectionstring": "nonsense"}, "connectionstring"),
        ({"connectionstring": "AccountKey=k"}, "connectionstring"),
        (
            {"connectionstring": "AccountName=a", "serviceurl": "https://example.com"},
            "connectionstring has the serviceurl",
        ),
        ({"sastoken": "nonsense"}, "sastoken"),
        ({"credentials_type": "managed"}, "credentials_type"),
        ({"credentials_type": "shared_key"}, "accountkey"),
        ({"credentials_type": "client_secret"}, "credentials_clientid"),
        ({**APPLICATION, "credentials_tenantid": ""}, "credentials_tenantid"),
        ({"credentials_type": "default_credentials", "accountkey": "a2V5"}, "accountkey"),
        ({"chunksize": 1024}, "chunksize"),
        ({"chunksize": 4001 << 20}, "chunksize"),
        ({"writerparts": 1}, "writerparts"),
        ({"maxconnections": 0}, "maxconnections"),
        ({"copyseconds": 0}, "copyseconds"),
        ({"rootdirectory": "a/../b"}, "rootdirectory"),
        ({"realm": "https://core.windows.net"}, "realm"),
        ({"serviceurl": "ftp://example.com"}, "serviceurl"),
        ({"redirectendpoint": "https://user@example.com"}, "redirectendpoint"),
        ({"account_name": "x"}, "accountname"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, object], words: str) -> None:
    given = {"container": "images", "accountname": "account", **wrong}

    with pytest.raises(DriverConfigurationError, match=words):
        read_parameters(AzureParameters, given)


def test_a_url_names_container_root_and_parameters() -> None:
    read = AzureFactory().from_url("az://images/some/root?accountname=account&retries=0")

    assert ("images", "account", "some/root/") == (read.container, read.accountname, read.prefix)
    assert 0 == read.retries


@pytest.mark.parametrize("host", ["dfs.core.windows.net", "blob.core.windows.net"])
def test_a_url_as_fsspec_has_it_names_the_account_too(host: str) -> None:
    read = AzureFactory().from_url(f"abfs://images@account.{host}/root")

    assert ("images", "account", "root/") == (read.container, read.accountname, read.prefix)
    assert "https://account.blob.core.windows.net" == read.url


@pytest.mark.parametrize(
    "url",
    [
        "az:",
        "az:///root",
        "az://images",
        "az://user:secret@account.blob.core.windows.net",
        "az://images@example/root",
        "az://images?accountname=a&container=other",
        "az://images?accountname=a&accountname=b",
        "az://images?accountname=a&colour=red",
        "az://images/root?accountname=a#part",
        "abfs://images@account.dfs.core.windows.net/root?accountname=other",
    ],
)
def test_a_url_that_is_wrong_is_refused(url: str) -> None:
    with pytest.raises(DriverConfigurationError):
        configured(url, {})


@pytest.mark.parametrize(
    "name", ["accountkey", "connectionstring", "sastoken", "credentials_secret"]
)
def test_secrets_are_never_shown(name: str) -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        read_parameters(AzureParameters, {"container": "images", name: 12345})

    assert "12345" not in str(raised.value)
