"""Capabilities that a driver has and does not declare: worth to know, and no failure."""

from collections.abc import Awaitable, Callable

from storagedriver.errors import PreconditionFailedError, StorageDriverError
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.properties import prop
from storagedriver_conformance.view import View

Probe = Callable[[Context, View], Awaitable[bool]]


@prop(
    "caps.no-underclaim",
    "What is declared absent does not work all the same; a notice tells where it does.",
    reason="It gives notices, and never fails.",
)
async def no_underclaim(ctx: Context) -> None:
    for ability, probe in PROBES.items():
        if getattr(ctx.capabilities, ability):
            continue
        try:
            works = await probe(ctx, ctx.unguarded())
        except (StorageDriverError, Violation, ValueError, TypeError):
            works = False  # how it refuses is for other properties
        if works:
            ctx.notice(f"{ability} is declared absent, and works")


async def _conditional_put(ctx: Context, driver: View) -> bool:
    """Tell whether only the put whose condition holds changes something."""
    created = await driver.put_content("/put", b"created", if_none_match=True)
    replaced = await driver.put_content("/put", b"replaced", if_match=created.version)
    return (
        await _is_refused(lambda: driver.put_content("/put", b"again", if_none_match=True))
        and await _is_refused(lambda: driver.put_content("/put", b"x", if_match=created.version))
        and replaced.version == (await ctx.driver.stat("/put")).version
        and await ctx.driver.get_content("/put") == b"replaced"
    )


async def _conditional_delete(ctx: Context, driver: View) -> bool:
    """Tell whether only the delete whose condition holds deletes."""
    before = await driver.put_content("/delete", b"before")
    now = await driver.put_content("/delete", b"now")
    if not await _is_refused(lambda: driver.delete("/delete", if_match=before.version)):
        return False
    kept = await ctx.exists("/delete")
    await driver.delete("/delete", if_match=now.version)
    return kept and not await ctx.exists("/delete")


async def _resumable_writer(ctx: Context, driver: View) -> bool:
    """Tell whether a closed writer is resumed with what it kept."""
    writer = await driver.writer("/resumed")
    await writer.write(b"kept")
    await writer.close()
    resumed = await driver.writer("/resumed", append=True)
    await resumed.write(b" and more")
    await resumed.commit()
    return await ctx.driver.get_content("/resumed") == b"kept and more"


async def _start_after(ctx: Context, driver: View) -> bool:
    """Tell whether list and walk begin after a name."""
    for name in ("a", "b", "c"):
        await ctx.driver.put_content(f"/list/{name}", b"x")
    listed = [info.path async for info in driver.list("/list", start_after="a")]
    walked = [info.path async for info in driver.walk("/list", start_after="/list/a")]
    return listed == walked == ["/list/b", "/list/c"]


async def _redirect(ctx: Context, driver: View) -> bool:
    """Tell whether there is a URL."""
    await ctx.driver.put_content("/redirected", b"x")
    return await driver.redirect_url("/redirected") is not None


async def _case_sensitive(ctx: Context, driver: View) -> bool:
    """Tell whether names that differ in case are two."""
    await driver.put_content("/case", b"lower")
    await driver.put_content("/CASE", b"upper")
    return await ctx.driver.get_content("/case") == b"lower"


async def _shared(ctx: Context, driver: View) -> bool:
    """Tell whether an instance that had looked before sees each change of the other at once."""
    await driver.put_content("/shared/gone", b"x")
    async with ctx.another() as other:
        if not (await other.stat("/shared/gone")).size:
            return False
        await driver.put_content("/shared/new", b"content")
        await driver.delete("/shared/gone")
        seen = [info.path async for info in other.list("/shared")]
        return seen == ["/shared/new"] and await other.get_content("/shared/new") == b"content"


async def _is_refused(call: Callable[[], Awaitable[object]]) -> bool:
    try:
        await call()
    except PreconditionFailedError:
        return True
    return False


# The others cannot be told from outside, or only by writing to what may only be read.
PROBES: dict[str, Probe] = {
    "conditional_put": _conditional_put,
    "conditional_delete": _conditional_delete,
    "resumable_writer": _resumable_writer,
    "start_after": _start_after,
    "redirect": _redirect,
    "case_sensitive": _case_sensitive,
    "shared": _shared,
}
