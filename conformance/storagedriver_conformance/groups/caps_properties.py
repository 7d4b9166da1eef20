"""Capabilities: what a driver declares is true, and what it lacks is refused at once."""

from dataclasses import fields

from storagedriver.errors import StorageDriverError, UnsupportedOperationError
from storagedriver.records import Capabilities, Limits, Support
from storagedriver_conformance.answers import told
from storagedriver_conformance.context import Context
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.everycall import changing
from storagedriver_conformance.properties import Tier, prop

AFFORDABLE = 12 * MIB


@prop(
    "caps.record",
    "Each ability is native, emulated or absent, and each limit a positive number or None.",
    tier=Tier.SMOKE,
)
async def record(ctx: Context) -> None:
    for one in fields(Capabilities):
        value = getattr(ctx.capabilities, one.name)
        right = one.name == "limits" or isinstance(value, Support)
        ctx.holds(right, f"the capability {one.name} is no Support", actual=repr(value))
    for one in fields(Limits):
        value = getattr(ctx.limits, one.name)
        right = value is None and one.name != "max_key"
        right = right or (type(value) is int and value > 0)
        ctx.holds(right, f"the limit {one.name} is no positive number", actual=repr(value))


@prop("caps.constant", "The capabilities stay the same while a driver is open, and in another one.")
async def constant(ctx: Context) -> None:
    before = ctx.capabilities
    async with ctx.another() as other:
        ctx.same(before, other.capabilities, "what another instance declares")
        await other.put_content("/other", b"x")
        ctx.same(before, other.capabilities, "what another instance declares once it was used")
    await ctx.written("/file", b"x")
    await ctx.driver.delete("/file")
    ctx.same(before, ctx.capabilities, "what is declared after some calls")


@prop(
    "caps.claims",
    "No declared ability is answered with UnsupportedOperationError.",
    reason="It names the ability that is lacking; others show only what fails for it.",
)
async def claims(ctx: Context) -> None:
    driver, declared = ctx.driver, ctx.capabilities
    ability = ""
    try:
        ability = "writable"
        info = await driver.put_content("/d/a", b"1")
        await ctx.written("/d/b", b"2")
        await driver.move("/d/b", "/d/c")
        if declared.conditional_put:
            ability = "conditional_put"
            await driver.put_content("/new", b"1", if_none_match=True)
            info = await driver.put_content("/d/a", b"2", if_match=info.version)
        if declared.conditional_delete:
            ability = "conditional_delete"
            await driver.delete("/d/a", if_match=info.version)
        if declared.start_after:
            ability = "start_after"
            ctx.same(["/d/c"], await ctx.children("/d", start_after="b"), "list with start_after")
            ctx.same(["/d/c"], await ctx.below("/d", start_after="/d/b"), "walk with start_after")
        if declared.resumable_writer:
            ability = "resumable_writer"
            await ctx.pending("/resumed", b"1")
            await (await driver.writer("/resumed", append=True)).commit()
    except UnsupportedOperationError as error:
        ctx.holds(condition=False, message=f"{ability} is declared but refused", actual=told(error))


@prop(
    "caps.no-conditional-put",
    "Without conditional_put, a condition is refused at once and nothing changes.",
    absent=("conditional_put",),
)
async def no_conditional_put(ctx: Context) -> None:
    info = await ctx.driver.put_content("/file", b"kept")
    for path in ("/file", "/absent"):
        with ctx.refused(UnsupportedOperationError, what="put_content with if_none_match"):
            await ctx.driver.put_content(path, b"new", if_none_match=True)
        with ctx.refused(UnsupportedOperationError, what="put_content with if_match"):
            await ctx.driver.put_content(path, b"new", if_match=info.version)
    ctx.same({"/file": b"kept"}, await ctx.files(), "what is stored afterwards")


