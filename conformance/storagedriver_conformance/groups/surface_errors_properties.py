"""Surface: the driver's errors are the contract's, say what they are about, and can be sent on."""

import copy
import pickle

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.answers import told
from storagedriver_conformance.context import Context
from storagedriver_conformance.properties import Tier, prop
from storagedriver_conformance.provoking import mistakes, raised


@prop(
    "surface.errors-typed",
    "Each mistake of a caller is answered with its error.",
    tier=Tier.SMOKE,
    reason="It is a first look at all kinds of mistakes, for the profile smoke.",
)
async def errors_typed(ctx: Context) -> None:
    for mistake in await mistakes(ctx):
        kept = len(ctx.calls.steps)
        with ctx.refused(mistake.kind, what=mistake.what):
            await mistake.call()
        ctx.calls.forget(kept)


@prop("surface.errors-named", "Each error names the driver and the path that it is about.")
async def errors_named(ctx: Context) -> None:
    async for mistake, error in raised(ctx):
        ctx.same(ctx.driver.name, error.driver, f"the driver in the error of {mistake.what}")
        expected = [ctx.driver.full(path) for path in mistake.paths]
        ctx.holds(
            error.path in expected or (not expected and isinstance(error.path, str)),
            f"the error of {mistake.what} does not name the path",
            expected=" or ".join(expected) or "a path",
            actual=repr(error.path),
        )


@prop("surface.errors-print", "Each error's text names the driver and the path, in one line.")
async def errors_print(ctx: Context) -> None:
    async for mistake, error in raised(ctx):
        text = told(error)
        named = all(part in text for part in (error.driver or "", error.path or ""))
        what = f"the text of the error of {mistake.what}"
        ctx.holds(named, f"{what} does not name its driver and path", actual=text)
        ctx.holds(text.strip() and "\n" not in text, f"{what} is not one line", actual=text)


@prop("surface.errors-travel", "Each error can be pickled and copied, and loses nothing by it.")
async def errors_travel(ctx: Context) -> None:
    async for mistake, error in raised(ctx):
        for way, sent in (("pickled", _pickled(ctx, error)), ("copied", copy.copy(error))):
            before = (type(error), told(error), error.driver, error.path, error.message)
            after = (type(sent), told(sent), sent.driver, sent.path, sent.message)
            ctx.same(before, after, f"the error of {mistake.what}, when it is {way},")


def _pickled(ctx: Context, error: StorageDriverError) -> StorageDriverError:
    """Send an error as multiprocessing does."""
    try:
        sent = pickle.loads(pickle.dumps(error))  # noqa: S301 - it was made one line above
    except Exception as trouble:
        what = f"a {type(error).__name__} cannot be pickled"
        ctx.holds(condition=False, message=what, actual=f"{type(trouble).__name__}: {trouble}")
        raise
    ctx.holds(isinstance(sent, StorageDriverError), "a pickled error is none any more")
    return sent  # type: ignore[no-any-return] # the line above says what it is
