"""Random repositories are collected, and compared with a model that knows only sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import BlobUnknownError, ManifestUnknownError
from storagedriver.registry.store.garbage import Problem, Removed, collect
from storagedriver.registry.store.mediatypes import OCI_INDEX, OCI_MANIFEST
from tests.registry.store.content import (
    body,
    check_storage,
    descriptor,
    encoded,
    files,
    image,
    index,
    push_blob,
    read_blob,
    unhurried,
)

NAMES = ["a", "a/b", "c"]
TAGS = ["v1", "v2"]
BLOBS = [b"blob %d" % number for number in range(4)]
CONFIG = b"{}"
CHANGES = ["image", "index", "push", "mount", "upload", "untag", "delete", "unlink"]


@dataclass(frozen=True)
class Step:
    """What a client does; `first` and `second` choose what it is done with."""

    act: str
    name: str
    first: int
    second: int
    tag: str | None
    is_referrer: bool


STEPS = st.lists(
    st.builds(
        Step,
        act=st.sampled_from([*CHANGES, "image", "index"]),
        name=st.sampled_from(NAMES),
        first=st.integers(0, 3),
        second=st.integers(0, 3),
        tag=st.sampled_from([None, *TAGS]),
        is_referrer=st.booleans(),
    ),
    max_size=12,
)


@dataclass
class Model:
    """What clients did, in plain sets; where there is a bool, it says whether it is young."""

    is_young: bool = False
    content: dict[Digest, bytes] = field(default_factory=dict)
    stored: dict[Digest, bool] = field(default_factory=dict)
    layers: dict[tuple[str, Digest], bool] = field(default_factory=dict)
    revisions: dict[tuple[str, Digest], bool] = field(default_factory=dict)
    tags: dict[tuple[str, str], Digest] = field(default_factory=dict)
    names: dict[Digest, set[Digest]] = field(default_factory=dict)
    subjects: dict[Digest, Digest] = field(default_factory=dict)

    def store(self, content: bytes) -> Digest:
        digest = Digest.of(content)
        self.content[digest] = content
        self.stored.setdefault(digest, self.is_young)
        return digest

    def manifests(self, name: str) -> list[Digest]:
        return [digest for one, digest in self.revisions if one == name]

    def followed(self, name: str, *, delete_untagged: bool) -> set[Digest]:
        """Give the manifests that live in a repository."""
        here = {*self.manifests(name)}
        tagged = {digest for (one, _), digest in self.tags.items() if one == name}
        young = {digest for digest in here if self.revisions[name, digest]}
        found = (tagged | young) & here if delete_untagged else here
        while True:
            more = {each for one in found for each in self.names[one] if each in here}
            more |= {each for each in here if self.subjects.get(each) in found}
            if more <= found:
                return found
            found = found | more

    def live(self, *, delete_untagged: bool) -> set[Digest]:
        """Give the digests that live."""
        found = {digest for (_, digest), is_young in self.layers.items() if is_young}
        for name in NAMES:
            manifests = self.followed(name, delete_untagged=delete_untagged)
            found |= manifests.union(*(self.names[each] for each in manifests))
        return found


class Client:
    """Does steps to a store, and to the model what they mean."""

    def __init__(self, store: Store, model: Model) -> None:
        self._store = store
        self._model = model

    async def do(self, step: Step) -> None:
        await getattr(self, f"_{step.act}")(step)

    async def _blob(self, name: str, content: bytes) -> Digest:
        digest = self._model.store(content)
        await push_blob(self._store, name, content)
        self._model.layers[name, digest] = self._model.is_young
        return digest

    async def _push(self, step: Step) -> None:
        await self._blob(step.name, BLOBS[step.first])

    async def _mount(self, step: Step) -> None:
        try:
            digest = Digest.of(BLOBS[step.first])
            await self._store.blobs.mount(step.name, digest, NAMES[step.second % len(NAMES)])
        except BlobUnknownError:
            return
        self._model.layers[step.name, digest] = self._model.is_young

    async def _image(self, step: Step) -> None:
        layers = [BLOBS[number] for number in {step.first, step.second}]
        named = {await self._blob(step.name, content) for content in (CONFIG, *layers)}
        await self._put(step, image(CONFIG, layers), OCI_MANIFEST, named)

    async def _index(self, step: Step) -> None:
        here = self._model.manifests(step.name)
        chosen = {number % len(here) for number in (step.first, step.second)} if here else set()
        children = [self._model.content[here[number]] for number in chosen]
        named = {Digest.of(content) for content in children}
        await self._put(step, index(children), OCI_INDEX, named)

    async def _put(
        self, step: Step, document: dict[str, object], media_type: str, named: set[Digest]
    ) -> None:
        model = self._model
        known = [*model.names]
        subject = known[(step.first + step.second) % len(known)] if known else None
        if subject is not None and step.is_referrer:
            document["subject"] = descriptor(model.content[subject], OCI_MANIFEST)
        digest = model.store(encoded(document))
        tags = [step.tag] if step.tag else []
        await self._store.manifests.put(
            step.name, str(digest), media_type, model.content[digest], tags
        )
        model.names[digest] = named
        if "subject" in document and subject is not None:
            model.subjects[digest] = subject
        model.revisions[step.name, digest] = model.is_young
        model.tags |= {(step.name, tag): digest for tag in tags}

    async def _upload(self, step: Step) -> None:
        upload = await self._store.uploads.start(step.name)
        await self._store.uploads.append(step.name, upload.id, body(BLOBS[step.first]))

    async def _untag(self, step: Step) -> None:
        if step.tag and self._model.tags.pop((step.name, step.tag), None):
            await self._store.tags.delete(step.name, step.tag)

    async def _delete(self, step: Step) -> None:
        here = self._model.manifests(step.name)
        if not here:
            return
        digest = here[step.first % len(here)]
        await self._store.manifests.delete(step.name, digest)
        del self._model.revisions[step.name, digest]
        gone = {key for key, it in self._model.tags.items() if (key[0], it) == (step.name, digest)}
        for key in gone:
            del self._model.tags[key]

    async def _unlink(self, step: Step) -> None:
        digest = Digest.of(BLOBS[step.first])
        if self._model.layers.pop((step.name, digest), None) is not None:
            await self._store.blobs.delete(step.name, digest)


async def check(driver: StorageDriver, model: Model, *, delete_untagged: bool) -> None:
    """What lives is there and can be read; nothing else is, but for what is young."""
    live = model.live(delete_untagged=delete_untagged)
    kept = {digest for digest, is_young in model.stored.items() if is_young or digest in live}
    paths = await files(driver)
    blobs = [path for path in paths if path.startswith(f"{layout.BLOBS}/")]
    assert {layout.blob(digest) for digest in kept} == {*blobs}
    async with Store(driver) as store:
        for name in NAMES:
            followed = model.followed(name, delete_untagged=delete_untagged)
            for digest in model.manifests(name):
                if digest in followed:
                    found = await store.manifests.get(name, str(digest))
                    assert model.content[digest] == found.content
                else:
                    with pytest.raises(ManifestUnknownError):
                        await store.manifests.get(name, str(digest))
        for (name, tag), digest in model.tags.items():
            assert digest == (await store.manifests.get(name, tag)).digest
        for name, digest in model.layers:
            if digest in kept:
                assert model.content[digest] == await read_blob(store, name, digest)
            else:
                assert layout.layer(name, digest) not in paths
    await check_storage(driver)


def moment() -> datetime:
    """Return a moment between all that was done and all that will be."""
    between = datetime.now(UTC)
    while datetime.now(UTC) <= between:
        pass
    return between


async def uploads(driver: StorageDriver) -> tuple[Sequence[str], Sequence[str]]:
    unfinished = [each.id async for each in driver.unfinished()]
    return [path for path in await files(driver) if f"/{layout.UPLOADS}/" in path], unfinished


@settings(unhurried, max_examples=60)
@given(old=STEPS, young=st.one_of(st.just([]), STEPS), delete_untagged=st.booleans())
async def test_what_is_reachable_stays_and_what_is_not_and_old_goes(
    old: list[Step], young: list[Step], *, delete_untagged: bool
) -> None:
    async with open_driver("memory") as driver, Store(driver) as store:
        model = Model()
        client = Client(store, model)
        await client.do(Step("image", "c", 0, 1, "stays", is_referrer=False))
        for step in old:
            await client.do(step)
        before, model.is_young = moment(), True
        for step in young:
            await client.do(step)
        under_way = await uploads(driver)

        events = [
            each async for each in collect(driver, before=before, delete_untagged=delete_untagged)
        ]

        assert [] == [each for each in events if isinstance(each, Problem)]
        await check(driver, model, delete_untagged=delete_untagged)
        assert under_way == await uploads(driver)
        again = collect(driver, before=before, delete_untagged=delete_untagged)
        assert [] == [each async for each in again if isinstance(each, Removed)]
