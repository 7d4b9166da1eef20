"""Images to push, made of few bytes, and the shortest ways to push them."""

import hashlib
import json
from typing import Any

import httpx

from storagedriver.protocol import StorageDriver

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"

Tree = list[tuple[str, int, bool]]


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def described(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def manifest_of(config: bytes, *layers: bytes, subject: bytes | None = None) -> bytes:
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described(config, OCI_CONFIG),
        "layers": [described(layer, OCI_LAYER) for layer in layers],
    }
    if subject is not None:
        manifest["subject"] = described(subject, OCI_MANIFEST)
    return json.dumps(manifest, indent=1).encode()


async def push_blob(client: httpx.AsyncClient, name: str, content: bytes) -> str:
    digest = digest_of(content)
    answer = await client.post(
        f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=content
    )
    assert 201 == answer.status_code, answer.text
    return digest


async def start_upload(client: httpx.AsyncClient, name: str = "a") -> str:
    answer = await client.post(f"/v2/{name}/blobs/uploads/")
    assert 202 == answer.status_code, answer.text
    return answer.headers["location"]


async def push_image(
    client: httpx.AsyncClient, name: str, tag: str, config: bytes = b"{}"
) -> bytes:
    manifest = manifest_of(config, b"layer")
    for content in (config, b"layer"):
        await push_blob(client, name, content)
    answer = await client.put(
        f"/v2/{name}/manifests/{tag}", content=manifest, headers={"content-type": OCI_MANIFEST}
    )
    assert 201 == answer.status_code, answer.text
    return manifest


async def tree_of(driver: StorageDriver) -> Tree:
    files = [(info.path, info.size, info.is_dir) async for info in driver.walk("/")]
    held = [(info.path, info.size, True) async for info in driver.unfinished("/")]
    return files + held


def code_of(answer: httpx.Response) -> str:
    """Return the error's code; the whole body must have the spec's form."""
    assert "application/json" == answer.headers["content-type"]
    body = answer.json()
    assert ["errors"] == list(body)
    (error,) = body["errors"]
    assert {"code", "message", "detail"} == set(error)
    assert error["message"]
    return error["code"]
