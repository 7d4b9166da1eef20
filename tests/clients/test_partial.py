"""podman pulls only those files of a layer that it lacks: many ranges of a blob at once."""

import io
import random
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.commands import Command, podman
from tests.servers import Server

FILES = 40
SIZE = 20_000
PATIENCE = 60.0


@pytest.fixture(scope="module")
def has_overlay() -> bool:
    """Tell whether podman can stack layers here: in most containers it cannot, and pulls whole."""
    try:
        with podman(storage="overlay"):
            return True
    except AssertionError:
        return False


@pytest.fixture
def partial_podman(*, has_overlay: bool) -> Iterator[Command]:
    with podman(storage="overlay" if has_overlay else "vfs") as command:
        yield command


def _archive(path: Path, *seeds: int) -> Path:
    """Make a layer of files, their contents in turn from the one and the other seed."""
    numbers = [random.Random(seed) for seed in seeds]
    with tarfile.open(path, "w") as archive:
        for number in range(FILES):
            entry = tarfile.TarInfo(f"file-{number}")
            entry.size = SIZE
            content = numbers[number % len(numbers)].randbytes(SIZE)
            archive.addfile(entry, io.BytesIO(content))
    return path


def _push(podman: Command, archive: Path, name: str) -> None:
    image = f"localhost/{archive.stem}:made"
    podman("import", "--quiet", str(archive), image)
    options = ["--tls-verify=false", "--compression-format=zstd:chunked"]
    podman("push", "--quiet", *options, image, f"docker://{name}")


def _layer(name: str) -> tuple[str, int]:
    """Give the digest of an image's only layer, and how many bytes it has."""
    address, _, rest = name.partition("/")
    repository, _, tag = rest.rpartition(":")
    manifest = httpx.get(f"http://{address}/v2/{repository}/manifests/{tag}").json()
    (layer,) = manifest["layers"]
    return layer["digest"], layer["size"]


def _answers(server: Server, digest: str, number: int) -> list[tuple[str, int]]:
    """Wait for so many lines of GETs of a blob, and give the status and size of each."""
    line = re.compile(rf"method=GET path=\S+/{digest} status=(\d+) bytes=(\d+) ")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = line.findall(server.log.read_text(errors="replace"))
        if len(found) >= number:
            break
        time.sleep(0.02)
    return [(status, int(size)) for status, size in found]


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_a_pull_gets_only_the_files_that_are_not_there(
    server: Server,
    name: str,
    podman: Command,
    partial_podman: Command,
    tmp_path: Path,
    *,
    has_overlay: bool,
) -> None:
    first, second = f"{name}:first", f"{name}:second"
    _push(podman, _archive(tmp_path / "first.tar", 1, 2), first)
    _push(podman, _archive(tmp_path / "second.tar", 1, 3), second)
    digest, size = _layer(second)
    pull = ["pull", "--quiet", "--tls-verify=false"]
    partial_podman(*pull, f"docker://{first}")

    image = partial_podman(*pull, f"docker://{second}").strip()

    if has_overlay:
        (_, contents), (status, received) = _answers(server, digest, 2)
        assert "206" == status
        assert contents + received < 0.6 * size
    mounted = Path(partial_podman("image", "mount", image).strip())
    assert {f"file-{number}": SIZE for number in range(FILES)} == {
        path.name: path.stat().st_size for path in mounted.iterdir() if path.is_file()
    }
    theirs = random.Random(3)
    expected = [theirs.randbytes(SIZE) for _ in range(1, FILES, 2)]
    found = [(mounted / f"file-{number}").read_bytes() for number in range(1, FILES, 2)]
    assert expected == found
    partial_podman("image", "unmount", image)
