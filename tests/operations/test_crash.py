import random
from pathlib import Path

import pytest

from tests.operations.killing import recover, work_until_killed
from tests.operations.layout import blob_count, check_layout
from tests.operations.repository import Repository, connect
from tests.operations.worker import Worker
from tests.servers import storagedriver_server

ROUNDS = 12
WORKERS = 8
STEPS = range(10, 50)  # how many the workers finish together before the server is killed


@pytest.fixture
def workers() -> list[Worker]:
    """Give clients of which each two share a repository."""
    return [Worker(number, f"crash/{number % 2}") for number in range(WORKERS)]


@pytest.mark.timeout(600)
def test_what_was_acknowledged_survives_kill_9(workers: list[Worker], tmp_path: Path) -> None:
    numbers = random.Random(9)
    root = tmp_path / "registry-data"
    resumed = 0
    for _ in range(ROUNDS):
        with storagedriver_server(tmp_path) as server:
            resumed += recover(server, workers)
            work_until_killed(server, workers, numbers.choice(STEPS))
        check_layout(root)

    with storagedriver_server(tmp_path) as server, connect(server.url) as client:
        resumed += recover(server, workers)
        for worker in workers:
            worker.ledger.check(Repository(client, worker.repository))
    check_layout(root)
    assert resumed, "no kill hit an upload: the test would prove less than it says"
    assert blob_count(root) >= len({d for w in workers for d in w.ledger.blobs})
