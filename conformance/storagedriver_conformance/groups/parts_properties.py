"""Parts: where a writer cuts what it sends, nothing is lost, doubled, reordered or shown early."""

from hypothesis import strategies as st

from storagedriver.records import Limits
from storagedriver_conformance import draws
from storagedriver_conformance.context import Context
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Tier, prop

LARGE = draws.MIB
ASSUMED = 64 * 1024
LARGEST = 8 * draws.MIB
SEEN = 64
MANY = 11  # sorted as text, 10 and 11 come before 2
PAGE = 10
TINY = 10_500
MOST_PAGE = 100


def _part(limits: Limits) -> int:
    """Return the size of a part, as declared or as is likely."""
    return limits.min_part or ASSUMED


def _edges(limits: Limits, profile: Profile) -> list[int]:
    """Return the sizes around the ends of the first parts; few, where parts are large."""
    part = _part(limits)
    counts = range(4)
    if part > LARGE:
        counts = range(2 if profile.tier is Tier.QUICK else 3)
    sizes = {count * part + step for count in counts for step in (-1, 0, 1)}
    if limits.min_part is None:
        sizes |= {LARGE - 1, LARGE, LARGE + 1}
    return sorted(size for size in sizes if size >= 0)


def _small(ctx: Context) -> int:
    """Return the size of a part; what needs many of them is no use where they are large."""
    part = _part(ctx.limits)
    if part > LARGE and ctx.profile.tier is not Tier.DEEP:
        raise ctx.inapplicable(f"many parts of {part:,} bytes are for the deep profile")
    return part


@prop("parts.edges", "A file of a few parts, or a byte more or less, is written whole.")
async def edges(ctx: Context) -> None:
    content = ctx.body(ctx.draw(st.sampled_from(_edges(ctx.limits, ctx.profile))))
    async with await ctx.driver.writer("/f") as writer:
        await writer.write(content)
        ctx.same(len(content), writer.size, "the size of the writer")
        await writer.commit()
    await ctx.there("/f", content, "the file")


@prop("parts.many", "A file of eleven parts, written part by part, has them in their order.")
async def many(ctx: Context) -> None:
    part = _part(ctx.limits)
    if part > (LARGE if ctx.profile.tier is Tier.QUICK else LARGEST):
        raise ctx.inapplicable(f"eleven parts of {part:,} bytes are for a deeper profile")
    async with await ctx.driver.writer("/f") as writer:
        for seed in range(MANY):
            await writer.write(ctx.body(part, seed))
        await writer.commit()
    info = await ctx.driver.stat("/f")
    ctx.same(MANY * part, info.size, "the size of a file of eleven parts")
    for seed in range(MANY):
        # Where parts begin and end is enough: to read them whole would cost as much again.
        content = ctx.body(part, seed)
        read = await ctx.content("/f", offset=seed * part, length=SEEN)
        ctx.same(content[:SEEN], read, f"the beginning of part {seed + 1}")
        end = min(SEEN, part)
        read = await ctx.content("/f", offset=(seed + 1) * part - end, length=end)
        ctx.same(content[-end:], read, f"the end of part {seed + 1}")


@prop("parts.splits", "However a content is cut into writes, the file is the same.")
async def splits(ctx: Context) -> None:
    part = _part(ctx.limits)
    pieces = ctx.draw(st.one_of(_close(part), _around(part)) if part <= LARGE else _close(part))
    content = ctx.body(sum(pieces))
    await ctx.written("/f", *draws.cut(content, pieces))
    await ctx.there("/f", content, "the file")


def _close(part: int) -> st.SearchStrategy[list[int]]:
    """Three writes, of which the first or the second ends where a part does, or close by."""
    steps = [1, part - 1, part, part + 1]
    first = st.sampled_from(steps if part <= LARGE else [part - 1])
    second = st.sampled_from(steps[:3] if part <= LARGE else [2])
    return st.tuples(first, second, st.just(1)).map(list)


def _around(part: int) -> st.SearchStrategy[list[int]]:
    """Ways to cut about as much as a few parts: anywhere, or close to where parts end."""
    sizes = st.sampled_from([part - 1, part, 2 * part + 1, 3 * part])
    return sizes.flatmap(lambda size: _cuts(size, part))


def _cuts(size: int, part: int) -> st.SearchStrategy[list[int]]:
    close = sorted(
        {at + step for at in range(0, size + 1, part) for step in (-1, 0, 1)} & {*range(size + 1)}
    )
    cuts = st.lists(st.one_of(st.integers(0, size), st.sampled_from(close)), max_size=6)
    return cuts.map(sorted).map(
        lambda at: [end - start for start, end in zip([0, *at], [*at, size], strict=True)]
    )


@prop("parts.tiny", "Ten thousand writes of a byte each, and more, are the file of these bytes.")
async def tiny(ctx: Context) -> None:
    number = min(TINY, 3 * ctx.profile.calls)  # each may have a long way
    content = ctx.body(number)
    async with await ctx.driver.writer("/f") as writer:
        kept = len(ctx.calls.steps)
        for at in range(number):
            await writer.write(content[at : at + 1])
            ctx.calls.forget(kept)
            ctx.same(at + 1, writer.size, f"the size after {at + 1:,} writes of a byte")
        ctx.calls.begin(f"writer of /f: {number:,} times write(1 byte)")
        await writer.commit()
    await ctx.there("/f", content, "the file")


