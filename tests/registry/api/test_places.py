"""Pages of the catalog, for those who may not see all of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.places import Places
from storagedriver.registry.app import create_app
from storagedriver.registry.auth.access import CATALOG, NOBODY, Access, Lack, Principal, Scope
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.store import Digest, catalog, layout
from storagedriver.registry.store.errors import NameInvalidError
from tests.registry.api.content import code_of
from tests.registry.store.spying import SpyingDriver

OPEN = ["c-open", "g/open", "h-open"]
HIDDEN = ["a", "b", "d", "e", "f", "g", "g/hidden", "i", "j", "k"]
PASSED_OVER = 2


@pytest.fixture(autouse=True)
async def repositories(driver: StorageDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "PASSED_OVER", PASSED_OVER)
    for name in OPEN + HIDDEN:
        await driver.put_content(layout.layer(name, Digest.of(b"")), b"x")


class Open:
    """Lets anybody ask for the catalog, and shows what is open."""

    async def identify(self, scope: Scope) -> Principal:
        return NOBODY

    async def allows(self, principal: Principal, access: Access) -> bool:
        return access == CATALOG

    async def shows(self, principal: Principal, name: str) -> bool:
        return name in OPEN

    def challenge(self, scope: Scope, needed: Sequence[Access], lack: Lack) -> str | None:
        return None


@asynccontextmanager
async def stranger(driver: StorageDriver, secret: str = "s") -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a registry where something is open."""
    app = create_app(driver, Config(secret=secret), access=Open())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        yield client


@pytest.mark.parametrize("n", [1, 2, 10])
async def test_the_pages_of_a_stranger_have_all_that_is_open_and_tell_of_nothing_else(
    driver: StorageDriver, n: int
) -> None:
    spy = SpyingDriver(driver)
    found: list[str] = []
    told, url = "", f"/v2/_catalog?n={n}"
    async with stranger(spy) as client:
        while url:
            spy.calls.clear()
            page = await client.get(url)
            found += page.json()["repositories"]
            url = page.links.get("next", {}).get("url", "")
            told += url

            # The root, and those that are shown and passed over: one more is looked into ahead.
            assert len(spy.calls) <= 2 * (1 + PASSED_OVER + n + 1)

    assert OPEN == found
    assert not [name for name in HIDDEN if f"last={name}&" in f"{told}&"]
    assert "hidden" not in told
    assert "~" in told


async def test_another_registry_goes_on_if_it_has_the_same_secret(driver: StorageDriver) -> None:
    async with stranger(driver) as client:
        url = (await client.get("/v2/_catalog")).links["next"]["url"]
    async with stranger(driver) as same, stranger(driver, "another") as other:
        on, off = await same.get(url), await other.get(url)

    assert OPEN[:1] == on.json()["repositories"]
    assert (400, "NAME_INVALID") == (off.status_code, code_of(off))


def test_a_hidden_place_is_read_again_and_tells_not_even_its_length() -> None:
    places = Places("secret")
    names = ["a", "a/b", "x" * 255]

    hidden = [places.hidden(name) for name in names]

    assert names == [Places("secret").read(place) for place in hidden]
    assert {len(hidden[0])} == {len(place) for place in hidden}
    assert hidden == [places.hidden(name) for name in names]


@pytest.mark.parametrize("spoil", ["~", "~~", "~zz", "~\u00e9", "~00", "~" + "0" * 600])
def test_a_place_that_was_not_written_here_is_refused(spoil: str) -> None:
    with pytest.raises(NameInvalidError, match="begin the catalog again"):
        Places("secret").read(spoil)


def test_what_is_no_hidden_place_is_read_as_it_is() -> None:
    assert ["", "a/b", "A~"] == [Places("secret").read(text) for text in ("", "a/b", "A~")]
