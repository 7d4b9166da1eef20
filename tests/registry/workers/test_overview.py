"""The pages for operators, made of what each of several processes tells."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from storagedriver.registry.workers import asking
from storagedriver.registry.workers.overview import Overview

COUNTER = "# TYPE requests counter\nrequests_total {}\n"

Answers = Callable[[str], bytes]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:  # shorter than tmp_path, as sockets' paths must be
        yield Path(name)


def answer(status: int, body: str) -> bytes:
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def failing(reasons: dict[str, str]) -> Answers:
    return lambda _: answer(503 if reasons else 200, json.dumps(reasons))


@asynccontextmanager
async def worker(path: Path, answers: Answers) -> AsyncIterator[None]:
    """Answer at a socket as a worker does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(answers(head.split()[1].decode()))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_unix_server(serve, path):
        yield


@asynccontextmanager
async def overview(
    folder: Path, *workers: Answers, count: int = 2
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the pages about some workers, where there should be `count`."""
    async with AsyncExitStack() as running:
        for number, answers in enumerate(workers, start=1):
            await running.enter_async_context(worker(folder / f"{number}.{number}00", answers))
        transport = httpx.ASGITransport(Overview(folder, count).app("/m"))
        client = httpx.AsyncClient(transport=transport, base_url="http://h")
        yield await running.enter_async_context(client)


@pytest.mark.parametrize("path", ["/readyz", "/debug/health"])
async def test_all_is_well_when_it_is_so_for_each(folder: Path, path: str) -> None:
    async with overview(folder, failing({}), failing({})) as client:
        page = await client.get(path)

    assert (200, {}) == (page.status_code, page.json())


async def test_what_fails_for_one_fails(folder: Path) -> None:
    async with overview(folder, failing({}), failing({"file": "it is there"})) as client:
        page = await client.get("/debug/health")

    assert (503, {"file": "it is there"}) == (page.status_code, page.json())


async def test_one_that_died_is_missed(folder: Path) -> None:
    async with overview(folder, failing({})) as client:
        async with worker(folder / "2.200", failing({})):
            pass
        (folder / "2.201").touch()

        page = await client.get("/readyz")
        alive = await client.get("/livez")

    assert (503, {"workers": "1 of 2 answer"}) == (page.status_code, page.json())
    assert 200 == alive.status_code


async def test_one_that_hangs_is_missed_and_what_it_counted_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs: list[bool] = []
    counts = iter(range(1, 100))

    def hanging(path: str) -> bytes:
        return b"" if hangs else answer(200, COUNTER.format(next(counts)))

    async with overview(folder, hanging, lambda _: answer(200, COUNTER.format(7))) as client:
        before = (await client.get("/m")).text
        hangs.append(True)
        during = (await client.get("/m")).text

    assert "requests_total 8.0" in before
    assert "requests_total 8.0" in during


async def test_one_that_never_answers_is_not_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.1)
    ended = asyncio.Event()

    async def never(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    async with (
        overview(folder, failing({})) as client,
        await asyncio.start_unix_server(never, folder / "2.200"),
    ):
        page = await client.get("/readyz")
        ended.set()

    assert {"workers": "1 of 2 answer"} == page.json()


async def test_without_metrics_there_is_no_page_of_them(folder: Path) -> None:
    transport = httpx.ASGITransport(Overview(folder, 1).app(None))
    async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
        assert 404 == (await client.get("/metrics")).status_code
