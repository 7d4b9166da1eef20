"""What a registry's folder must be like, whatever happened to the server that wrote it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath


def check_layout(root: Path) -> None:
    """Check that each blob is what its name says, and that each link leads to one."""
    base = root / "docker" / "registry" / "v2"
    for data in (base / "blobs").glob("*/*/*/data"):
        algorithm = data.parts[-4]
        with data.open("rb") as file:
            assert data.parent.name == hashlib.file_digest(file, algorithm).hexdigest(), data
    for link in (base / "repositories").rglob("link"):
        algorithm, _, encoded = link.read_text().partition(":")
        assert (base / "blobs" / algorithm / encoded[:2] / encoded / "data").is_file(), link


def check_objects(objects: Mapping[str, bytes]) -> None:
    """Check the same of a bucket's objects, by their keys below the root directory."""
    base = PurePosixPath("docker/registry/v2")
    for key, content in objects.items():
        path = PurePosixPath(key)
        if path.is_relative_to(base / "blobs"):
            assert path.parts[-2] == hashlib.new(path.parts[-4], content).hexdigest(), key
        elif path.name == "link":
            algorithm, _, encoded = content.decode().partition(":")
            assert str(base / "blobs" / algorithm / encoded[:2] / encoded / "data") in objects, key


def blob_count(root: Path) -> int:
    return sum(1 for _ in (root / "docker" / "registry" / "v2" / "blobs").glob("*/*/*/data"))
