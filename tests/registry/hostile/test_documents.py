"""Whatever is taken as a manifest can be read, listed, told of, collected and deleted."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver.registry.notifications.envelope import references_in
from storagedriver.registry.store.garbage import Problem, collect
from tests.registry.api.content import OCI_MANIFEST, digest_of
from tests.registry.api.direct import Headers
from tests.registry.hostile.documents import MANIFESTS
from tests.registry.hostile.scenes import IMAGE, PREFIX, Hostile, Registry, registry
from tests.registry.store import signing as schema1

URL = f"{PREFIX}/v2/a/manifests/new"
LISTS = [f"{PREFIX}/v2/a/referrers/{digest_of(IMAGE)}", f"{PREFIX}/v2/a/tags/list?n=100"]


async def _status(made: Registry, method: str, url: str) -> int:
    answer = await made.checked(Hostile(method=method, url=url))
    assert answer is not None
    return answer.status_code


async def _try(made: Registry, content: bytes, headers: Headers) -> None:
    pushed = await made.checked(Hostile(method="PUT", url=URL, headers=headers, pieces=[content]))
    assert pushed is not None
    if pushed.status_code != 201:
        assert 404 == await _status(made, "GET", URL)
        return
    got = await made.checked(Hostile(method="GET", url=URL))
    assert got is not None
    assert (200, content) == (got.status_code, got.content)
    references_in(content)
    assert {200} == {await _status(made, "GET", url) for url in LISTS}
    assert not [
        each async for each in collect(made.driver, before=None) if isinstance(each, Problem)
    ]
    assert 202 == await _status(made, "DELETE", pushed.headers["location"])


@pytest.mark.parametrize("media_type", [OCI_MANIFEST, schema1.TYPE, ""])
@settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(contents=st.lists(MANIFESTS, min_size=10, max_size=20))
async def test_what_is_taken_is_fit_for_everything(
    media_type: str, tmp_path: Path, contents: list[bytes]
) -> None:
    headers = [(b"content-type", media_type.encode())] if media_type else []
    async with registry(tmp_path, "nobody") as made:
        for content in contents:
            await _try(made, content, headers)
