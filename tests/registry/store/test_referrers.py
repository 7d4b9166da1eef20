"""What refers to a manifest is listed while it can be pulled, once, whoever wrote it down."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout, referrers
from storagedriver.registry.store.errors import ManifestUnknownError
from storagedriver.registry.store.mediatypes import OCI_INDEX, OCI_MANIFEST
from storagedriver.registry.store.records import Referrer
from storagedriver.registry.store.selfdescription import MOST_BYTES
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    descriptor,
    encoded,
    image,
    index,
    push_blob,
    unhurried,
)

NAME = "team/app"
SUBJECT = Digest.of(IMAGE)
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def referring(number: int = 0, *, subject: bytes = IMAGE, **fields: object) -> bytes:
    return encoded(
        image(
            layers=(),
            subject=descriptor(subject, OCI_MANIFEST),
            annotations={"number": str(number)},
            **fields,
        )
    )


async def push(store: Store, content: bytes, name: str = NAME, algorithm: str = "sha256") -> Digest:
    await push_blob(store, name, CONFIG)
    digest = Digest.of(content, algorithm)
    kind = OCI_INDEX if b'"manifests"' in content else OCI_MANIFEST
    await store.manifests.put(name, str(digest), kind, content)
    return digest


async def listed(store: Store, subject: Digest = SUBJECT) -> list[Digest]:
    return [item.digest for item in (await store.referrers.list(NAME, subject, limit=99)).items]


async def test_a_referrer_is_described(store: Store) -> None:
    typed = referring(1, artifactType="a/signature")
    untyped = referring(2)
    collection = encoded(index([], subject=descriptor(IMAGE, OCI_MANIFEST)))
    for content in (typed, untyped, collection):
        await push(store, content)

    found = {
        item.digest: item for item in (await store.referrers.list(NAME, SUBJECT, limit=9)).items
    }

    def expected(content: bytes, kind: str, artifact_type: str | None, **notes: str) -> Referrer:
        return Referrer(
            digest=Digest.of(content),
            size=len(content),
            media_type=kind,
            artifact_type=artifact_type,
            annotations=notes,
        )

    described = [
        expected(typed, OCI_MANIFEST, "a/signature", number="1"),
        expected(untyped, OCI_MANIFEST, CONFIG_TYPE, number="2"),
        expected(collection, OCI_INDEX, None),
    ]
    assert {item.digest: item for item in described} == found


async def test_other_subjects_and_repositories_have_their_own(store: Store) -> None:
    await push(store, referring(1, subject=b"another"))
    await push(store, referring(2), name="another")

    assert [] == await listed(store)
    assert [Digest.of(referring(1, subject=b"another"))] == await listed(
        store, Digest.of(b"another")
    )


async def test_what_lost_its_subject_is_listed_still(store: Store) -> None:
    subject = await push(store, encoded(image(layers=())))
    digest = await push(store, referring(subject=encoded(image(layers=()))))

    await store.manifests.delete(NAME, subject)

    assert [digest] == await listed(store, subject)


operations = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.booleans()), max_size=12)


@unhurried
@given(operations, st.integers(1, 4))
async def test_what_was_pushed_and_not_deleted_is_listed_by_pages(
    operations: list[tuple[bool, int, bool]], limit: int
) -> None:
    there: set[Digest] = set()
    async with open_driver("memory") as driver, Store(driver) as store:
        for is_push, number, is_long in operations:
            content = referring(number)
            digest = Digest.of(content, "sha512" if is_long else "sha256")
            if is_push:
                there.add(await push(store, content, algorithm=digest.algorithm))
            else:
                there.discard(digest)
                with suppress(ManifestUnknownError):
                    await store.manifests.delete(NAME, digest)

        found, after = [], None
        while page := await store.referrers.list(NAME, SUBJECT, limit=limit, after=after):
            assert len(page.items) <= limit
            found += [item.digest for item in page.items]
            if (after := page.after) is None:
                break

    assert sorted(there) == found


async def test_a_list_that_a_client_kept_under_a_tag_is_given_too(
    driver: StorageDriver, store: Store
) -> None:
    contents = [referring(number) for number in range(4)]
    for content in contents:
        await push(store, content)
    for content in contents[:3]:  # as if an older registry had stored them
        await driver.delete(layout.referrer(NAME, SUBJECT, Digest.of(content)))
    stranger = encoded(image(layers=()))
    await push(store, stranger)
    tag = f"sha256-{SUBJECT.encoded}"
    kept = encoded(index([*contents[1:], stranger]))
    await store.manifests.put(NAME, tag, OCI_INDEX, kept)

    assert sorted(map(Digest.of, contents[1:])) == await listed(store)
    page = await store.referrers.list(NAME, SUBJECT, limit=1)
    rest = await store.referrers.list(NAME, SUBJECT, limit=9, after=page.after)
    assert sorted(map(Digest.of, contents[1:])) == [
        item.digest for item in (*page.items, *rest.items)
    ]


@pytest.mark.parametrize("garbage", [b"", b"latest", b"gone"])
async def test_what_a_crash_or_another_registry_left_is_passed_over(
    driver: StorageDriver, store: Store, garbage: bytes
) -> None:
    digest, lost = await push(store, referring(1)), await push(store, referring(2))
    if garbage == b"gone":
        await driver.delete(layout.revision(NAME, lost))
    else:
        await driver.put_content(layout.revision(NAME, lost), garbage)
    folder = layout.referrers(NAME, SUBJECT)
    await driver.put_content(f"{folder}/sha256/notes", b"")
    await driver.put_content(f"{folder}/notes", b"")

    assert [digest] == await listed(store)


async def test_a_manifest_whose_bytes_are_corrupt_can_be_deleted(
    driver: StorageDriver, store: Store
) -> None:
    digest = await push(store, referring())
    await driver.put_content(layout.blob(digest), b"{")

    async with Store(driver) as fresh:
        await fresh.manifests.delete(NAME, digest)
        assert [] == await listed(fresh)


async def test_a_page_ends_before_it_is_too_large_to_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = sorted([await push(store, referring(number)) for number in range(3)])
    monkeypatch.setattr(referrers, "MOST_BYTES", 1)

    page = await store.referrers.list(NAME, SUBJECT, limit=9)

    assert digests[:1] == [item.digest for item in page.items]
    assert digests[0] == page.after


async def test_a_page_ends_when_much_was_read_for_it_in_vain(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = sorted([await push(store, referring(number)) for number in range(3)])
    monkeypatch.setattr(referrers, "MOST_READ", 2)
    monkeypatch.setattr(referrers, "_BATCH", 2)

    page = await store.referrers.list(NAME, SUBJECT, limit=9, artifact_type="a/signature")

    assert ([], digests[1]) == (page.items, page.after)
    rest = await store.referrers.list(
        NAME, SUBJECT, limit=9, artifact_type="a/signature", after=page.after
    )
    assert ([], None) == (rest.items, rest.after)


async def test_a_page_ends_when_what_was_read_for_it_is_heavy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = sorted([await push(store, referring(number)) for number in range(3)])
    monkeypatch.setattr(referrers, "MOST_WEIGHT", 1)
    monkeypatch.setattr(referrers, "_BATCH", 2)

    page = await store.referrers.list(NAME, SUBJECT, limit=9, artifact_type="a/signature")

    assert ([], digests[1]) == (page.items, page.after)


async def test_annotations_that_no_list_can_hold_are_left_out(store: Store) -> None:
    longest = MOST_BYTES - len(json.dumps({"note": ""}))
    for size, kept in ((longest, True), (longest + 1, False)):
        content = encoded(
            image(
                layers=(),
                subject=descriptor(str(size).encode(), OCI_MANIFEST),
                annotations={"note": "x" * size},
            )
        )
        await push(store, content)

        (item,) = (await store.referrers.list(NAME, Digest.of(str(size).encode()), limit=9)).items

        assert kept == bool(item.annotations)


async def test_nothing_is_asked_for_nothing(store: Store) -> None:
    await push(store, referring())

    page = await store.referrers.list(NAME, SUBJECT, limit=0)

    assert ([], None) == (page.items, page.after)
