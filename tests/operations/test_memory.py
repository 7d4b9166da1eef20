import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.operations.brokenclient import receive_part, send_part
from tests.operations.repository import PATIENCE, Repository, connect, some_bytes, wait_until
from tests.operations.transfers import MIB, pull_body, push_body
from tests.servers import Server, descriptors, peak_memory, reset_peak, storagedriver_server

LARGE = 2048 * MIB
ALLOWED = 64 * MIB
ALLOWED_EACH = 8 * MIB
TRANSFERS = 32
LEAVING = 400
LEAVING_AT_ONCE = 8

pytestmark = pytest.mark.timeout(900)  # gigabytes are written, synced and hashed


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a server that has warmed up, and remove what it stored: pytest keeps folders."""
    with storagedriver_server(tmp_path) as running, connect(running.url) as client:
        warm = Repository(client, "warm")
        warm.blob(warm.push(some_bytes(0, 3_000_000)))
        yield running
    shutil.rmtree(tmp_path / "registry-data")


def _start_upload(server: Server) -> str:
    with connect(server.url) as client:
        return Repository(client, "big").start()


def _nothing() -> None:
    """Go on at once."""


def test_pushing_and_pulling_2_gib_takes_less_than_64_mib(server: Server) -> None:
    before = reset_peak(server.pid)
    digest = push_body(server.address, _start_upload(server), LARGE, 1, _nothing)
    assert peak_memory(server.pid) - before < ALLOWED

    before = reset_peak(server.pid)
    assert digest == pull_body(server.address, f"/v2/big/blobs/{digest}", _nothing)
    assert peak_memory(server.pid) - before < ALLOWED


def test_32_transfers_at_once_take_less_than_8_mib_each(server: Server) -> None:
    # Each waits in its middle until all are there, so that they are at once on any machine.
    together = Barrier(TRANSFERS, timeout=PATIENCE * 4)

    def push(seed: int) -> str:
        return push_body(server.address, _start_upload(server), 48 * MIB, seed, together.wait)

    def pull(digest: str) -> str:
        return pull_body(server.address, f"/v2/big/blobs/{digest}", together.wait)

    before = reset_peak(server.pid)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        digests = list(pool.map(push, range(TRANSFERS)))
        assert peak_memory(server.pid) - before < ALLOWED + TRANSFERS * ALLOWED_EACH

        before = reset_peak(server.pid)
        assert digests == list(pool.map(pull, digests))
        assert peak_memory(server.pid) - before < ALLOWED + TRANSFERS * ALLOWED_EACH


def test_clients_that_go_away_leave_no_descriptor_and_no_memory(server: Server) -> None:
    digest = push_body(server.address, _start_upload(server), 16 * MIB, 1, _nothing)
    part = some_bytes(1, MIB)

    def leave(number: int) -> None:
        if number % 2:
            receive_part(server.address, f"/v2/big/blobs/{digest}", MIB)
        else:
            location = _start_upload(server)
            send_part(server.address, "PATCH", location, part, of=16 * MIB, headers={})

    opened, before = len(descriptors(server.pid)), reset_peak(server.pid)
    with ThreadPoolExecutor(LEAVING_AT_ONCE) as pool:
        for _ in pool.map(leave, range(LEAVING)):
            pass

    wait_until(lambda: len(descriptors(server.pid)) <= opened, "all descriptors closed")
    assert peak_memory(server.pid) - before < ALLOWED + LEAVING_AT_ONCE * ALLOWED_EACH
