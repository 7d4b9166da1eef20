"""skopeo against the registry over a container, with and without redirects, and kill -9 of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.azureservers import AzureServer, azurite
from tests.clients.commands import Command
from tests.clients.images import Layout
from tests.clients.transfers import pull, push
from tests.operations.repository import (
    PATIENCE,
    Repository,
    connect,
    digest_of,
    some_bytes,
    wait_until,
)
from tests.servers import storagedriver_server

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

CHUNK = 1 << 16
ACKNOWLEDGED, KEPT, SENT = 500_000, 1_000_000, 3_000_000
IN_FLIGHT = 5 * CHUNK  # parts on their way, and one that fills
BINARY = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def container() -> Iterator[AzureServer]:
    with azurite() as server:
        yield server


def configured(container: AzureServer, folder: Path, *, disable: str) -> str:
    """Write a configuration file, with a root directory of its own, and return its path."""
    folder.mkdir()
    config = folder / "config.yml"
    parameters = container.parameters(chunksize=CHUNK, rootdirectory=f"/redirect-{disable}")
    lines = [f"    {name}: {value}" for name, value in parameters.items()]
    config.write_text(
        "version: 0.1\nstorage:\n  azure:\n"
        + "\n".join(lines)
        + f"\n  redirect: {{disable: {disable}}}\n"
    )
    return str(config)


def laid_out(image: Layout, repository: str, tag: str) -> dict[str, bytes]:
    """All that Docker's registry stores of an image, by its keys below the root directory."""
    base = "docker/registry/v2"
    found = {}
    for digest, content in image.blobs().items():
        algorithm, _, encoded = digest.partition(":")
        found[f"{base}/blobs/{algorithm}/{encoded[:2]}/{encoded}/data"] = content
        of_repository = f"{base}/repositories/{repository}"
        names = [f"_layers/{algorithm}/{encoded}"]
        if digest == image.digest:
            names = [f"_manifests/revisions/{algorithm}/{encoded}"]
            names += [
                f"_manifests/tags/{tag}/{at}" for at in ("current", f"index/sha256/{encoded}")
            ]
        found |= {f"{of_repository}/{name}/link": digest.encode() for name in names}
    return found


def objects(container: AzureServer, root: str) -> dict[str, bytes]:
    with container.raw() as client:
        names = [one.name for one in client.list_blobs(name_starts_with=f"{root}/")]
        return {
            name.removeprefix(f"{root}/"): client.download_blob(name).readall() for name in names
        }


@pytest.mark.parametrize("disable", ["true", "false"])
def test_an_image_is_pushed_to_a_container_and_pulled_from_it(
    container: AzureServer, skopeo: Command, image: Layout, tmp_path: Path, disable: str
) -> None:
    folder = tmp_path / "server"
    config = configured(container, folder, disable=disable)
    with storagedriver_server(folder, config) as server:
        push(skopeo, image, f"{server.address}/over/azure:v1")

        content = pull(skopeo, f"{server.address}/over/azure:v1", tmp_path / "pulled")

    assert image.blobs() == content
    assert laid_out(image, "over/azure", "v1") == objects(container, f"redirect-{disable}")
    assert ("status=307" in server.log.read_text()) == (disable == "false")


def test_an_upload_goes_on_when_its_registry_was_killed_in_the_middle(
    container: AzureServer, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    config = configured(container, folder, disable="true")
    content = some_bytes(4, 4_000_000)

    with storagedriver_server(folder, config) as server, connect(server.url) as client:
        repository = Repository(client, "over/azure")
        location = repository.patch(repository.start(), content[:ACKNOWLEDGED])

        def cut() -> Iterator[bytes]:
            yield content[ACKNOWLEDGED:SENT]
            taken = KEPT + IN_FLIGHT
            wait_until(lambda: (repository.status(location) or 0) >= taken, "some of the upload")
            server.kill()
            yield content[SENT:]

        with pytest.raises(httpx.TransportError):
            httpx.patch(f"{server.url}{location}", content=cut(), headers=BINARY, timeout=PATIENCE)

    with storagedriver_server(folder, config) as server, connect(server.url) as client:
        repository = Repository(client, "over/azure")
        size = repository.status(location)
        assert size is not None
        assert KEPT <= size <= SENT
        location = repository.patch(location, content[size:], first=size)
        repository.finish(location, digest_of(content))
        assert content == repository.blob(digest_of(content))
