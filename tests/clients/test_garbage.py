"""Debian's docker-registry and ours collect the same folder, and leave the same."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from storagedriver.cli import main
from storagedriver.factory import open_driver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.mediatypes import DOCKER_MANIFEST
from tests.clients.commands import installed
from tests.registry.store.content import CONFIG, descriptor, encoded, push_blob
from tests.registry.store.content import image as oci_image


def image(*layers: bytes) -> bytes:
    """Give an image as Docker pushes it."""
    config = descriptor(CONFIG, "application/vnd.docker.container.image.v1+json")
    return encoded(oci_image(layers=layers) | {"mediaType": DOCKER_MANIFEST, "config": config})


async def fill(root: Path) -> None:
    """Push images that share layers; delete some, untag others, and leave blobs alone."""
    async with open_driver("filesystem", rootdirectory=root) as driver, Store(driver) as store:
        for name in ("team/app", "other"):
            for content in (CONFIG, b"shared", b"one", b"two", b"nobody's"):
                await push_blob(store, name, content)
        for name, tag, layers in [
            ("team/app", "v1", (b"shared", b"one")),
            ("team/app", "v2", (b"shared", b"two")),
            ("team/app", "v2", (b"two",)),
            ("other", "v1", (b"shared",)),
            ("other", "v2", (b"one", b"two")),
        ]:
            await store.manifests.put(name, tag, DOCKER_MANIFEST, image(*layers))
        await store.manifests.delete("team/app", Digest.of(image(b"shared", b"one")))
        await store.tags.delete("other", "v2")


def left(root: Path) -> list[str]:
    """Give the blobs, and the links to manifests and from tags."""
    files = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    return sorted(
        path
        for path in files
        if path.startswith(layout.BLOBS[1:])
        or path.endswith("/current/link")
        or "/revisions/" in path
    )


@pytest.mark.parametrize("options", [[], ["--delete-untagged"]], ids=["plain", "untagged"])
def test_what_is_left_is_what_dockers_registry_leaves(tmp_path: Path, options: list[str]) -> None:
    program = installed("docker-registry")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    asyncio.run(fill(ours))
    before = left(ours)
    shutil.copytree(ours, theirs)
    config = tmp_path / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(theirs)}}
    config.write_text(json.dumps({"version": 0.1, "storage": storage}))

    words = [program, "garbage-collect", *options, str(config)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert 0 == done.returncode, done.stderr.decode()
    driver = ["--driver", ours.as_uri()]
    assert 0 == main(["garbage-collect", *driver, "--offline", "--grace=0", *options])

    assert left(theirs) == left(ours)
    assert set(before) > set(left(ours))
