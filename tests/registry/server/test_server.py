"""The command, as a process of its own."""

import hashlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.registry.server.lines import lines_of, parsed, whole_lines
from tests.servers import Server, storagedriver_server

PATIENCE = 60.0
COMMAND = [sys.executable, "-m", "storagedriver.cli", "serve"]
DRAIN_NEVER = {"REGISTRY_HTTP_DRAINTIMEOUT": "10h"}
DRAIN_NOT = {"REGISTRY_HTTP_DRAINTIMEOUT": "0s"}


def connected(server: Server) -> socket.socket:
    host, port = server.address.split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def asked(
    server: Server, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str]:
    """Send a request; give the answer's status and location."""
    with closing(http.client.HTTPConnection(server.address, timeout=PATIENCE)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Location", "")


def pushed(server: Server, content: bytes) -> str:
    """Push a blob; give its path."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    _, location = asked(server, "POST", "/v2/a/blobs/uploads/")
    status, _ = asked(server, "PUT", f"{location}?digest={digest}", content)
    assert 201 == status
    return f"/v2/a/blobs/{digest}"


def wait_until_refusing(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            connected(server).close()
        except ConnectionError:
            return
        time.sleep(0.02)
    raise AssertionError("it still takes connections")


def received(server: Server, location: str) -> int:
    """How many bytes of an upload there are."""
    with closing(http.client.HTTPConnection(server.address, timeout=PATIENCE)) as connection:
        connection.request("GET", location)
        last = connection.getresponse().headers["Range"].partition("-")[2]
        return int(last) + 1 if last != "0" else 0


@contextmanager
def running_upload(
    server: Server, content: bytes, size: int
) -> Iterator[tuple[socket.socket, str]]:
    """A PATCH of `size` bytes that is being served, of which the first are sent."""
    _, location = asked(server, "POST", "/v2/a/blobs/uploads/")
    with connected(server) as upload:
        framing = f"Content-Length: {size}\r\nExpect: 100-continue"
        upload.sendall(f"PATCH {location} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n".encode())
        assert upload.recv(2**16).startswith(b"HTTP/1.1 100 ")
        upload.sendall(content)
        yield upload, location


def events(server: Server) -> list[dict[str, str]]:
    return [parsed(line) for line in whole_lines(server.log) if line.startswith("time=")]


def test_running_transfers_end_and_new_connections_are_refused(tmp_path: Path) -> None:
    content = os.urandom(2**25)  # more than the buffers of both sockets hold
    with storagedriver_server(tmp_path, environment=DRAIN_NEVER) as server:
        path = pushed(server, content)
        with (
            connected(server) as download,
            running_upload(server, b"abc", 6) as (upload, _),
        ):
            download.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            got = bytearray(download.recv(1000))

            server.process.send_signal(signal.SIGTERM)
            wait_until_refusing(server)
            while chunk := download.recv(2**20):
                got += chunk
            upload.sendall(b"def")
            answer = upload.recv(2**16)

        assert 0 == server.process.wait(PATIENCE)
        assert content == got.partition(b"\r\n\r\n")[2]
        assert answer.startswith(b"HTTP/1.1 202 ")
        assert "stopped" == events(server)[-1]["event"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_it_stops_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with storagedriver_server(tmp_path, environment=DRAIN_NEVER) as server, connected(server):
        server.process.send_signal(number)

        assert 0 == server.process.wait(PATIENCE)


def test_an_upload_that_is_cut_goes_on_in_the_next_server(tmp_path: Path) -> None:
    size = 2**25
    content = os.urandom(size)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    with (
        storagedriver_server(tmp_path, environment=DRAIN_NOT) as server,
        running_upload(server, content[:-1], size) as (_, location),
    ):
        assert 0 == server.stop()

    with storagedriver_server(tmp_path) as server:
        kept = received(server, location)
        rest = {"Content-Range": f"{kept}-{size - 1}"}
        assert kept > 0
        assert 202 == asked(server, "PATCH", location, content[kept:], **rest)[0]
        assert 201 == asked(server, "PUT", f"{location}?digest={digest}")[0]


def test_a_second_signal_ends_what_runs(tmp_path: Path) -> None:
    with (
        storagedriver_server(tmp_path, environment=DRAIN_NEVER) as server,
        running_upload(server, b"abc", 6),
    ):
        server.process.send_signal(signal.SIGTERM)
        wait_until_refusing(server)
        server.process.send_signal(signal.SIGTERM)

        assert 1 == server.process.wait(PATIENCE)


def test_a_busy_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, "--port", str(port)]

        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    line = f"storagedriver: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert (1, "", line) == (done.returncode, done.stdout, done.stderr)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("version: 0.1\nstorage: {filesystem: }\nhttp: {adr: x}", [], "config.yml:3: http.adr is"),
        ("version: 0.1\nstorage: {s3: {bucket: b}}", [], "s3"),
        ("version: 0.1\nstorage: {filesystem: {rootdirectry: /}}", [], "rootdirectry"),
        (
            "version: 0.1\nstorage: inmemory\nauth: {htpasswd: {realm: r}}",
            [],
            "auth.htpasswd.path is missing",
        ),
        ("version: 0.1\nstorage: inmemory", ["--port", "70000"], "--port"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_line(
    tmp_path: Path, text: str, arguments: list[str], message: str
) -> None:
    path = tmp_path / "config.yml"
    path.write_text(text)
    command = [*COMMAND, str(path), "--port", "0", *arguments]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("storagedriver: ")
    assert message in done.stderr
    assert 1 == done.stderr.count("\n")


def test_no_secret_of_a_request_is_logged(tmp_path: Path) -> None:
    with storagedriver_server(tmp_path) as server:
        asked(server, "GET", "/v2/?token=hidden", Authorization="Basic hidden")
        asked(server, "POST", "/v2/a/blobs/uploads/?_state=hidden", Cookie="a=hidden")
        asked(server, "GET", "/v2/a/manifests/latest", Authorization="Bearer hidden")
        assert 0 == server.stop()

        assert "hidden" not in server.log.read_text()
        paths = [line["path"] for line in events(server) if line["event"] == "request"]
        assert ["/v2/", "/v2/a/blobs/uploads/", "/v2/a/manifests/latest"] == paths


def test_a_request_is_one_line_with_what_was_answered(tmp_path: Path) -> None:
    with storagedriver_server(tmp_path) as server:
        path = pushed(server, b"abc")
        asked(server, "GET", path, **{"User-Agent": 'a "b" c'})
        assert 0 == server.stop()

        line = [line for line in events(server) if line["event"] == "request"][-1]
        assert ("GET", path, "200", "3", 'a "b" c') == tuple(
            line[name] for name in ("method", "path", "status", "bytes", "agent")
        )


@contextmanager
def started(
    folder: Path, *arguments: str, stdout: int
) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A server with these arguments alone, its port, and its log."""
    log = folder / "errors"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [*COMMAND, *arguments], cwd=folder, stdout=stdout, stderr=errors
        ) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while not (found := re.search(r"address=\S+:(\d+) ", log.read_text())):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process, int(found[1]), log
        finally:
            process.kill()


def header_of(port: int, name: str) -> str | None:
    """A header of the answer to GET /v2/."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as client:
        client.request("GET", "/v2/")
        answer = client.getresponse()
        assert 200 == answer.status
        return answer.headers.get(name)


def test_readers_of_its_output_may_go_away(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with started(tmp_path, "--port", "0", stdout=writing) as (process, port, _):
        os.close(writing)
        header_of(port, "Date")
        process.send_signal(signal.SIGTERM)

        assert 0 == process.wait(PATIENCE)


def test_a_file_of_dockers_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text(
        "version: 0.1\n"
        "log: {fields: {service: registry}}\n"
        "storage: {inmemory: , cache: {blobdescriptor: inmemory}}\n"
        "http: {addr: '0.0.0.0:0', headers: {X-Mine: [a], X-Content-Type-Options: [nosniff]}}\n"
    )
    with started(tmp_path, str(path), stdout=subprocess.DEVNULL) as (process, port, log):
        assert "a" == header_of(port, "X-Mine")
        assert "nosniff" == header_of(port, "X-Content-Type-Options")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(PATIENCE)

        lines = lines_of(log)

    assert {"registry"} == {line["service"] for line in lines}
    assert {"ignored", "listening", "open"} <= {line["event"] for line in lines}
    assert all("storage.cache" in line["message"] for line in lines if line["event"] == "ignored")


def test_a_reader_of_the_log_may_go_away(tmp_path: Path) -> None:
    command = [*COMMAND, "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        found = re.search(r"http://127.0.0.1:(\d+)", process.stdout.readline())
        assert found is not None
        for _ in range(3):
            with closing(
                http.client.HTTPConnection("127.0.0.1", int(found[1]), PATIENCE)
            ) as client:
                client.request("GET", "/v2/")
                assert 200 == client.getresponse().status
        process.send_signal(signal.SIGTERM)

        assert 0 == process.wait(PATIENCE)


def test_it_says_where_it_listens_where_the_data_is_and_how_to_push(tmp_path: Path) -> None:
    with storagedriver_server(tmp_path) as server:
        first, *lines = server.log.read_text().splitlines()

        data = tmp_path / "registry-data"
        assert re.fullmatch(
            rf"storagedriver \S+: a registry on {server.url}, storing in {data} \(filesystem\)",
            first,
        )
        assert f"podman push --tls-verify=false IMAGE {server.address}/NAME:TAG" in lines[0]


def test_a_driver_of_another_name_is_served_from_a_url(tmp_path: Path) -> None:
    with storagedriver_server(tmp_path, "--driver", f"file://{tmp_path}/data") as server:
        pushed(server, b"abc")

    assert (tmp_path / "data").is_dir()
