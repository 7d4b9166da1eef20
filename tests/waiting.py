"""Turns of the event loop, and errors that nobody looked at."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

PATIENCE = 60  # seconds, before a test that hangs gives up


async def turns(count: int = 5) -> None:
    """Let all tasks that are ready run for some turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def no_forgotten_errors() -> AsyncIterator[None]:
    """Fail if the loop complains, during the test, of an error that nobody retrieved."""
    messages: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: messages.append(context["message"]))
    yield
    gc.collect()
    assert [] == messages
