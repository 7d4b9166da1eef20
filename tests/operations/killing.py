"""Clients that work until their server is killed, and what another server makes of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.operations.repository import Repository, connect, wait_until
from tests.operations.worker import Worker
from tests.servers import Server


def work_until_killed(server: Server, workers: Sequence[Worker], steps: int) -> None:
    """Let the workers finish so many steps together, and kill the server in what follows."""
    enough = steps + sum(worker.acknowledged for worker in workers)
    with ThreadPoolExecutor(len(workers)) as pool:
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


def recover(server: Server, workers: Sequence[Worker]) -> int:
    """Go on with all uploads, hold the tags to the ledgers, and count what went on."""
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
