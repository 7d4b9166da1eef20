"""Beginning a listing in the middle, on services that cannot: by reading what comes before."""

from collections.abc import Awaitable, Callable

from storagedriver.drivers.objectstore.service import Page


async def page_behind(after: str, ask: Callable[[str | None], Awaitable[Page]]) -> Page:
    """Return the first page that has something behind `after`, without what comes before.

    `ask` gives the page of a token, the first for None.
    """
    more: str | None = None
    while True:
        page = await ask(more)
        objects = [found for found in page.objects if found.key > after]
        prefixes = [one for one in page.prefixes if one > after and not after.startswith(one)]
        if objects or prefixes or page.more is None:
            return Page(objects=objects, prefixes=prefixes, more=page.more)
        more = page.more