@prop(
    "caps.no-conditional-delete",
    "Without conditional_delete, if_match is refused at once and nothing changes.",
    absent=("conditional_delete",),
)
async def no_conditional_delete(ctx: Context) -> None:
    info = await ctx.driver.put_content("/file", b"kept")
    for path in ("/file", "/absent"):
        with ctx.refused(UnsupportedOperationError, what="delete with if_match"):
            await ctx.driver.delete(path, if_match=info.version)
    ctx.same({"/file": b"kept"}, await ctx.files(), "what is stored afterwards")


@prop(
    "caps.no-resuming",
    "Without resumable_writer, append=True is refused at once and nothing changes.",
    absent=("resumable_writer",),
)
async def no_resuming(ctx: Context) -> None:
    await ctx.driver.put_content("/file", b"kept")
    await ctx.pending("/file", b"new")
    for path in ("/file", "/absent"):
        with ctx.refused(UnsupportedOperationError, what="writer(append=True)"):
            await ctx.driver.writer(path, append=True)
    ctx.same({"/file": b"kept"}, await ctx.files(), "what is stored afterwards")


@prop(
    "caps.no-start-after",
    "Without start_after, list and walk refuse it at once.",
    absent=("start_after",),
)
async def no_start_after(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"x")
    for path in ("/d", "/absent"):
        with ctx.refused(UnsupportedOperationError, what="list with start_after"):
            await ctx.children(path, start_after="a")
        with ctx.refused(UnsupportedOperationError, what="walk with start_after"):
            await ctx.below(path, start_after=f"{path}/a")


@prop(
    "caps.no-redirect",
    "Without redirect, redirect_url gives None and no error.",
    absent=("redirect",),
)
async def no_redirect(ctx: Context) -> None:
    await ctx.driver.put_content("/d/file", b"content")
    for path in ("/d/file", "/d/absent"):
        for method in ("GET", "HEAD", "PUT"):
            url = await ctx.driver.redirect_url(path, method=method)
            ctx.same(None, url, f"the URL for {method} of {path}")


@prop(
    "caps.read-only",
    "Without writable, every call that would change something is refused at once.",
    absent=("writable",),
)
async def read_only(ctx: Context) -> None:
    for name, call in changing(ctx.driver, "/file").items():
        with ctx.refused(UnsupportedOperationError, what=f"{name} on a read-only driver"):
            await call()
    for path in ("/file", "/other"):
        ctx.holds(not await ctx.exists(path), f"{path} was written all the same")


# Numbers


@prop("caps.max-put", "A put of max_put bytes works, and a larger one is whole or refused.")
async def max_put(ctx: Context) -> None:
    most = ctx.limits.max_put
    if most is None or most > AFFORDABLE:
        raise ctx.inapplicable(f"max_put is {most}: none, or too large to try")
    await ctx.driver.put_content("/file", ctx.body(most, 1))
    await ctx.there("/file", ctx.body(most, 1), "a put of max_put bytes")
    larger = ctx.body(most + 1, 2)
    try:
        await ctx.driver.put_content("/larger", larger)
    except StorageDriverError:
        await ctx.gone("/larger", "what was refused for its size")
    else:
        await ctx.there("/larger", larger, "a put of max_put + 1 bytes")


@prop("caps.max-object", "A writer takes max_object bytes, and publishes no file cut short.")
async def max_object(ctx: Context) -> None:
    most = ctx.limits.max_object
    if most is None or most > AFFORDABLE:
        raise ctx.inapplicable(f"max_object is {most}: none, or too large to try")
    content = ctx.body(most + 1)
    await ctx.written("/file", content[: most // 2], content[most // 2 : most])
    await ctx.there("/file", content[:most], "a file of max_object bytes")
    try:
        await ctx.written("/larger", content[:most], content[most:])
    except StorageDriverError:
        await ctx.gone("/larger", "what was refused for its size")
    else:
        await ctx.there("/larger", content, "a file of max_object + 1 bytes")
