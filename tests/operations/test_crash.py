import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.operations.layout import blob_count, check_layout
from tests.operations.repository import Repository, connect, wait_until
from tests.operations.worker import Worker
from tests.servers import Server, storagedriver_server

ROUNDS = 12
WORKERS = 8
STEPS = range(10, 50)  # how many the workers finish together before the server is killed


@pytest.fixture
def workers() -> list[Worker]:
    """Give clients of which each two share a repository."""
    return [Worker(number, f"crash/{number % 2}") for number in range(WORKERS)]


def _work_until_killed(server: Server, workers: list[Worker], steps: int) -> None:
    enough = steps + sum(worker.acknowledged for worker in workers)
    with ThreadPoolExecutor(WORKERS) as pool:
        working = [pool.submit(worker.work, server.url) for worker in workers]
        try:
            wait_until(
                lambda: (
                    sum(worker.acknowledged for worker in workers) >= enough
                    or any(work.done() for work in working)
                ),
                f"{steps} acknowledged steps",
            )
        finally:
            server.kill()
        for work in working:
            work.result()


def _recover(server: Server, workers: list[Worker]) -> int:
    resumed = 0
    with connect(server.url) as client:
        for worker in workers:
            repository = Repository(client, worker.repository)
            worker.ledger.check_tags(repository)
            resumed += worker.ledger.resume_uploads(repository)
        for name in {worker.repository for worker in workers}:
            repository = Repository(client, name)
            for tag in repository.tags():
                assert repository.manifest(tag) is not None, f"{tag} is listed and leads nowhere"
    return resumed


@pytest.mark.timeout(600)
def test_what_was_acknowledged_survives_kill_9(workers: list[Worker], tmp_path: Path) -> None:
    numbers = random.Random(9)
    root = tmp_path / "registry-data"
    resumed = 0
    for _ in range(ROUNDS):
        with storagedriver_server(tmp_path) as server:
            resumed += _recover(server, workers)
            _work_until_killed(server, workers, numbers.choice(STEPS))
        check_layout(root)

    with storagedriver_server(tmp_path) as server, connect(server.url) as client:
        resumed += _recover(server, workers)
        for worker in workers:
            worker.ledger.check(Repository(client, worker.repository))
    check_layout(root)
    assert resumed, "no kill hit an upload: the test would prove less than it says"
    assert blob_count(root) >= len({d for w in workers for d in w.ledger.blobs})
