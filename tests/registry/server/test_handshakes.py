"""TLS handshakes that fail, and those that never end."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storagedriver.registry import accepting, handshakes
from storagedriver.registry.configuration.config import Config
from tests.registry.server.lines import lines_of
from tests.registry.server.serving import Client, Serving, echo, serving, until
from tests.tlsfiles import Authority

GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def config(authority: Authority) -> Config:
    certificate, key = authority.issued("127.0.0.1")
    return Config(tls_certificate=str(certificate), tls_key=str(key), drain_seconds=10_000)


@pytest.fixture
async def server(tmp_path: Path, config: Config) -> AsyncIterator[Serving]:
    async with serving(echo, tmp_path / "log", config=config) as server:
        yield server


async def asked(server: Serving, context: ssl.SSLContext) -> bytes:
    """Ask over TLS, and give the answer's body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
    client = Client(reader=reader, writer=writer)
    await client.send(GET)
    _, _, body = await client.answer()
    await client.close()
    return body


async def test_who_speaks_no_tls_is_told_in_the_log(server: Serving) -> None:
    async with server.client() as client:
        await client.send(GET)
        await client.rest()
        port = client.writer.get_extra_info("sockname")[1]

        await until(lambda: "refused" in server.log_file.read_text())
    (line,) = server.lines("refused")
    assert ("warning", f"127.0.0.1:{port}") == (line["level"], line["client"])
    assert "no TLS handshake: http request" == line["message"]


async def test_who_trusts_another_is_told_too(server: Serving) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await asked(server, ssl.create_default_context())

    await until(lambda: "refused" in server.log_file.read_text())


async def test_a_handshake_that_never_ends_delays_nobody(
    server: Serving, authority: Authority
) -> None:
    async with server.client() as stalling, server.client():
        await stalling.send("\x16\x03\x01")

        assert b"GET /a " == await asked(server, authority.trusting())


async def test_a_handshake_that_never_ends_is_broken_off(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "HANDSHAKE_SECONDS", 0.2)
    async with server.client() as stalling, server.client() as silent:
        await stalling.send("\x16\x03\x01")

        assert [b"", b""] == [await stalling.rest(), await silent.rest()]
        await until(lambda: server.log_file.read_text().count("event=refused") == 2)
    told = {line["message"] for line in server.lines("refused")}
    assert {"a TLS handshake may take 0.2 seconds"} == told


async def test_a_handshake_that_never_ends_does_not_keep_it_from_stopping(
    server: Serving,
) -> None:
    async with server.client() as client:
        await client.send("\x16\x03\x01")
        await asyncio.sleep(0.05)

        server.stop.ask()
        await server.stopped()

        assert b"" == await client.rest()


async def test_without_descriptors_it_waits_for_some(
    tmp_path: Path, config: Config, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "REST_SECONDS", 0.01)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [errno.EMFILE, errno.ECONNABORTED]

    async def failing(*arguments: object) -> object:
        if failures:
            raise OSError(failures.pop(0), "no luck")
        return await accept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "sock_accept", failing)
    log = tmp_path / "log"
    async with serving(echo, log, config=config) as server:
        assert b"GET /a " == await asked(server, authority.trusting())

    assert ["refusing"] == [line["event"] for line in lines_of(log) if line["level"] == "error"]
