"""Pages: nothing is lost, and nothing comes twice, where one listing takes several requests."""

from asyncio import Semaphore, TaskGroup
from collections.abc import Iterable

from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.walk_properties import everything
from storagedriver_conformance.properties import Tier, prop

MOST = 100
AT_ONCE = 16
THOUSAND = 1_000


def _page(ctx: Context) -> int:
    """Return how many entries one request gives, as far as that many are cheap to make."""
    return min(ctx.limits.page or MOST, MOST)


def _edges(page: int) -> list[int]:
    return [page - 1, page, page + 1, 2 * page, 2 * page + 1]


def _starts(ctx: Context) -> list[int]:
    """Return the places around the edges of pages that a listing may start after."""
    page = _page(ctx)
    starts = [0, page - 2, page - 1, page, page + 1, 2 * page - 1, 2 * page]
    return starts if ctx.capabilities.start_after else []


def _names(many: int) -> list[str]:
    return [f"n{number:05}" for number in range(many)]


async def _grow(ctx: Context, paths: Iterable[str]) -> None:
    for path in paths:
        await ctx.driver.put_content(path, b"x")


@prop("pages.list", "A list of a page more or less loses no file, and gives none twice.")
async def list_files(ctx: Context) -> None:
    names = _names(2 * _page(ctx) + 1)
    made = 0
    for many in _edges(_page(ctx)):
        await _grow(ctx, (f"/d/{name}" for name in names[made:many]))
        made = many
        wanted = [f"/d/{name}" for name in names[:many]]
        ctx.same(wanted, await ctx.children("/d"), f"the list of {many} files")
    for at in _starts(ctx):
        listed = await ctx.children("/d", start_after=names[at])
        ctx.same(wanted[at + 1 :], listed, f"the list after the file number {at + 1}")


@prop("pages.directories", "A list of a page more or less of directories gives each of them once.")
async def list_directories(ctx: Context) -> None:
    names = _names(2 * _page(ctx) + 1)
    made = 0
    for many in _edges(_page(ctx)):
        await _grow(ctx, (f"/d/{name}/x" for name in names[made:many]))
        made = many
        wanted = [(f"/d/{name}", True) for name in names[:many]]
        listed = [(one.path, one.is_dir) async for one in ctx.driver.list("/d")]
        ctx.same(wanted, listed, f"the list of {many} directories")


@prop(
    "pages.big-directory",
    "A directory with more than a page in it is listed once, at the edge of a page too.",
)
async def big_directory(ctx: Context) -> None:
    page = _page(ctx)
    await _grow(ctx, (f"/d/big/{name}" for name in _names(page + 2)))
    await _grow(ctx, ("/d/c", "/d/big-/x"))
    before: list[str] = []
    for many in (0, page - 2, page - 1, page):
        added = [f"/d/a{number:05}" for number in range(len(before), many)]
        await _grow(ctx, added)
        before += added
        wanted = [*before, "/d/big", "/d/big-", "/d/c"]
        ctx.same(wanted, await ctx.children("/d"), f"the list of a directory after {many} files")


@prop("pages.walk", "A walk of a page more or less loses nothing, and gives nothing twice.")
async def walk(ctx: Context) -> None:
    page = _page(ctx)
    paths = [f"/d/{name[:-1]}/{name}" for name in _names(2 * page + 1)]
    made = 0
    for many in _edges(page):
        await _grow(ctx, paths[made:many])
        made = many
        wanted = everything(paths[:many], "/d")
        ctx.same(wanted, await ctx.below("/d"), f"the walk of {many} files in directories")
    for at in _starts(ctx):
        walked = await ctx.below("/d", start_after=wanted[at])
        ctx.same(wanted[at + 1 :], walked, f"the walk after {wanted[at]}")


@prop("pages.siblings", "Order holds over pages: a directory's siblings may fill one before it.")
async def siblings(ctx: Context) -> None:
    page = _page(ctx)
    files = [f"/d/a-{name}" for name in _names(page + 1)]  # all of them are before `a/` as text
    files += [f"/d/a.{name}/x" for name in _names(3)]
    await _grow(ctx, [*files, "/d/a/x", "/d/a/y/z", "/d/0"])
    wanted = everything([*files, "/d/a/x", "/d/a/y/z", "/d/0"], "/d")
    ctx.same(wanted, await ctx.below("/d"), "the walk of a directory after a page of siblings")
    direct = [path for path in wanted if path.count("/") == 2]  # noqa: PLR2004 - /d/name
    ctx.same(direct, await ctx.children("/d"), "the list of a directory after a page of siblings")


@prop("pages.delete", "A delete of a tree of more than two pages leaves nothing of it.")
async def delete(ctx: Context) -> None:
    page = _page(ctx)
    paths = [f"/d/{name[:-1]}/{name}" for name in _names(2 * page + 1)]
    await _grow(ctx, [*paths, "/d-/kept", "/d0"])
    await ctx.driver.delete("/d")
    ctx.same(["/d-", "/d-/kept", "/d0"], await ctx.below("/"), "what a delete of a tree leaves")
    await ctx.gone("/d", "the deleted tree")


@prop(
    "pages.unfinished",
    "More than a page of unfinished writers are all told of, resumed and dropped.",
    needs=("resumable_writer",),
)
async def unfinished(ctx: Context) -> None:
    paths = [f"/d/{name}" for name in _names(_page(ctx) + 2)]
    for path in paths:
        await ctx.pending(path, b"begun")
    found = await ctx.left_open("/d")
    ctx.same(paths, list(found), "what unfinished gives of more than a page of writers")
    async with await ctx.driver.writer(paths[-1], append=True) as writer:
        ctx.same(5, writer.size, "the size of a resumed writer among more than a page of them")
        await writer.commit()
    await ctx.driver.delete("/d")
    ctx.same({}, await ctx.left_open("/"), "what unfinished gives after a delete of them all")


@prop(
    "pages.thousands",
    "Trees of more than two thousand files are listed, walked and deleted wholly.",
    tier=Tier.STANDARD,
)
async def thousands(ctx: Context) -> None:
    names = _names(2 * THOUSAND + 1)
    paths = [f"/d/{name}" for name in names]
    limit = Semaphore(AT_ONCE)

    async def put(path: str) -> None:
        async with limit:
            await ctx.driver.put_content(path, b"x")

    async with TaskGroup() as tasks:
        for path in paths:
            tasks.create_task(put(path))
    ctx.same(paths, await ctx.children("/d"), f"the list of {len(paths):,} files")
    ctx.same(paths, await ctx.below("/d"), f"the walk of {len(paths):,} files")
    starts = [THOUSAND - 2, THOUSAND - 1, THOUSAND, 2 * THOUSAND - 1, 2 * THOUSAND]
    for at in starts if ctx.capabilities.start_after else []:
        listed = await ctx.children("/d", start_after=names[at])
        ctx.same(paths[at + 1 :], listed, f"the list after the file number {at + 1:,}")
    await ctx.driver.delete("/d")
    await ctx.gone("/d", f"a tree of {len(paths):,} files")
    ctx.same([], await ctx.below("/"), f"what a delete of {len(paths):,} files leaves")
