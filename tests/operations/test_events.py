"""No event of what was acknowledged is lost: the receiver is down, and servers are killed."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.operations.repository import digest_of, manifest_of, some_bytes
from tests.registry.api.content import OCI_MANIFEST
from tests.registry.notifications.receiving import Receiver, receiving, until
from tests.servers import Server, storagedriver_server
from tests.waiting import PATIENCE

CONFIG = """\
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {root}}}, delete: {{enabled: true}}}}
notifications:
  queue: {{lease: 1s}}
  endpoints:
    - {{name: hook, url: "{url}?key=hidden", timeout: 60s, backoff: 50ms, threshold: 1}}
"""
CLIENTS = 3
STEPS = 8  # that each client has acknowledged when the server is killed

Told = tuple[str, ...]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def config(receiver: Receiver, tmp_path: Path) -> str:
    path = tmp_path / "config.yml"
    path.write_text(CONFIG.format(root=tmp_path / "data", url=receiver.url))
    return str(path)


class Client:
    """Pushes, mounts and deletes; `acknowledged` has what was answered, in order."""

    def __init__(self, number: int) -> None:
        self.name = f"client/{number}"
        self.acknowledged: list[Told] = []
        self._steps = itertools.count(number * 1_000_000)

    async def work(self, server: Server, steps: int | None = None) -> None:
        """Do so many rounds, or go on until the server dies."""
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as client:
            for _ in itertools.count() if steps is None else range(steps):
                try:
                    await self._round(client)
                except httpx.TransportError:
                    assert steps is None
                    return

    async def _round(self, client: httpx.AsyncClient) -> None:
        content = some_bytes(next(self._steps), 500)
        digest = digest_of(content)
        blob, other = f"/v2/{self.name}/blobs", f"{self.name}-mounted"
        await self._ask(client, "POST", f"{blob}/uploads/?digest={digest}", content, "push", digest)
        mount = f"/v2/{other}/blobs/uploads/?mount={digest}&from={self.name}"
        await self._ask(client, "POST", mount, b"", "mount", digest, other)
        manifest = manifest_of(content, [], "image")
        tag = f"/v2/{self.name}/manifests/v1"
        await self._ask(client, "PUT", tag, manifest, "push", digest_of(manifest))
        await self._ask(client, "DELETE", tag, b"", "delete", "v1")
        await self._ask(client, "DELETE", f"{blob}/{digest}", b"", "delete", digest)

    async def _ask(  # noqa: PLR0917 - a table of requests reads best so
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        content: bytes,
        action: str,
        what: str,
        name: str | None = None,
    ) -> None:
        headers = {"content-type": OCI_MANIFEST}
        answer = await client.request(method, url, content=content, headers=headers)
        assert answer.status_code in (201, 202), answer.text
        self.acknowledged.append((action, name or self.name, what))

    def is_told(self, receiver: Receiver) -> bool:
        """Tell whether all that was acknowledged arrived, in its order, among what else did."""
        arrived = iter(self.arrived(receiver))
        return all(each in arrived for each in self.acknowledged)

    def arrived(self, receiver: Receiver) -> list[Told]:
        """Give what arrived about this client's repositories, each event once."""
        events = {}
        for event in receiver.events:
            events.setdefault(event["id"], (event["action"], event["target"]))
        return [
            (action, target["repository"], target["digest"] or target["tag"])
            for action, target in events.values()
            if target["repository"].startswith(self.name)
        ]


async def killed_at_work(server: Server, clients: list[Client]) -> None:
    """Kill the server when each client has done some, in the middle of what follows."""
    goals = [(client, len(client.acknowledged) + STEPS) for client in clients]
    tasks = [asyncio.create_task(client.work(server)) for client in clients]
    await until(lambda: all(len(client.acknowledged) >= goal for client, goal in goals))
    server.kill()
    await asyncio.gather(*tasks)


def files_below(folder: Path) -> list[str]:
    # Unlike a glob it does not mind what goes away meanwhile.
    found = os.walk(folder)
    return [f"{directory}/{name}" for directory, _, names in found for name in names]


def all_logs(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("server-*.log"))


async def test_what_was_acknowledged_is_told_in_order_whatever_was_down(
    receiver: Receiver, config: str, tmp_path: Path
) -> None:
    clients = [Client(number) for number in range(CLIENTS)]
    queues = tmp_path / "data/storagedriver"
    receiver.status = 500
    with storagedriver_server(tmp_path, config) as server:
        await killed_at_work(server, clients)
    assert [] == receiver.events
    with storagedriver_server(tmp_path, config) as server:
        receiver.status = 200
        await killed_at_work(server, clients)
    with storagedriver_server(tmp_path, config) as server:
        await asyncio.gather(*(client.work(server, 1) for client in clients))
        await until(lambda: all(client.is_told(receiver) for client in clients))
        await until(lambda: not [path for path in files_below(queues) if "/entries/" in path])
        assert 0 == await asyncio.to_thread(server.stop)

    assert [] == files_below(queues)
    printed = all_logs(tmp_path)
    assert "the endpoint hook takes no events" in printed
    assert "hidden" not in printed


async def test_what_a_dead_server_left_another_one_tells(
    receiver: Receiver, config: str, tmp_path: Path
) -> None:
    client = Client(1)
    receiver.status = 500
    with (
        storagedriver_server(tmp_path, config) as dead,
        storagedriver_server(tmp_path, config) as other,
    ):
        await client.work(dead, 2)
        dead.kill()
        await client.work(other, 1)
        receiver.status = 200
        await until(lambda: {*client.acknowledged} <= {*client.arrived(receiver)})

    sources = {event["source"]["instanceID"] for event in receiver.events}
    assert 2 == len(sources)