@prop(
    "parts.invisible",
    "However many parts were sent, all that reads finds the old file or none before commit.",
)
async def invisible(ctx: Context) -> None:
    part = _part(ctx.limits)
    sizes = [part - 1, part, part + 1, 2 * part - 1, 2 * part, 2 * part + 1]
    size = ctx.draw(st.sampled_from(sizes if part <= LARGE else [part + 1]))
    replaces = ctx.draw(st.booleans())
    close = ctx.draw(st.sampled_from([False, True] if part <= LARGE else [False]))
    if replaces:
        await ctx.driver.put_content("/d/f", b"old")
    writer = await ctx.driver.writer("/d/f")
    await writer.write(ctx.body(size))
    if close:
        await writer.close()
    before = {"/d/f": b"old"} if replaces else {}
    ctx.same(before, await ctx.files(), "what is stored before commit")
    if replaces:
        await ctx.there("/d/f", b"old", "the old file")
    else:
        await ctx.gone("/d/f", f"what is not committed, of {size:,} bytes,")
    if ctx.capabilities.shared:
        async with ctx.another() as other:
            found = [info.path async for info in other.walk("/") if not info.is_dir]
            ctx.same(list(before), found, "the files that another instance finds")
    await writer.cancel()


@prop(
    "parts.resume-within",
    "A writer that is closed within a part, or at its end, and resumed, loses and doubles nothing.",
    needs=("resumable_writer",),
)
async def resume_within(ctx: Context) -> None:
    part = _part(ctx.limits)
    steps = [1, part // 2, part - 1, part, part + 1]
    first = ctx.draw(st.sampled_from(steps if part <= LARGE else steps[-1:]))
    second = ctx.draw(st.sampled_from(steps if part <= LARGE else steps[:1]))
    whole = ctx.body(first, 1) + ctx.body(second, 2) + ctx.body(7, 3)
    await ctx.pending("/f", ctx.body(first, 1))
    ctx.same({"/f": first}, await ctx.left_open(), "what is unfinished")
    async with await ctx.driver.writer("/f", append=True) as writer:
        ctx.same(first, writer.size, "the size of the resumed writer")
        await writer.write(ctx.body(second, 2))
        await writer.write(ctx.body(7, 3))
        ctx.same(len(whole), writer.size, "its size after two writes")
        await writer.commit()
    await ctx.there("/f", whole, "the resumed file")


@prop(
    "parts.resume-anywhere",
    "Closed and resumed at any places, a writer publishes the same bytes.",
    needs=("resumable_writer",),
)
async def resume_anywhere(ctx: Context) -> None:
    part = _small(ctx)
    sizes = [0, 1, part // 3, part - 1, part, part + 1]
    pieces = ctx.draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=6))
    resumed = ctx.draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    chunks = [ctx.body(size, seed) for seed, size in enumerate(pieces)]
    writer = await ctx.driver.writer("/f")
    for number, (chunk, again) in enumerate(zip(chunks, resumed, strict=True)):
        if again:
            await writer.close()
            writer = await ctx.driver.writer("/f", append=True)
            ctx.same(sum(pieces[:number]), writer.size, "the size of the resumed writer")
        await writer.write(chunk)
    await writer.commit()
    await ctx.there("/f", b"".join(chunks), "the file")


@prop(
    "parts.resume-after-many",
    "A writer of more parts than a page lists is resumed with all of them.",
    needs=("resumable_writer",),
)
async def resume_after_many(ctx: Context) -> None:
    part = _small(ctx)
    number = _more_than_a_page(ctx)
    chunks = [ctx.body(part, seed % 8) for seed in range(number)]
    await ctx.pending("/f", *chunks)
    async with await ctx.driver.writer("/f", append=True) as writer:
        ctx.same(number * part, writer.size, f"the size when resumed after {number} parts")
        await writer.write(b"end")
        await writer.commit()
    await ctx.there("/f", b"".join([*chunks, b"end"]), "the resumed file")


@prop(
    "parts.resume-many-times",
    "A writer that was closed more often than a page lists, after little each time, keeps it all.",
    needs=("resumable_writer",),
)
async def resume_many_times(ctx: Context) -> None:
    number = _more_than_a_page(ctx)
    chunks = [ctx.body(7, seed % 8) for seed in range(number)]
    await ctx.pending("/f", chunks[0])
    for at, chunk in enumerate(chunks[1:], start=1):
        async with await ctx.driver.writer("/f", append=True) as writer:
            ctx.same(7 * at, writer.size, f"the size when resumed for the {at}. time")
            await writer.write(chunk)
    async with await ctx.driver.writer("/f", append=True) as writer:
        await writer.commit()
    await ctx.there("/f", b"".join(chunks), "the resumed file")


def _more_than_a_page(ctx: Context) -> int:
    page = ctx.limits.page or PAGE
    if page > MOST_PAGE and ctx.profile.tier is not Tier.DEEP:
        raise ctx.inapplicable(f"more than a page of {page:,} is for the deep profile")
    return page + 2
