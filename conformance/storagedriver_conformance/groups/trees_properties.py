"""Trees that are drawn: listed and walked from anywhere, after anything."""

from hypothesis import strategies as st

from storagedriver.paths import name_of, order_key
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.walk_properties import everything
from storagedriver_conformance.properties import prop


@prop(
    "list.any-tree",
    "Any tree lists its children, after any name, by name.",
    reason="It is drawn: what it finds by chance, nobody wrote a property for.",
)
async def any_list(ctx: Context) -> None:
    files = ctx.draw(draws.trees(most=8))
    after = ctx.draw(
        st.one_of(st.none(), draws.names()) if ctx.capabilities.start_after else st.none()
    )
    if not ctx.capabilities.case_sensitive:
        files = [path for path in files if path == path.lower()]
    for path in files:
        await ctx.driver.put_content(path, path.encode())
    folders = sorted(
        {"/"} | {path[:at] for path in files for at in range(1, len(path)) if path[at] == "/"}
    )
    for folder in folders:
        prefix = folder.rstrip("/") + "/"
        below = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
        wanted = sorted({name.partition("/")[0] for name in below})
        if after is not None:
            wanted = [name for name in wanted if name > after]
        listed = [name_of(path) for path in await ctx.children(folder, start_after=after)]
        ctx.same(wanted, listed, f"the list of {folder} after {after}")


@prop(
    "walk.any-tree",
    "Any tree is walked from any folder, after any path, in order.",
    reason="It is drawn: what it finds by chance, nobody wrote a property for.",
)
async def any_walk(ctx: Context) -> None:
    files = ctx.draw(draws.trees(most=8))
    after = ctx.draw(
        st.one_of(st.none(), draws.paths(most=3)) if ctx.capabilities.start_after else st.none()
    )
    if not ctx.capabilities.case_sensitive:
        files = [path for path in files if path == path.lower()]
    for path in files:
        await ctx.driver.put_content(path, path.encode())
    wanted = everything(files)
    for folder in ["/", *(path for path in wanted if path not in files)]:
        ctx.same(everything(files, folder), await ctx.below(folder), f"the walk of {folder}")
    if after is not None:
        wanted = [path for path in wanted if order_key(path) > order_key(after)]
        ctx.same(wanted, await ctx.below("/", start_after=after), f"the walk after {after}")
