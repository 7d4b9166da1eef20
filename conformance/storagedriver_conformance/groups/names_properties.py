"""Paths: each name is a file of its own, however it looks, and a file is no directory."""

from storagedriver.errors import InvalidPathError, PathConflictError
from storagedriver.paths import MAX_COMPONENT
from storagedriver_conformance.context import Context
from storagedriver_conformance.draws import NAMES
from storagedriver_conformance.everycall import Call
from storagedriver_conformance.properties import prop

DEPTH = 64
# What drivers and their backends call their own files.
RESERVED = """
.tmp tmp a.tmp .a.tmp tmp-a a.part part a.part.1 a.lock .lock lock a.1 a.bak .a.swp
a.uuid.tmp a.00000000-0000-0000-0000-000000000000.tmp _uploads uploads upload .upload multipart
.multipart _manifests data startedat hashstates link meta .meta a.meta a.json .json generation
draft drafts writer writers pending .pending locks .locks files trash .trash root index index.html
.keep .gitkeep .placeholder _placeholder .DS_Store .nfs0001 .fuse_hidden0001 __pycache__ a_folder_
"""
LOOKALIKES = """
a a. a.. .a ..a a- -a --a a_ _a __ - -- -rf ... .... a.a a-a a_a aa a.b a-b 0 00 01 1 1.0 1e0 -1
0x1 true null None nan con nul aux com1 lpt1 con.txt 2f a2fb a20b a.. A CON
"""


def _lists(ctx: Context, expected: set[str], listed: list[str]) -> None:
    """Say which names a list lacks, and which nobody put."""
    ctx.holds(expected <= {*listed}, "list hides names", actual=str(expected - {*listed}))
    ctx.holds({*listed} <= expected, "list shows what nobody put", actual=str({*listed} - expected))
    ctx.same(len(expected), len(listed), "the number of entries in the list")


@prop("paths.reserved", "Names like a driver's own files are kept and listed like any other.")
async def reserved(ctx: Context) -> None:
    paths = sorted(f"/d/{name}" for name in RESERVED.split())
    for number, path in enumerate(paths):
        await ctx.driver.put_content(path, ctx.body(20, number))
    await ctx.pending("/d/a", b"unfinished")
    await ctx.written("/d/a", b"written")
    await ctx.driver.put_content("/d/a", b"put")
    _lists(ctx, {"/d/a", *paths}, await ctx.children("/d"))
    for number, path in enumerate(paths):
        ctx.same(ctx.body(20, number), await ctx.driver.get_content(path), f"the content of {path}")
    await ctx.driver.delete("/d")
    ctx.same({}, await ctx.files(), "what is left after the delete of all")


@prop("paths.reserved-directories", "Directories named like a driver's own are like any other.")
async def reserved_directories(ctx: Context) -> None:
    names = [".tmp", "tmp", "_uploads", ".multipart", "locks", "drafts", "trash", ".a.lock", "a.d"]
    paths = sorted(f"/{name}/a" for name in names)
    for number, path in enumerate(paths):
        await ctx.written(path, ctx.body(20, number))
    expected = {path: ctx.body(20, number) for number, path in enumerate(paths)}
    ctx.same(expected, await ctx.files(), "what is stored in directories named like a driver's own")
    for path in paths:
        await ctx.driver.delete(path)
    ctx.same([], await ctx.below("/"), "what is left after the delete of each file")


@prop("paths.lookalikes", "Names that look alike are different files, and are given back verbatim.")
async def lookalikes(ctx: Context) -> None:
    names = set(LOOKALIKES.split()) | (set(NAMES) - {"a"})
    if not ctx.capabilities.case_sensitive:
        names = {name for name in names if name == name.lower()}
    paths = sorted(f"/d/{name}" for name in names)
    for number, path in enumerate(paths):
        await ctx.driver.put_content(path, ctx.body(30, number))
    _lists(ctx, set(paths), await ctx.children("/d"))
    for number, path in enumerate(paths):
        ctx.same(ctx.body(30, number), await ctx.driver.get_content(path), f"the content of {path}")


@prop("paths.case", "Names that differ in case alone are two names.", needs=("case_sensitive",))
async def case(ctx: Context) -> None:
    await ctx.driver.put_content("/D/File", b"upper")
    await ctx.driver.put_content("/d/file", b"lower")
    await ctx.there("/D/File", b"upper", "the first")
    await ctx.there("/d/file", b"lower", "the second")
    await ctx.driver.delete("/D")
    ctx.same({"/d/file": b"lower"}, await ctx.files(), "what is left after the delete of one")


@prop("paths.long-names", "A name of 255 bytes works, for every method; one of 256 is refused.")
async def long_names(ctx: Context) -> None:
    stem = "n" * (MAX_COMPONENT - 1)
    first, second = f"/{stem}1", f"/{stem}2"
    if len(ctx.driver.full(first)) > ctx.limits.max_key:
        raise ctx.inapplicable("max_key is too short for such a name")
    await ctx.driver.put_content(first, b"first")
    await ctx.written(second, b"second")
    await ctx.there(first, b"first", "a file with a name of 255 bytes")
    await ctx.there(second, b"second", "another, whose last letter alone differs")
    await ctx.driver.move(first, second)
    ctx.same([second], await ctx.children("/"), "the list after a move of it")
    if ctx.capabilities.resumable_writer:
        await ctx.pending(first, b"kept")
        ctx.same({first: 4}, await ctx.left_open(), "what is unfinished")
    for path in (f"/{stem}12", f"/{stem}12/a", f"/d/{stem}12"):
        with ctx.refused(InvalidPathError, what="put_content with a name of 256 bytes"):
            await ctx.driver.put_content(path, b"x")
        with ctx.refused(InvalidPathError, what="stat of a name of 256 bytes"):
            await ctx.driver.stat(path)


@prop("paths.max-key", "A path of max_key bytes works; a longer one is refused.")
async def max_key(ctx: Context) -> None:
    room = ctx.limits.max_key - len(ctx.driver.full("/")) - len("/x")
    if room < 1:
        raise ctx.inapplicable("max_key is too short to work in a directory")
    directory = ""
    while room > len(directory):
        directory += "/" + "d" * min(100, max(1, room - len(directory) - 1))
    path = directory[:room].rstrip("/") + "/" + "x" * (1 + room - len(directory[:room].rstrip("/")))
    ctx.same(ctx.limits.max_key, len(ctx.driver.full(path)), "the length of the longest path")
    await ctx.driver.put_content(path, b"put")
    await ctx.there(path, b"put", "the file with the longest path")
    await ctx.written(path, b"written")
    await ctx.there(path, b"written", "the file with the longest path, when it was written again")
    await ctx.driver.move(path, "/moved")
    await ctx.driver.move("/moved", path)
    ctx.holds(path in await ctx.below("/"), "walk does not give the longest path")
    calls: dict[str, Call] = {
        "put_content": lambda: ctx.driver.put_content(f"{path}x", b"x"),
        "writer": lambda: ctx.driver.writer(f"{path}x"),
        "get_content": lambda: ctx.driver.get_content(f"{path}x"),
        "stat": lambda: ctx.driver.stat(f"{path}x"),
        "a move": lambda: ctx.driver.move(path, f"{path}x"),
    }
    for name, call in calls.items():
        with ctx.refused(InvalidPathError, what=f"{name} of a path one byte longer than max_key"):
            await call()
    await ctx.driver.delete(path)
    ctx.same([], await ctx.below("/"), "what is left")


@prop("paths.depth", f"A file {DEPTH} directories deep is put, read, listed, walked and deleted.")
async def depth(ctx: Context) -> None:
    path = "/a" * DEPTH + "/file"
    if len(ctx.driver.full(path)) > ctx.limits.max_key:
        raise ctx.inapplicable("max_key is too short for that depth")
    await ctx.driver.put_content(path, b"deep")
    await ctx.there(path, b"deep", "the deep file")
    expected = ["/a" * number for number in range(1, DEPTH + 1)]
    ctx.same([*expected, path], await ctx.below("/"), "the walk down to it")
    await ctx.driver.delete("/a")
    await ctx.gone(path, "the deep file")


