"""The registry over TLS, as a process of its own."""

import hashlib
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.servers import Server, storagedriver_server
from tests.tlsfiles import Authority, variables

PATIENCE = 60.0
CONTENT = bytes(range(256)) * 5000
HEAD_BYTES = 65536


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path / "authority")


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path / "stranger")


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[Server]:
    with storagedriver_server(tmp_path, environment=variables(authority)) as server:
        yield server


def base(server: Server, context: ssl.SSLContext, **options: object) -> httpx.Response:
    return httpx.get(f"https://{server.address}/v2/", verify=context, timeout=PATIENCE, **options)


def connected(server: Server, context: ssl.SSLContext) -> ssl.SSLSocket:
    host, port = server.address.split(":")
    plain = socket.create_connection((host, int(port)), timeout=PATIENCE)
    return context.wrap_socket(plain, server_hostname=host)


def test_a_blob_goes_there_and_back(server: Server, authority: Authority) -> None:
    digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    with httpx.Client(
        base_url=f"https://{server.address}", verify=authority.trusting(), timeout=PATIENCE
    ) as client:
        pushed = client.post(
            "/v2/a/blobs/uploads/", params={"digest": digest}, content=CONTENT
        ).raise_for_status()

        assert CONTENT == client.get(pushed.headers["location"]).content
    assert 0 == server.stop()


def test_an_idle_client_does_not_keep_it_from_stopping(
    tmp_path: Path, authority: Authority
) -> None:
    environment = variables(authority) | {"REGISTRY_HTTP_DRAINTIMEOUT": "10h"}
    with (
        storagedriver_server(tmp_path, environment=environment) as server,
        connected(server, authority.trusting()) as client,
    ):
        client.sendall(b"GET /v2/ HTTP/1.1\r\nhost: registry\r\n\r\n")
        assert client.recv(HEAD_BYTES).startswith(b"HTTP/1.1 200 ")

        assert 0 == server.stop()


def test_the_first_lines_say_https(server: Server) -> None:
    first, push, *_ = server.log.read_text().splitlines()

    assert f"a registry on https://{server.address}, " in first
    assert f"podman push IMAGE {server.address}/NAME:TAG" in push


def test_who_does_not_trust_it_or_speaks_no_tls_disturbs_nobody(
    server: Server, authority: Authority, stranger: Authority
) -> None:
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        base(server, stranger.trusting())
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{server.address}/v2/", timeout=PATIENCE)

    assert 200 == base(server, authority.trusting()).status_code


def test_a_head_that_is_too_large_is_answered(server: Server, authority: Authority) -> None:
    with connected(server, authority.trusting()) as client:
        client.sendall(b"GET /v2/ HTTP/1.1\r\nx: " + b"x" * 8 * HEAD_BYTES)
        answer = b"".join(iter(lambda: client.recv(HEAD_BYTES), b""))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert "UNSUPPORTED" == json.loads(body)["errors"][0]["code"]


def test_an_older_version_than_is_configured_is_refused(
    tmp_path: Path, authority: Authority
) -> None:
    environment = variables(authority, MINIMUMTLS="tls1.3")
    old, new = authority.trusting(), authority.trusting()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with storagedriver_server(tmp_path, environment=environment) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connected(server, old)

        with connected(server, new) as client:
            assert "TLSv1.3" == client.version()


@pytest.mark.parametrize(
    ("mode", "without"),
    [("require-and-verify-client-cert", False), ("verify-client-cert-if-given", True)],
)
def test_clients_show_certificates_of_an_authority(
    tmp_path: Path, authority: Authority, stranger: Authority, mode: str, *, without: bool
) -> None:
    ours = Authority.new(tmp_path / "clients")
    environment = variables(authority, CLIENTCAS=json.dumps([str(ours.file)]), CLIENTAUTH=mode)
    known, unknown, none = authority.trusting(), authority.trusting(), authority.trusting()
    known.load_cert_chain(*ours.issued("client.example"))
    unknown.load_cert_chain(*stranger.issued("client.example"))
    with storagedriver_server(tmp_path, environment=environment) as server:
        assert 200 == base(server, known).status_code
        with pytest.raises(httpx.TransportError):
            base(server, unknown)
        if without:
            assert 200 == base(server, none).status_code
        else:
            with pytest.raises(httpx.TransportError):
                base(server, none)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"KEY": "missing.key"}, "missing.key: cannot be read: No such file"),
        ({"CERTIFICATE": "nonsense"}, "nonsense"),
        ({"CLIENTCAS": '["nonsense"]'}, "http.tls.clientcas: nonsense: "),
        ({"KEY": "other.key"}, "key values mismatch"),
        ({"KEY": "locked.key"}, "http.tls.key: it has a passphrase"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path, authority: Authority, wrong: dict[str, str], message: str
) -> None:
    (tmp_path / "nonsense").write_text("nonsense")
    _, key = authority.issued("other")
    key.rename(tmp_path / "other.key")
    loaded = load_pem_private_key((tmp_path / "other.key").read_bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    locked = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    (tmp_path / "locked.key").write_bytes(locked)

    done = subprocess.run(
        [sys.executable, "-m", "storagedriver.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env=variables(authority, **wrong),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert 2 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr
