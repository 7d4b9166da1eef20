"""A stranger's driver, installed by pip from its own package, is used as ours are."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers import storagedriver_server

PACKAGE = Path(__file__).parent / "sqlite_driver"
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
PATIENCE = 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the package into a folder of its own; give the environment in which it is found."""
    target = tmp_path_factory.mktemp("site-packages")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", target, PACKAGE]
    subprocess.run(command, check=True, capture_output=True)
    return {"PYTHONPATH": str(target)}


@pytest.fixture
def client(installed: dict[str, str], tmp_path: Path) -> Iterator[httpx.Client]:
    arguments = ["--driver", "sqlite", "-o", f"path={tmp_path / 'registry.sqlite'}"]
    with (
        storagedriver_server(tmp_path, *arguments, environment=installed) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as client,
    ):
        yield client


def push_blob(client: httpx.Client, body: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    started = client.post("/v2/some/name/blobs/uploads/")
    assert 202 == started.status_code
    written = client.patch(started.headers["Location"], content=body)
    assert 202 == written.status_code
    finished = client.put(written.headers["Location"], params={"digest": digest})
    assert 201 == finished.status_code
    return {"mediaType": "application/octet-stream", "digest": digest, "size": len(body)}


def test_its_driver_is_listed_with_its_parameters(installed: dict[str, str]) -> None:
    command = [sys.executable, "-m", "storagedriver.cli", "drivers", "sqlite"]
    environment = os.environ | installed

    ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    assert "sqlite: Keeps everything in one SQLite file." in ran.stdout
    assert "sqlite-driver 1.2.3" in ran.stdout
    assert "the database file, made if it is missing" in ran.stdout


def test_a_registry_on_its_driver_takes_and_gives_an_image(
    client: httpx.Client, tmp_path: Path
) -> None:
    layer = os.urandom(3 * 2**20 + 1)
    config = push_blob(client, b"{}")
    layers = [push_blob(client, layer)]
    manifest = {"schemaVersion": 2, "mediaType": MEDIA_TYPE, "config": config, "layers": layers}
    content = json.dumps(manifest).encode()

    pushed = client.put(
        "/v2/some/name/manifests/latest", content=content, headers={"Content-Type": MEDIA_TYPE}
    )
    by_digest = client.get(f"/v2/some/name/manifests/{pushed.headers['Docker-Content-Digest']}")
    pulled = client.get(f"/v2/some/name/blobs/{layers[0]['digest']}")
    tags = client.get("/v2/some/name/tags/list")

    assert 201 == pushed.status_code
    assert content == by_digest.content
    assert layer == pulled.content
    assert ["latest"] == tags.json()["tags"]
    assert (tmp_path / "registry.sqlite").read_bytes().startswith(b"SQLite format 3")
