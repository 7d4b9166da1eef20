"""A registry served by two processes on one port."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.clients.commands import skopeo
from tests.clients.images import image_layout
from tests.clients.transfers import pull, push
from tests.operations.layout import check_layout
from tests.operations.repository import (
    PATIENCE,
    Repository,
    connect,
    digest_of,
    manifest_of,
    some_bytes,
    wait_until,
)
from tests.registry.server.test_debugging import debug_address
from tests.registry.server.test_server import events, running_upload, wait_until_refusing
from tests.servers import Server, storagedriver_server

CLIENTS = 6
CHUNK = 150_000
CHUNKS = 4
CONFIG = b"{}"
ENOUGH = 20


@contextmanager
def workers(folder: Path) -> Iterator[Server]:
    """Serve with two workers, and with a page for operators."""
    # Where they have their sockets: pytest's own folders have longer paths than sockets may have.
    with tempfile.TemporaryDirectory() as sockets:
        (folder / "t").symlink_to(sockets)
        environment = {
            "REGISTRY_HTTP_WORKERS": "2",
            "REGISTRY_HTTP_DEBUG_ADDR": "127.0.0.1:0",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED": "true",
            "TMPDIR": sockets,
        }
        root = (folder / "shared").as_uri()
        with storagedriver_server(folder, "--driver", root, environment=environment) as server:
            yield server


def processes(server: Server) -> dict[str, int]:
    """The workers that were started last, by their names."""
    return {
        line["worker"]: int(line["pid"]) for line in events(server) if line["event"] == "started"
    }


def requests(server: Server) -> float:
    """How many requests the metrics count."""
    page = httpx.get(f"http://{debug_address(server)}/metrics", timeout=PATIENCE).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "registry_http_requests_total"
    )


def serving(server: Server, clients: ExitStack) -> set[str]:
    """Connect once more, ask for something, and tell which workers have answered so far."""
    clients.enter_context(connect(server.url)).get("/v2/")
    return {line["worker"] for line in events(server) if line["event"] == "request"}


def push_in_chunks(server: Server, number: int) -> bytes:
    """Push an image, each request on a connection of its own; give its manifest."""
    layer = some_bytes(number, CHUNK * CHUNKS)
    with connect(server.url) as client:
        client.headers["Connection"] = "close"
        repository = Repository(client, f"some/image-{number % 2}")
        location = repository.start()
        for first in range(0, len(layer), CHUNK):
            location = repository.patch(location, layer[first : first + CHUNK], first=first)
        repository.finish(location, digest_of(layer))
        repository.push(CONFIG)
        manifest = manifest_of(CONFIG, [layer], str(number))
        repository.put_manifest(f"v{number}", manifest)
        for _ in range(2):
            assert layer == repository.blob(digest_of(layer))
            assert manifest == repository.manifest(f"v{number}")
    return manifest


def test_what_many_connections_push_is_whole_whoever_serves_it(tmp_path: Path) -> None:
    image = image_layout(tmp_path / "image", seed=1)
    with workers(tmp_path) as server:
        with ThreadPoolExecutor(CLIENTS) as pool:
            pushes = [pool.submit(push_in_chunks, server, number) for number in range(CLIENTS)]
            manifests = [each.result() for each in pushes]
        command = skopeo(tmp_path / "skopeo")
        push(command, image, f"{server.address}/some/image:v1")
        pulled = pull(command, f"{server.address}/some/image:v1", tmp_path / "pulled")
        with connect(server.url) as client:
            tags = [Repository(client, f"some/image-{number}").tags() for number in range(2)]
        with ExitStack() as clients:
            wait_until(lambda: len(serving(server, clients)) > 1, "a turn of each worker")
        wait_until(
            lambda: sum(line["event"] == "request" for line in events(server)) == requests(server),
            "a line for each request that is counted",
        )

        ids = [line["request_id"] for line in events(server) if line["event"] == "request"]

        assert len(ids) == len(set(ids))
        assert image.blobs() == pulled
        assert [["v0", "v2", "v4"], ["v1", "v3", "v5"]] == tags
        assert CLIENTS == len(set(manifests))
        assert 0 == server.stop()
    check_layout(tmp_path / "shared")


def test_a_worker_that_is_killed_under_load_breaks_no_more_than_its_connections(
    tmp_path: Path,
) -> None:
    with workers(tmp_path) as server:
        manifest = push_in_chunks(server, 0)
        killed = processes(server)["1"]
        counted = requests(server)

        def pull_until_it_is_back(_: int) -> int:
            broken = served = 0
            with connect(server.url) as client:
                repository = Repository(client, "some/image-0")
                while processes(server)["1"] == killed or served < ENOUGH:
                    try:
                        assert manifest == repository.manifest("v0")
                        served += 1
                    except httpx.TransportError:
                        broken += 1
            return broken

        with ThreadPoolExecutor(CLIENTS) as pool:
            pulls = [pool.submit(pull_until_it_is_back, number) for number in range(CLIENTS)]
            wait_until(lambda: requests(server) > counted + CLIENTS, "pulls of all clients")
            counted = requests(server)
            os.kill(killed, signal.SIGKILL)
            broken = [each.result() for each in pulls]

        assert set(broken) <= {0, 1}
        assert counted <= requests(server)
        (ended,) = [line for line in events(server) if line["event"] == "ended"]
        assert ("1", "error") == (ended["worker"], ended["level"])
        assert ended["message"].startswith("killed by SIGKILL; another one starts in ")
        assert manifest == push_in_chunks(server, 0)


def test_when_the_parent_is_killed_the_others_end_what_they_serve_and_go(tmp_path: Path) -> None:
    with workers(tmp_path) as server:
        try:
            started = processes(server)
            with running_upload(server, b"abc", 6) as (upload, _):
                os.kill(server.pid, signal.SIGKILL)
                server.process.wait(PATIENCE)
                wait_until_refusing(server)
                upload.sendall(b"def")
                assert upload.recv(2**16).startswith(b"HTTP/1.1 202 ")
            wait_until(lambda: not any(map(is_alive, started.values())), "the end of all")

            assert {"1", "2", "overview"} == set(started)
            assert [] == list((tmp_path / "t").iterdir())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def test_told_to_stop_it_lets_what_runs_end_and_a_second_time_it_does_not(tmp_path: Path) -> None:
    with workers(tmp_path) as server, running_upload(server, b"abc", 6) as (upload, _):
        operators = debug_address(server)
        server.process.send_signal(signal.SIGTERM)
        wait_until_refusing(server)
        status = {
            path: httpx.get(f"http://{operators}{path}", timeout=PATIENCE).status_code
            for path in ("/livez", "/readyz")
        }
        is_running = server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)

        assert {"/livez": 200, "/readyz": 503} == status
        assert is_running
        assert 1 == server.process.wait(PATIENCE)
        assert upload.recv(2**16).startswith(b"HTTP/1.1 503 ")
        assert not any(map(is_alive, processes(server).values()))
        assert [] == list((tmp_path / "t").iterdir())


def test_storage_of_one_process_is_refused_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "storagedriver.cli", "serve", "--driver", "memory"]
    done = subprocess.run(
        [*command, "--port", "0", "--workers", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert (1, "") == (done.returncode, done.stdout)
    message = "several workers need storage that all of them see (shared): serve with one"
    errors = [line for line in done.stderr.splitlines() if line.startswith("storagedriver: ")]
    assert [True] == [message in line for line in errors]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may not have been waited for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