@prop(
    "paths.same-name",
    "A directory may have a child of its own name.",
    reason="It names the cause, which what is drawn finds by chance only.",
)
async def same_name(ctx: Context) -> None:
    kept = {"/a/a/a": b"1", "/a/a/b": b"2", "/a/c": b"3"}
    for path, content in kept.items():
        await ctx.driver.put_content(path, content)
    ctx.same(["/a/a", "/a/c"], await ctx.children("/a"), "the list of the outer directory")
    ctx.same(["/a/a/a", "/a/a/b"], await ctx.children("/a/a"), "the list of the inner directory")
    ctx.same(kept, await ctx.files(), "what is stored")
    await ctx.driver.delete("/a/a")
    ctx.same({"/a/c": b"3"}, await ctx.files(), "what is left after the delete of the inner one")


@prop(
    "paths.conflict",
    "A file and a directory of one name exclude each other: the later one is refused.",
    needs=("exclusive_names",),
)
async def conflict(ctx: Context) -> None:
    kept = {"/d/file": b"1", "/other": b"2"}
    for path, content in kept.items():
        await ctx.driver.put_content(path, content)
    for path in ("/d", "/d/file/below", "/other/below/deeper"):
        with ctx.refused(PathConflictError, what=f"put_content of {path}"):
            await ctx.driver.put_content(path, b"new")
        with ctx.refused(PathConflictError, what=f"a writer of {path}"):
            await ctx.written(path, b"new")
    for source, destination in (("/other", "/d"), ("/other", "/d/file/below")):
        with ctx.refused(PathConflictError, what=f"move of {source} to {destination}"):
            await ctx.driver.move(source, destination)
    ctx.same(kept, await ctx.files(), "what is stored after the refusals")


@prop(
    "paths.both",
    "Where names are not exclusive, a file and a directory of one name are both there.",
    absent=("exclusive_names",),
)
async def both(ctx: Context) -> None:
    driver = ctx.driver
    await driver.put_content("/d/both", b"file")
    await driver.put_content("/d/both/below", b"below")
    await ctx.there("/d/both", b"file", "the file")
    await ctx.there("/d/both/below", b"below", "what is below it")
    ctx.same(["/d/both"], await ctx.children("/d"), "the list of the parent")
    ctx.same(["/d/both/below"], await ctx.children("/d/both"), "the list of the directory")
    ctx.same(["/d", "/d/both", "/d/both/below"], await ctx.below("/"), "the walk")
    await driver.put_content("/e/late/below", b"below")
    await driver.put_content("/e/late", b"file")
    ctx.holds(not (await driver.stat("/e/late")).is_dir, "stat gives the directory, not the file")
    await driver.move("/e/late", "/moved")
    ctx.same(["/e/late"], await ctx.children("/e"), "the list after a move of the file alone")
    await driver.delete("/d/both")
    left = {"/e/late/below": b"below", "/moved": b"file"}
    ctx.same(left, await ctx.files(), "what is left after the delete of both")


@prop(
    "stat.both-names",
    "Where a name can be a file and a directory, stat and list give the file, once.",
    absent=("exclusive_names",),
)
async def both_names(ctx: Context) -> None:
    await ctx.driver.put_content("/d/a/x", b"below")
    await ctx.driver.put_content("/d/a", b"file")
    await ctx.driver.put_content("/d/a-", b"sibling")
    await ctx.driver.put_content("/d/b", b"file")
    await ctx.driver.put_content("/d/b/x/y", b"below")
    for path in ("/d/a", "/d/b"):
        await ctx.there(path, b"file", f"{path}, which is a directory too")
    listed = [(one.path, one.is_dir) async for one in ctx.driver.list("/d")]
    ctx.same([("/d/a", False), ("/d/a-", False), ("/d/b", False)], listed, "the list")
    ctx.same(["/d/a/x"], await ctx.children("/d/a"), "the list of what is a file too")
    ctx.same(["/d/b/x"], await ctx.children("/d/b"), "the list of what is a file too")
    wanted = ["/d/a", "/d/a/x", "/d/a-", "/d/b", "/d/b/x", "/d/b/x/y"]
    ctx.same(wanted, await ctx.below("/d"), "the walk")
    await ctx.driver.delete("/d/a")
    ctx.same(["/d/a-", "/d/b"], await ctx.children("/d"), "the list after a delete of both")
