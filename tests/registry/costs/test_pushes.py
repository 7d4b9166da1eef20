"""What pushes and deletes cost: the calls of the driver, in order, and on a filesystem the syncs.

No byte that was pushed is read back: that would be a `reader`, or a `get_content` of no link.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.registry.api.content import OCI_MANIFEST, digest_of, manifest_of
from tests.registry.costs.counting import Client, syncs
from tests.registry.store.spying import SpyingDriver

SMALL = b"a small blob"
OF_B = b"a blob of the repository b"
LAYER = b"a layer that is there"
LARGE = bytes(3 << 20)
CONFIG = b"{}"
IMAGE = manifest_of(CONFIG, LAYER)
NEXT_IMAGE = manifest_of(CONFIG)

Operation = Callable[[Client], Awaitable[None]]


async def put(client: Client, content: bytes, name: str = "a") -> None:
    location = await client.ask("POST", f"/v2/{name}/blobs/uploads/")
    await client.ask("PUT", f"{location}?digest={digest_of(content)}", content)


async def post(client: Client, content: bytes) -> None:
    await client.ask("POST", f"/v2/a/blobs/uploads/?digest={digest_of(content)}", content)


async def patch(client: Client, content: bytes) -> None:
    location = await client.ask("POST", "/v2/a/blobs/uploads/")
    location = await client.ask("PATCH", location, content)
    await client.ask("PUT", f"{location}?digest={digest_of(content)}")


async def begin(client: Client) -> None:
    await client.ask("POST", "/v2/a/blobs/uploads/")


async def mount(client: Client) -> None:
    await client.ask("POST", f"/v2/a/blobs/uploads/?mount={digest_of(OF_B)}&from=b")


async def tag(client: Client, manifest: bytes, name: str = "v1") -> None:
    await client.ask("PUT", f"/v2/a/manifests/{name}", manifest, OCI_MANIFEST)


async def delete(client: Client, what: str) -> None:
    await client.ask("DELETE", f"/v2/a/{what}")


COSTS: dict[str, tuple[Operation, str]] = {
    "an upload begins": (begin, ""),
    "a small blob, by POST and PUT": (
        lambda client: put(client, SMALL),
        """
        list        /repositories/a/_uploads/ID
        stat        /blobs/DIGEST/data
        put_content /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        """,
    ),
    "a small blob that another repository has": (
        lambda client: put(client, OF_B),
        """
        list        /repositories/a/_uploads/ID
        stat        /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        """,
    ),
    "a small blob, by one POST": (
        lambda client: post(client, SMALL),
        """
        stat        /blobs/DIGEST/data
        put_content /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        """,
    ),
    "3 MiB, by POST and PUT": (
        lambda client: put(client, LARGE),
        """
        list        /repositories/a/_uploads/ID
        put_content /repositories/a/_uploads/ID/startedat
        writer      /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        stat        /blobs/DIGEST/data
        commit      /repositories/a/_uploads/ID/data
        move        /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        close       /repositories/a/_uploads/ID/data
        delete      /repositories/a/_uploads/ID
        """,
    ),
    "3 MiB, by one POST": (
        lambda client: post(client, LARGE),
        """
        writer      /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        stat        /blobs/DIGEST/data
        commit      /repositories/a/_uploads/ID/data
        move        /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        close       /repositories/a/_uploads/ID/data
        """,
    ),
    "3 MiB, by POST, PATCH and PUT": (
        lambda client: patch(client, LARGE),
        """
        list        /repositories/a/_uploads/ID
        put_content /repositories/a/_uploads/ID/startedat
        writer      /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        write       /repositories/a/_uploads/ID/data
        close       /repositories/a/_uploads/ID/data
        list        /repositories/a/_uploads/ID
        writer      /repositories/a/_uploads/ID/data
        stat        /blobs/DIGEST/data
        commit      /repositories/a/_uploads/ID/data
        put_content /repositories/a/_uploads/ID/verified
        move        /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        close       /repositories/a/_uploads/ID/data
        delete      /repositories/a/_uploads/ID
        """,
    ),
    "a mount": (
        mount,
        """
        get_content /repositories/b/_layers/DIGEST/link
        stat        /blobs/DIGEST/data
        put_content /repositories/a/_layers/DIGEST/link
        """,
    ),
    "a manifest with one blob, to a tag": (
        lambda client: tag(client, NEXT_IMAGE),
        """
        get_content /repositories/a/_layers/DIGEST/link
        stat        /blobs/DIGEST/data
        stat        /blobs/DIGEST/data
        put_content /blobs/DIGEST/data
        put_content /repositories/a/_manifests/revisions/DIGEST/link
        put_content /repositories/a/_manifests/tags/v1/index/DIGEST/link
        put_content /repositories/a/_manifests/tags/v1/current/link
        stat        /repositories/a/_manifests/revisions/DIGEST/link
        """,
    ),
    "a manifest is deleted, with its tag": (
        lambda client: delete(client, f"manifests/{digest_of(IMAGE)}"),
        """
        stat        /repositories/a/_manifests/revisions/DIGEST/link
        list        /repositories/a/_manifests/tags
        reader      /repositories/a/_manifests/tags/v1/current/link
        delete      /repositories/a/_manifests/tags/v1/current/link
        delete      /repositories/a/_manifests/tags/v1/index
        delete      /repositories/a/_manifests/revisions/DIGEST/link
        """,
    ),
    "a tag is deleted": (
        lambda client: delete(client, "manifests/v1"),
        """
        delete      /repositories/a/_manifests/tags/v1/current/link
        delete      /repositories/a/_manifests/tags/v1/index
        """,
    ),
    "a blob is deleted": (
        lambda client: delete(client, f"blobs/{digest_of(LAYER)}"),
        "delete      /repositories/a/_layers/DIGEST/link",
    ),
}

# A folder that is made, or removed, is one that its parent is synced for.
SYNCS = {
    "an upload begins": 0,
    "a small blob, by POST and PUT": 6,
    "a small blob that another repository has": 3,
    "a small blob, by one POST": 6,
    "3 MiB, by POST and PUT": 13,
    "3 MiB, by one POST": 10,
    "3 MiB, by POST, PATCH and PUT": 18,
    "a mount": 3,
    "a manifest with one blob, to a tag": 11,
    "a manifest is deleted, with its tag": 3,
    "a tag is deleted": 2,
    "a blob is deleted": 1,
}


async def prepared(driver: StorageDriver) -> Client:
    """Return a client of an app whose storage has an image in `a`, and a blob in `b`."""
    client = Client(SpyingDriver(driver))
    await put(client, CONFIG)
    await put(client, LAYER)
    await put(client, OF_B, "b")
    await tag(client, IMAGE)
    return client


@pytest.fixture
async def memory() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


@pytest.mark.parametrize("title", COSTS)
async def test_the_calls_of_the_driver_are_no_more_than_these(
    memory: StorageDriver, title: str
) -> None:
    operate, expected = COSTS[title]
    client = await prepared(memory)

    with client.calls() as calls:
        await operate(client)

    assert [" ".join(line.split()) for line in expected.strip().splitlines()] == calls


@pytest.mark.parametrize("title", SYNCS)
async def test_the_syncs_of_a_filesystem_are_no_more_than_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    operate, _ = COSTS[title]
    async with open_driver("filesystem", rootdirectory=str(tmp_path)) as driver:
        client = await prepared(driver)
        make_folders_of_blobs(tmp_path)

        with syncs(tmp_path, monkeypatch) as synced:
            await operate(client)

    assert SYNCS[title] == len(synced), synced


async def test_a_blob_is_synced_before_its_link_and_each_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_driver("filesystem", rootdirectory=str(tmp_path)) as driver:
        client = await prepared(driver)
        make_folders_of_blobs(tmp_path)

        with syncs(tmp_path, monkeypatch) as synced:
            await put(client, SMALL)

    assert [
        "/~/temporary/FILE",
        "/blobs/DIGEST",
        "/blobs/sha256/XX",
        "/~/temporary/FILE",
        "/repositories/a/_layers/DIGEST",
        "/repositories/a/_layers/sha256",
    ] == synced


def make_folders_of_blobs(root: Path) -> None:
    """Make what only the first blob in one of 256 folders has to make."""
    for content in (SMALL, LARGE, NEXT_IMAGE):
        folder = digest_of(content).removeprefix("sha256:")[:2]
        (root / "docker/registry/v2/blobs/sha256" / folder).mkdir(exist_ok=True)
