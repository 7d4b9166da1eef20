"""Redirect URLs: what a client is sent to is the file."""

from storagedriver_conformance.context import Context
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.fetching import fetch
from storagedriver_conformance.properties import prop

NEEDS = ("redirect",)
OK, PARTIAL = 200, 206
ODD = ("/d/...", "/..a/a..", "/-/_", "/a.b-c_d/0-", "/A/a", "/d.tar.gz")


@prop("url.get", "A GET of the URL gives the whole file as it is now, of any size.", needs=NEEDS)
async def get(ctx: Context) -> None:
    part = ctx.limits.min_part or MIB
    for size in (0, 1, 5000, 2 * part + 1):
        content = ctx.body(size, 1)
        await ctx.written("/d/file", content)
        await _gives(ctx, "/d/file", content, f"a file of {size:,} bytes")


async def _gives(ctx: Context, path: str, content: bytes, what: str) -> None:
    answer = await fetch(ctx, await _url(ctx, path))
    ctx.same(OK, answer.status, f"the status of a GET of {what}")
    ctx.same(content, answer.content, f"what a GET of {what} gives")


async def _url(ctx: Context, path: str) -> str:
    url = await ctx.driver.redirect_url(path)
    ctx.holds(url is not None, "there is no URL for GET, although redirect is declared")
    return url or ""


@prop("url.odd-names", "The URL leads to the file whatever its name.", needs=NEEDS)
async def odd_names(ctx: Context) -> None:
    for number, path in enumerate((*ODD, "/long/" + "n" * 200)):
        content = ctx.body(20, number)
        await ctx.driver.put_content(path, content)
        await _gives(ctx, path, content, f"the file {path}")


@prop("url.range", "A GET with Range gives that part, and says so.", needs=NEEDS)
async def part_of_it(ctx: Context) -> None:
    content = ctx.body(5000)
    await ctx.driver.put_content("/file", content)
    url = await _url(ctx, "/file")
    for asked, first, end in (
        ("0-0", 0, 1),
        ("10-19", 10, 20),
        ("4990-", 4990, 5000),
        ("4990-9999", 4990, 5000),
        ("-7", 4993, 5000),
    ):
        answer = await fetch(ctx, url, bytes_range=asked)
        if asked.startswith("-") and len(answer.content) == len(content):
            # Some services do not know such a range, and give all, whatever else they say of it.
            ctx.same(content, answer.content, f"what a GET gives that ignores the bytes {asked}")
            continue
        ctx.same(PARTIAL, answer.status, f"the status of a GET of the bytes {asked}")
        ctx.same(content[first:end], answer.content, f"what a GET of the bytes {asked} gives")
        told = answer.headers.get("content-range")
        ctx.same(f"bytes {first}-{end - 1}/5000", told, f"Content-Range of the bytes {asked}")


@prop("url.head", "A HEAD of its URL, where there is one, tells the size alone.", needs=NEEDS)
async def head(ctx: Context) -> None:
    await ctx.driver.put_content("/file", ctx.body(5000))
    url = await ctx.driver.redirect_url("/file", method="HEAD")
    if url is None:
        raise ctx.inapplicable("there are no URLs for HEAD")
    answer = await fetch(ctx, url, method="HEAD")
    told = answer.headers.get("content-length")
    ctx.same((OK, "5000", b""), (answer.status, told, answer.content), "status, size and content")
