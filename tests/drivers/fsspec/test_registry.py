"""The registry over a server of files, which outlives the registry's own process."""

import json
from pathlib import Path

import pytest

from tests.clients.commands import Command, skopeo
from tests.clients.images import image_layout
from tests.clients.transfers import pull, push
from tests.drivers.fsspec.fileservers import Place
from tests.operations.brokenclient import sending_part
from tests.operations.repository import Repository, connect, digest_of, some_bytes, wait_until
from tests.servers import storagedriver_server

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.parametrize("place", ["sftp"], indirect=True),
]

CONTENT = some_bytes(4, 3_000_000)
FIRST = 1_000_000
SENT = 2_000_000
BINARY = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def client(tmp_path: Path) -> Command:
    return skopeo(tmp_path / "skopeo")


def arguments(place: Place) -> list[str]:
    return ["--driver", place.url, "-o", f"options={json.dumps(place.options)}"]


def test_an_image_is_pushed_to_a_server_of_files_and_pulled(
    place: Place, client: Command, tmp_path: Path
) -> None:
    image = image_layout(tmp_path / "image", seed=20240103)

    with storagedriver_server(tmp_path, *arguments(place)) as server:
        push(client, image, f"{server.address}/team/app:v1")
    with storagedriver_server(tmp_path, *arguments(place)) as server:
        content = pull(client, f"{server.address}/team/app@{image.digest}", tmp_path / "pulled")
        log = server.log.read_text()

    assert image.blobs() == content
    assert str(place.options["key_filename"]) not in log
    assert [] == list((place.root / "~/drafts").iterdir())
    assert [] == list((place.root / "~/temporary").iterdir())


def owner(place: Place) -> str:
    """Return which writer has taken the only unfinished upload over."""
    (state,) = (place.root / "~/drafts").glob("*/state")
    return str(json.loads(state.read_bytes())["owner"])


def test_an_upload_that_kill_9_cuts_in_mid_blob_goes_on(place: Place, tmp_path: Path) -> None:
    with storagedriver_server(tmp_path, *arguments(place)) as server, connect(server.url) as client:
        repository = Repository(client, "team/app")
        location = repository.patch(repository.start(), CONTENT[:FIRST])
        before = owner(place)
        sent = CONTENT[FIRST:SENT]
        rest = len(CONTENT) - FIRST
        with sending_part(server.address, "PATCH", location, sent, of=rest, headers=BINARY):
            wait_until(lambda: owner(place) != before, "a writer of the second part")
            server.kill()

    with storagedriver_server(tmp_path, *arguments(place)) as server, connect(server.url) as client:
        repository = Repository(client, "team/app")
        size = repository.status(location)
        assert size is not None
        assert FIRST <= size <= SENT
        location = repository.patch(location, CONTENT[size:], first=size)
        repository.finish(location, digest_of(CONTENT))

        assert CONTENT == repository.blob(digest_of(CONTENT))
    assert [] == list((place.root / "~/drafts").iterdir())
