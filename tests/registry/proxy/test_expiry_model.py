"""Random pulls through two mirrors over one storage, and what expires, compared with plain sets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.mirror import Mirror
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.store import Digest, layout
from storagedriver.registry.store.mediatypes import OCI_INDEX, OCI_MANIFEST
from tests.registry.proxy.clocks import Clock, Dated
from tests.registry.store.content import (
    check_storage,
    descriptor,
    encoded,
    files,
    image,
    index,
    read_blob,
    unhurried,
)

TTL = timedelta(hours=100)
NAMES = ["a", "a/b"]
TAG = "v1"
BLOBS = [b"blob %d" % number for number in range(4)]
ONE, TWO, THREE = (encoded(image(BLOBS[0], BLOBS[at : at + 2])) for at in (0, 1, 2))
BOTH = encoded(index([ONE, TWO]))
SIGNATURE = encoded(image(BLOBS[3], [], subject=descriptor(THREE, OCI_MANIFEST)))
MANIFESTS = [ONE, TWO, THREE, BOTH, SIGNATURE]

NAMED = {
    ONE: BLOBS[0:2],
    TWO: [BLOBS[0], *BLOBS[1:3]],
    THREE: [BLOBS[0], *BLOBS[2:4]],
    BOTH: [ONE, TWO],
    SIGNATURE: [BLOBS[3], THREE],
}

# No sum of such waits is from TTL up to a tenth more, in which something may be there or not.
LONG, SHORT, MOST_STEPS = 60, 2, 18


@dataclass(frozen=True)
class Step:
    """What a client of one of two mirrors does, or that time goes by and things expire."""

    act: str
    mirror: int
    name: str
    number: int
    tag: str | None
    is_short: bool


STEPS = st.lists(
    st.builds(
        Step,
        act=st.sampled_from(["manifest", "blob", "expire"]),
        mirror=st.integers(0, 1),
        name=st.sampled_from(NAMES),
        number=st.integers(0, len(MANIFESTS) - 1),
        tag=st.sampled_from([None, TAG]),
        is_short=st.booleans(),
    ),
    min_size=4,
    max_size=MOST_STEPS,
)


@dataclass
class Model:
    """What was asked for last, and when; all of it is stored."""

    tags: dict[tuple[str, str], tuple[bytes, datetime]] = field(default_factory=dict)
    manifests: dict[tuple[str, bytes], datetime] = field(default_factory=dict)
    layers: dict[tuple[str, bytes], datetime] = field(default_factory=dict)
    stored: dict[bytes, datetime] = field(default_factory=dict)

    def followed(self, name: str, now: datetime) -> set[bytes]:
        """Give the manifests of a repository that live."""
        here = {each for one, each in self.manifests if one == name}
        found = {each for (one, _), (each, _) in self.tags.items() if one == name}
        found |= {each for each in here if now - self.manifests[name, each] <= TTL}
        while True:
            more = {each for one in found for each in NAMED[one] if each in here}
            more |= {SIGNATURE} & here if THREE in found else set()
            if more <= found:
                return found
            found = found | more

    def expire(self, now: datetime) -> None:
        self.tags = {key: it for key, it in self.tags.items() if now - it[1] <= TTL}
        followed = {name: self.followed(name, now) for name in NAMES}
        self.manifests = {
            (name, each): asked
            for (name, each), asked in self.manifests.items()
            if each in followed[name]
        }
        live = {each for (_, each), asked in self.layers.items() if now - asked <= TTL}
        live |= {each for name in NAMES for each in followed[name]}
        live |= {each for name in NAMES for one in followed[name] for each in NAMED[one]}
        self.stored = {
            each: fetched
            for each, fetched in self.stored.items()
            if each in live or now - fetched <= TTL
        }
        self.layers = {key: it for key, it in self.layers.items() if key[1] in self.stored}

    def paths(self) -> set[str]:
        return {
            *(layout.current(*key) for key in self.tags),
            *(layout.revision(name, Digest.of(each)) for name, each in self.manifests),
            *(layout.layer(name, Digest.of(each)) for name, each in self.layers),
            *(layout.blob(Digest.of(each)) for each in self.stored),
        }


class Upstream(httpx.MockTransport):
    """A registry that has all manifests and blobs in all repositories; tags name what one sets."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.tagged = MANIFESTS[0]
        self._all = {str(Digest.of(each)): each for each in (*MANIFESTS, *BLOBS)}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        content = self._all.get(request.url.path.rpartition("/")[2], self.tagged)
        media_type = OCI_INDEX if content == BOTH else OCI_MANIFEST
        headers = {
            "content-type": media_type,
            "content-length": str(len(content)),
            "docker-content-digest": str(Digest.of(content)),
        }
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))


class Scene:
    """Does steps to the mirrors, and to the model what they mean."""

    def __init__(self, driver: StorageDriver, clock: Clock) -> None:
        self.clock = clock
        self.model = Model()
        self.upstream = Upstream()
        proxy = Proxy(url="https://upstream.test", ttl=TTL.total_seconds())
        self.mirrors = [Mirror(driver, proxy, transport=self.upstream, now=clock) for _ in range(2)]

    async def do(self, step: Step) -> None:
        await getattr(self, f"_{step.act}")(step, self.mirrors[step.mirror])

    async def _manifest(self, step: Step, mirror: Mirror) -> None:
        content, now = MANIFESTS[step.number], self.clock()
        self.upstream.tagged = content
        found = await mirror.manifests.get(step.name, step.tag or str(Digest.of(content)))
        assert content == found.content
        if step.tag:
            self.model.tags[step.name, step.tag] = content, now
        self.model.manifests[step.name, content] = now
        self.model.stored.setdefault(content, now)

    async def _blob(self, step: Step, mirror: Mirror) -> None:
        content, now = BLOBS[step.number % len(BLOBS)], self.clock()
        assert content == await read_blob(mirror, step.name, Digest.of(content))
        self.model.layers[step.name, content] = now
        self.model.stored.setdefault(content, now)

    async def _expire(self, step: Step, mirror: Mirror) -> None:
        self.clock.advance(SHORT if step.is_short else LONG)
        self.model.expire(self.clock())
        await mirror.expire()

    async def aclose(self) -> None:
        for mirror in self.mirrors:
            await mirror.aclose()


def is_told(path: str) -> bool:
    return "/index/" not in path and "/referrers/" not in path


@settings(unhurried, max_examples=100)
@given(steps=STEPS)
async def test_what_nobody_asks_for_goes_and_what_an_image_in_use_names_stays(
    steps: list[Step],
) -> None:
    async with open_driver("memory") as memory:
        driver = Dated(memory, Clock())
        scene = Scene(driver, driver.clock)
        try:
            for step in steps:
                await scene.do(step)
                assert scene.model.paths() == {*filter(is_told, await files(driver))}, step
                await check_storage(driver)
            driver.clock.advance(10 * LONG)
            await scene.mirrors[0].expire()
            assert [] == await files(driver)
        finally:
            await scene.aclose()
