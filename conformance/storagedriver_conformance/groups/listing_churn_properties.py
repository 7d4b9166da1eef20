"""List and walk: what is written and deleted meanwhile neither hides nor repeats what stays."""

from contextlib import aclosing

from storagedriver.paths import name_of, order_key
from storagedriver_conformance.context import Context
from storagedriver_conformance.groups.list_properties import plant
from storagedriver_conformance.groups.walk_properties import everything
from storagedriver_conformance.properties import prop


@prop("list.held-open", "A list or walk that is not read on, or left early, holds nothing.")
async def held_open(ctx: Context) -> None:
    for method in (ctx.driver.list, ctx.driver.walk):
        await plant(ctx, "/d", ["a", "b", "c/x", "d/x"])
        for _ in range(8):
            async with aclosing(method("/d")) as entries:
                await anext(entries, None)
                await ctx.driver.put_content("/d/new", b"new")
                await ctx.there("/d/new", b"new", "a file put beside a listing that is held open")
                await ctx.driver.delete("/d/new")
        await ctx.driver.put_content("/d/new", b"new")
        await ctx.driver.delete("/d")
        await ctx.gone("/d", "a directory deleted after listings were left early")


@prop("list.by-turns", "Listings that are read by turns do not disturb each other.")
async def by_turns(ctx: Context) -> None:
    await plant(ctx, "/d", [f"n{number}" for number in range(7)])
    await plant(ctx, "/e", ["a/x", "b/x"])
    wanted = [await ctx.children("/d"), await ctx.children("/e"), await ctx.below("/e")]
    entries = [ctx.driver.list("/d"), ctx.driver.list("/e"), ctx.driver.walk("/e")]
    found: list[list[str]] = [[], [], []]
    running = {0, 1, 2}
    while running:
        for place in sorted(running):
            info = await anext(entries[place], None)
            if info is None:
                running.remove(place)
            else:
                found[place].append(info.path)
    ctx.same(wanted, found, "what two lists and a walk give when they are read by turns")


@prop("list.while-writing", "While other files are written, each one that stays is listed once.")
async def while_writing(ctx: Context) -> None:
    names = [f"m{number:02}" for number in range(25)]
    for method in ("list", "walk"):
        folder = f"/{method}"
        await plant(ctx, folder, names)
        seen: list[str] = []
        async for info in getattr(ctx.driver, method)(folder):
            seen.append(name_of(info.path))
            if len(seen) <= 12:  # noqa: PLR2004 - those that come after it must have an end
                for name in (f"a{len(seen)}", f"m{len(seen):02}-", f"z{len(seen)}"):
                    await ctx.driver.put_content(f"{folder}/{name}", b"new")
        stable = [name for name in seen if name in names]
        ctx.same(names, stable, f"what stays, in a {method} of a directory that is written to")
        ctx.same(sorted(set(seen)), seen, f"the order of a {method} of such a directory")


@prop("list.while-deleting", "Files that are deleted meanwhile are left out, and nothing else is.")
async def while_deleting(ctx: Context) -> None:
    names = [f"m{number:02}" for number in range(25)]
    goes = {"m01", "m09", "m10", "m11", "m23", "m24"}
    for method in ("list", "walk"):
        folder = f"/{method}"
        await plant(ctx, folder, names)
        seen: list[str] = []
        async for info in getattr(ctx.driver, method)(folder):
            if not seen:
                for name in sorted(goes):
                    await ctx.driver.delete(f"{folder}/{name}")
            seen.append(name_of(info.path))
        stable = [name for name in seen if name not in goes]
        wanted = [name for name in names if name not in goes]
        ctx.same(wanted, stable, f"what stays, in a {method} during deletes")
        ctx.holds(not set(seen) - set(names), f"a {method} gives what never was")


@prop(
    "list.deleting-each", "A list or walk whose every file is deleted when it comes gives them all."
)
async def deleting_each(ctx: Context) -> None:
    names = [f"m{number:02}" for number in range(25)]
    for method in ("list", "walk"):
        folder = f"/{method}"
        await plant(ctx, folder, names)
        seen: list[str] = []
        async for info in getattr(ctx.driver, method)(folder):
            seen.append(name_of(info.path))
            await ctx.driver.delete(info.path)
        ctx.same(names, seen, f"what a {method} gives while each file is deleted when it comes")
        await ctx.gone(folder, "a directory whose files were all deleted")


@prop(
    "walk.tree-deleted", "Directories that are deleted during a walk are left out, and end nothing."
)
async def tree_deleted(ctx: Context) -> None:
    folders = [f"f{number:02}" for number in range(8)]
    await plant(ctx, "/d", [f"{folder}/sub/{name}" for folder in folders for name in "xy"])
    stays = everything([f"/d/{folders[at]}/sub/{name}" for at in (1, 3, 7) for name in "xy"])
    seen: list[str] = []
    async for info in ctx.driver.walk("/d"):
        if not seen:
            for at in (0, 2, 4, 5, 6):
                await ctx.driver.delete(f"/d/{folders[at]}")
        seen.append(info.path)
    stable = [path for path in seen if path in stays]
    ctx.same(stays[1:], stable, "what stays, in a walk during deletes of directories")
    ctx.same(sorted(set(seen), key=order_key), seen, "the order of such a walk")
