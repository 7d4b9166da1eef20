"""Surface: the driver has the protocol's shape, and answers with the protocol's types."""

import inspect
from contextlib import suppress
from inspect import Parameter

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver_conformance.context import Context
from storagedriver_conformance.everycall import reading
from storagedriver_conformance.properties import Tier, prop

METHODS = [
    name
    for name, member in vars(StorageDriver).items()
    if inspect.isfunction(member) and not name.startswith("_")
]
WRITER_METHODS = ["write", "close", "commit", "cancel"]
ANY = {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}


@prop("surface.protocol", "The driver has a name and all methods of the protocol.", tier=Tier.SMOKE)
async def protocol(ctx: Context) -> None:
    lacking = [name for name in METHODS if not callable(getattr(ctx.raw, name, None))]
    ctx.holds(not lacking, "the driver lacks methods", actual=", ".join(lacking))
    name = getattr(ctx.raw, "name", None)
    ctx.holds(isinstance(name, str) and name, "the driver's name is no text", actual=repr(name))


@prop("surface.signatures", "Every method takes the protocol's parameters, with the same defaults.")
async def signatures(ctx: Context) -> None:
    for name in METHODS:
        _compare(ctx, name, getattr(StorageDriver, name), getattr(ctx.raw, name))
    async with await ctx.driver.writer("/file") as writer:
        for name in WRITER_METHODS:
            method = getattr(FileWriter, name)
            _compare(ctx, f"writer.{name}", method, getattr(writer.raw, name))


def _compare(ctx: Context, name: str, wanted: object, method: object) -> None:
    """Say how a method cannot be called as the protocol's; what takes anything can."""
    if not callable(wanted) or not callable(method):
        return
    try:
        had = inspect.signature(method).parameters
    except ValueError:  # it is not written in Python
        return
    if any(one.kind in ANY for one in had.values()):
        return
    asked = list(inspect.signature(wanted).parameters.values())[1:]
    for place, one in enumerate(asked):
        own = had.get(one.name)
        ctx.holds(own is not None, f"{name} has no parameter {one.name}")
        if own is None:
            return
        by_place = one.kind is Parameter.POSITIONAL_OR_KEYWORD
        allowed = {Parameter.POSITIONAL_OR_KEYWORD} | (set() if by_place else {one.kind})
        where = list(had).index(one.name) if by_place else place
        fits = own.kind in allowed and where == place
        ctx.holds(fits, f"the parameter {one.name} of {name} cannot be given as the protocol's")
        ctx.same(one.default, own.default, f"the default of {one.name} of {name}")
    names = {one.name for one in asked}
    needed = [
        one.name for one in had.values() if one.name not in names and one.default is Parameter.empty
    ]
    ctx.holds(not needed, f"{name} needs more than the protocol's", actual=", ".join(needed))


@prop(
    "surface.async",
    "Each method is awaited, iterated or entered, as the protocol has it.",
    tier=Tier.SMOKE,
)
async def is_async(ctx: Context) -> None:
    driver = ctx.driver
    await driver.put_content("/d/file", b"content")
    for call in [*reading(driver, "/d/file").values(), *reading(driver, "/d").values()]:
        with suppress(StorageDriverError):  # a file is no directory, nor the reverse
            await call()
    async with await driver.writer("/d/written") as writer:
        await writer.write(b"content")
        await writer.commit()
    await driver.move("/d/written", "/d/moved")
    await driver.delete("/d/moved")


@prop("surface.records", "Each record has fields of the protocol's types, and the path asked for.")
async def records(ctx: Context) -> None:
    put = await ctx.driver.put_content("/d/file", b"content")
    stat = await ctx.driver.stat("/d/file")
    async with ctx.driver.reader("/d/file", offset=2, length=1) as reader:
        read = reader.info
    listed = {info.path: info async for info in ctx.driver.list("/d")}
    walked = {info.path: info async for info in ctx.driver.walk("/d")}
    ctx.same(["/d/file"], [*listed], "what list gives")
    ctx.same(["/d/file"], [*walked], "what walk gives")
    for what, info in {
        "put_content": put,
        "stat": stat,
        "reader": read,
        "list": listed["/d/file"],
        "walk": walked["/d/file"],
    }.items():
        seen = (info.path, info.size, info.is_dir)
        ctx.same(("/d/file", 7, False), seen, f"path, size and is_dir in the record of {what}")
        ctx.holds(info.version, f"the record of {what} has no version", actual=repr(info))
    written = await ctx.written("/d/other", b"12345")
    ctx.same(
        ("/d/other", 5, False), (written.path, written.size, written.is_dir), "commit's record"
    )
    directory = await ctx.driver.stat("/d")
    bare = (directory.path, directory.size, directory.is_dir, directory.modified, directory.version)
    ctx.same(("/d", 0, True, None, None), bare, "the record of a directory")


@prop("surface.writer", "Entering a writer gives the writer itself, and its size is a number.")
async def writer_itself(ctx: Context) -> None:
    writer = await ctx.driver.writer("/file")
    entered = await ctx.calls.make("enter the writer", writer.raw.__aenter__)
    ctx.holds(entered is writer.raw, "entering a writer gives something else")
    ctx.same(0, writer.size, "the size of a fresh writer")
    await writer.cancel()
