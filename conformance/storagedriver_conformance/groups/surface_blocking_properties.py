"""Surface: nothing is waited for in the event loop's own thread."""

from contextlib import suppress

from storagedriver.errors import StorageDriverError
from storagedriver_conformance.blocking import blocking_calls
from storagedriver_conformance.context import Context
from storagedriver_conformance.everycall import Call, changing, reading
from storagedriver_conformance.properties import prop


@prop(
    "surface.never-blocks",
    "No call waits for a disk or a peer in the event loop's own thread.",
)
async def never_blocks(ctx: Context) -> None:
    for path in ("/first/file", "/second/file"):  # what is loaded or connected once is no matter
        for name, call in _all_calls(ctx, path).items():
            with blocking_calls() as seen, suppress(StorageDriverError):
                await call()
            ctx.holds(
                not seen or path == "/first/file",
                f"{name} blocks the event loop's thread",
                expected="to be done in another thread, or without waiting",
                actual=", ".join(seen[:3]),
            )


def _all_calls(ctx: Context, path: str) -> dict[str, Call]:
    """Return each method's call, in an order in which most succeed."""
    directory = path.rpartition("/")[0]
    return {
        "put_content": lambda: ctx.driver.put_content(path, b"content"),
        **reading(ctx.driver, path),
        "list of a directory": lambda: ctx.children(directory),
        "walk of a directory": lambda: ctx.below(directory),
        "a writer": lambda: ctx.written(path, b"one", b"two"),
        "a closed writer": lambda: ctx.pending(path, b"one"),
        **changing(ctx.driver, path, f"{path}-moved"),
    }
