"""Whatever is sent, the registry answers at once, in its own words, and tells no secret."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry.hostile.requests import hostile, sent
from tests.registry.hostile.scenes import Hostile, registry


@pytest.mark.parametrize("asked", ["nobody", "htpasswd", "token"])
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(requests=st.lists(hostile(), min_size=10, max_size=20))
async def test_no_request_fails_the_registry(
    asked: str, tmp_path: Path, requests: list[tuple[Hostile, str]]
) -> None:
    async with registry(tmp_path, asked) as made:
        for request, credentials in requests:
            await sent(made, request, credentials)
