"""A proxy between, as the environment names it."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from storagedriver.drivers.azure.client import proxy_of
from storagedriver.errors import StoragePermissionError
from storagedriver.factory import open_driver


async def test_requests_go_through_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 403 no\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        host, port = proxy.sockets[0].getsockname()
        monkeypatch.setenv("http_proxy", f"http://{host}:{port}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(StoragePermissionError):
            async with open_driver(
                "azure",
                container="images",
                accountname="account",
                accountkey="a2V5",
                serviceurl="http://storage.invalid",
            ):
                pass

    assert asked
    assert asked[0].startswith(b"GET http://storage.invalid/images?")


def test_a_host_that_is_excepted_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:word@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "near.example")

    assert "http://user:word@proxy.example:3128" == proxy_of("https://far.example/container")
    assert proxy_of("https://near.example:10000/container") is None
