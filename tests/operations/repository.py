"""A repository as plain HTTP clients see it: each method is one request and checks its status."""

import hashlib
import json
import random
import time
from collections.abc import Callable

import httpx

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
PATIENCE = 90.0  # seconds; what is waited for comes in milliseconds on an idle machine


class RefusedError(AssertionError):
    """The server answered with another status than it should; a test may expect that."""

    def __init__(self, answer: httpx.Response) -> None:
        request = answer.request
        told = f"{answer.status_code} {answer.text[:500]}"
        super().__init__(f"{request.method} {request.url}: {told}")
        self.status = answer.status_code


class Repository:
    """One repository on one server; uploads are known by their Location, as clients do."""

    def __init__(self, client: httpx.Client, name: str) -> None:
        self.client = client
        self.name = name

    def start(self) -> str:
        answer = self.client.post(f"/v2/{self.name}/blobs/uploads/")
        return _location(_expect(202, answer))

    def patch(self, location: str, content: bytes, first: int | None = None) -> str:
        """Append and give the next Location; with `first` the range is told, too."""
        headers = {"Content-Type": "application/octet-stream"}
        if first is not None:
            headers["Content-Range"] = f"{first}-{first + len(content) - 1}"
        answer = self.client.patch(location, content=content, headers=headers)
        return _location(_expect(202, answer))

    def finish(self, location: str, digest: str, content: bytes = b"") -> None:
        url = httpx.URL(location).copy_merge_params({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        answer = self.client.put(url, content=content, headers=headers)
        assert digest == _expect(201, answer).headers["Docker-Content-Digest"]

    def status(self, location: str) -> int | None:
        """Give how many bytes the upload holds, or None when there is no such upload."""
        answer = self.client.get(location)
        if answer.status_code == 404:
            return None
        last = int(_expect(204, answer).headers["Range"].rpartition("-")[2])
        return last + 1 if last else 0  # "0-0" tells an empty upload; no test sends one byte

    def cancel(self, location: str) -> None:
        _expect(204, self.client.delete(location))

    def push(self, content: bytes) -> str:
        """Push a blob in one POST and one PUT, and give its digest."""
        digest = digest_of(content)
        self.finish(self.start(), digest, content)
        return digest

    def push_at_once(self, content: bytes) -> str:
        """Push a blob in a single POST, and give its digest."""
        digest = digest_of(content)
        url = httpx.URL(f"/v2/{self.name}/blobs/uploads/", params={"digest": digest})
        _expect(201, self.client.post(url, content=content))
        return digest

    def blob(self, digest: str) -> bytes | None:
        return self._get(f"/v2/{self.name}/blobs/{digest}")

    def has_blob(self, digest: str) -> bool:
        answer = self.client.head(f"/v2/{self.name}/blobs/{digest}")
        return answer.status_code != 404 and bool(_expect(200, answer))

    def delete_blob(self, digest: str) -> None:
        _expect(202, self.client.delete(f"/v2/{self.name}/blobs/{digest}"))

    def put_manifest(self, reference: str, content: bytes) -> str:
        url = f"/v2/{self.name}/manifests/{reference}"
        answer = self.client.put(url, content=content, headers={"Content-Type": MANIFEST_TYPE})
        return _expect(201, answer).headers["Docker-Content-Digest"]

    def manifest(self, reference: str) -> bytes | None:
        return self._get(f"/v2/{self.name}/manifests/{reference}")

    def delete_manifest(self, reference: str) -> None:
        """Delete by tag, which deletes the tag alone, or by digest."""
        _expect(202, self.client.delete(f"/v2/{self.name}/manifests/{reference}"))

    def tags(self) -> list[str]:
        answer = self.client.get(f"/v2/{self.name}/tags/list")
        return [] if answer.status_code == 404 else _expect(200, answer).json()["tags"]

    def _get(self, url: str) -> bytes | None:
        answer = self.client.get(url, headers={"Accept": f"{MANIFEST_TYPE}, */*"})
        return None if answer.status_code == 404 else _expect(200, answer).content


def _location(answer: httpx.Response) -> str:
    # Without the server's name: one on another port may go on with the upload.
    return httpx.URL(answer.headers["Location"]).raw_path.decode()


def _expect(status: int, answer: httpx.Response) -> httpx.Response:
    if answer.status_code != status:
        raise RefusedError(answer)
    return answer


def connect(url: str) -> httpx.Client:
    """Open a client that waits long enough for a server on a loaded machine."""
    return httpx.Client(base_url=url, timeout=PATIENCE)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def some_bytes(seed: int, size: int) -> bytes:
    """Give content that is the same for the same seed, and for no other."""
    return random.Random(seed).randbytes(size)


def manifest_of(config: bytes, layers: list[bytes], name: str) -> bytes:
    """Make an image manifest; `name` makes it differ from others of the same layers."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor(CONFIG_TYPE, config),
            "layers": [_descriptor(LAYER_TYPE, layer) for layer in layers],
            "annotations": {"name": name},
        }
    ).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for what must come to be, and fail when it does not."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)
