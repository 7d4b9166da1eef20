"""The pages for operators, which tell of all workers together, served by a process of its own.

So the sums are made in one place, which outlives each of the workers, and is asked for nothing
else. Each worker has its pages at a Unix socket in a folder that nobody else may look into.
"""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from storagedriver.registry.api.debug import HEALTH, LIVE, READY, Answer, health_page, page_app
from storagedriver.registry.workers.asking import Page, asked

if TYPE_CHECKING:
    from storagedriver.registry.workers.sums import Sums


class Overview:
    """What the workers tell, `count` of them, at their sockets in a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count

    def app(self, metrics_path: str | None) -> ASGIApp:
        """Return an app with the pages that each worker has; metrics only where they are kept."""
        pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            LIVE: self._live,
            READY: partial(self._health, READY),
            HEALTH: partial(self._health, HEALTH),
        }
        if metrics_path is not None:
            from storagedriver.registry.workers.sums import Sums  # noqa: PLC0415 - slow to import

            pages[metrics_path] = partial(self._metrics, Sums(), metrics_path)
        return page_app(pages)

    def remove(self) -> None:
        """Remove the folder with all sockets in it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _live(self) -> Answer:
        return health_page({})

    async def _health(self, path: str) -> Answer:
        """Give the reasons of all workers; one that does not answer is a reason too."""
        failing: dict[str, str] = {}
        pages = [page for page in (await self._pages(path)).values() if page is not None]
        for page in pages:
            failing |= json.loads(page.body)
        if len(pages) < self._count:
            failing["workers"] = f"{len(pages)} of {self._count} answer"
        return health_page(failing)

    async def _metrics(self, sums: "Sums", path: str) -> Answer:
        pages = await self._pages(path)
        sums.keep(pages)
        for process, page in pages.items():
            if page is not None:
                sums.see(process, page.body.decode())
        return sums.page()

    async def _pages(self, path: str) -> Mapping[str, Page | None]:
        """Ask each worker for a page; None stands for one that does not answer."""
        sockets = sorted(self._folder.iterdir())
        found = await asyncio.gather(*(_page(each, path) for each in sockets))
        return {
            each.name: page
            for each, (is_there, page) in zip(sockets, found, strict=True)
            if is_there
        }


async def _page(socket: Path, path: str) -> tuple[bool, Page | None]:
    """Tell whether a worker is there, and what it answers."""
    try:
        return True, await asked(socket, path)
    except (ConnectionRefusedError, FileNotFoundError):
        return False, None
