"""Every call that can be cancelled, each on a stage of its own: what is there before, and the call.

The calls go to the driver as it was opened, since what a cancelled call raises is looked at.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver_conformance.bodies import body
from storagedriver_conformance.context import Context
from storagedriver_conformance.view import View
from storagedriver_conformance.viewed import ViewedWriter

OLD = body(60, 1)
NEW = body(90, 2)
# More than a chunk of most drivers, so that it is written with more than one await.
LONG = body(1_100_000, 3)
TREE = {"/t/a": body(10, 4), "/t/b/c": body(20, 5), "/t/b/d": body(30, 6), "/t/e": body(40, 7)}


class Changes(StrEnum):
    """What a call is about."""

    NOTHING = "nothing"
    FILES = "files"
    WRITERS = "writers"


@dataclass(slots=True)
class Stage:
    """An empty directory of the storage, and what the scene put there."""

    view: View
    writer: ViewedWriter | None = None
    found: UnfinishedInfo | None = None
    version: str = ""
    steps: list[str] = field(default_factory=list)

    @property
    def raw(self) -> StorageDriver:
        """The driver as it was opened."""
        return self.view.raw

    @property
    def opened(self) -> FileWriter:
        """The writer that the scene has opened, as the driver gave it."""
        if self.writer is None:
            message = "the scene opens no writer"
            raise LookupError(message)
        return self.writer.raw

    def full(self, path: str) -> str:
        """Return the driver's path of a path on the stage."""
        return self.view.full(path)

    def short(self, infos: "list[FileInfo] | list[UnfinishedInfo]") -> list[tuple[str, int]]:
        """Return what a listing gave, as it looks on the stage."""
        return [(info.path.removeprefix(self.view.namespace), info.size) for info in infos]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A call, what is there before it, and the path that it is about.

    `may_be_cut` holds for a call that a cancellation may leave half done: with both files of a
    move, or with some of a tree.
    """

    name: str
    call: Callable[[Stage], Coroutine[Any, Any, object]]
    before: Callable[[Stage], Awaitable[None]]
    changes: Changes = Changes.NOTHING
    path: str = "/d/f"
    needs: tuple[str, ...] = ()
    may_be_cut: bool = False


async def _file(stage: Stage) -> None:
    await stage.view.put_content("/d/f", OLD)
    stage.version = (await stage.view.stat("/d/f")).version or ""


async def _long_file(stage: Stage) -> None:
    await stage.view.put_content("/d/f", LONG)


async def _two_files(stage: Stage) -> None:
    await stage.view.put_content("/d/f", OLD)
    await stage.view.put_content("/d/g", NEW)


async def _tree(stage: Stage) -> None:
    for path, content in TREE.items():
        await stage.view.put_content(path, content)


async def _nothing(stage: Stage) -> None:
    await stage.view.put_content("/d/other", OLD)


async def _writing(stage: Stage) -> None:
    await _file(stage)
    stage.writer = await stage.view.writer("/d/f")
    await stage.writer.write(NEW)


async def _closed(stage: Stage) -> None:
    await _writing(stage)
    if stage.writer is not None:
        await stage.writer.close()
    async for found in stage.view.unfinished("/d"):
        stage.found = found


async def _all_of(stage: Stage, method: str, path: str) -> list[tuple[str, int]]:
    entries: AsyncIterator[Any] = getattr(stage.raw, method)(stage.full(path))
    return stage.short([entry async for entry in entries])


async def _read(stage: Stage) -> bytes:
    async with stage.raw.reader(stage.full("/d/f")) as reader:
        return b"".join([chunk async for chunk in reader])


async def _size(stage: Stage) -> int:
    return (await stage.raw.stat(stage.full("/d/f"))).size


async def _discard(stage: Stage) -> None:
    async for found in stage.raw.unfinished(stage.full("/d")):
        await stage.raw.discard(found)


async def _block(stage: Stage) -> None:
    async with await stage.raw.writer(stage.full("/d/f")) as writer:
        await writer.write(NEW)
        await writer.commit()


def _put(
    stage: Stage,
    content: bytes = NEW,
    *,
    if_match: str | None = None,
    if_none_match: bool = False,
) -> Coroutine[Any, Any, FileInfo]:
    return stage.raw.put_content(
        stage.full("/d/f"), content, if_match=if_match, if_none_match=if_none_match
    )


def _writer(stage: Stage, *, append: bool) -> Coroutine[Any, Any, FileWriter]:
    return stage.raw.writer(stage.full("/d/f"), append=append)


def _move(stage: Stage, source: str, destination: str) -> Coroutine[Any, Any, None]:
    return stage.raw.move(stage.full(source), stage.full(destination))


FILES, WRITERS = Changes.FILES, Changes.WRITERS
CONDITIONAL, RESUMES = ("conditional_put",), ("resumable_writer",)

SCENES = [
    Scene(name="get_content", before=_file, call=lambda on: on.raw.get_content(on.full("/d/f"))),
    Scene(name="reader", before=_long_file, call=_read),
    Scene(name="stat", before=_file, call=_size),
    Scene(name="list", before=_tree, call=lambda on: _all_of(on, "list", "/t")),
    Scene(name="walk", before=_tree, call=lambda on: _all_of(on, "walk", "/t")),
    Scene(
        name="unfinished",
        before=_closed,
        call=lambda on: _all_of(on, "unfinished", "/d"),
        needs=RESUMES,
    ),
    Scene(name="put of a new file", changes=FILES, before=_nothing, call=_put),
    Scene(name="put over a file", changes=FILES, before=_file, call=_put),
    Scene(name="put of a long file", changes=FILES, before=_file, call=lambda on: _put(on, LONG)),
    Scene(
        name="put if_none_match",
        changes=FILES,
        before=_nothing,
        call=lambda on: _put(on, if_none_match=True),
        needs=CONDITIONAL,
    ),
    Scene(
        name="put if_match",
        changes=FILES,
        before=_file,
        call=lambda on: _put(on, if_match=on.version),
        needs=CONDITIONAL,
    ),
    Scene(
        name="move to a new path",
        changes=FILES,
        before=_file,
        call=lambda on: _move(on, "/d/f", "/e/g"),
        may_be_cut=True,
    ),
    Scene(
        name="move onto a file",
        changes=FILES,
        before=_two_files,
        call=lambda on: _move(on, "/d/g", "/d/f"),
        may_be_cut=True,
    ),
    Scene(
        name="delete of a file",
        changes=FILES,
        before=_file,
        call=lambda on: on.raw.delete(on.full("/d/f")),
    ),
    Scene(
        name="delete of a tree",
        changes=FILES,
        before=_tree,
        call=lambda on: on.raw.delete(on.full("/t")),
        path="/t/a",
        may_be_cut=True,
    ),
    Scene(name="commit", changes=FILES, before=_writing, call=lambda on: on.opened.commit()),
    Scene(name="a writer's block", changes=FILES, before=_file, call=_block),
    Scene(name="writer", changes=WRITERS, before=_file, call=lambda on: _writer(on, append=False)),
    Scene(
        name="writer over a closed one",
        changes=WRITERS,
        before=_closed,
        call=lambda on: _writer(on, append=False),
        needs=RESUMES,
    ),
    Scene(
        name="writer(append=True)",
        changes=WRITERS,
        before=_closed,
        call=lambda on: _writer(on, append=True),
        needs=RESUMES,
    ),
    Scene(name="write", changes=WRITERS, before=_writing, call=lambda on: on.opened.write(OLD)),
    Scene(
        name="write of a long chunk",
        changes=WRITERS,
        before=_writing,
        call=lambda on: on.opened.write(LONG),
    ),
    Scene(name="close", changes=WRITERS, before=_writing, call=lambda on: on.opened.close()),
    Scene(name="cancel", changes=WRITERS, before=_writing, call=lambda on: on.opened.cancel()),
    Scene(
        name="cancel after close",
        changes=WRITERS,
        before=_closed,
        call=lambda on: on.opened.cancel(),
    ),
    Scene(name="discard", changes=WRITERS, before=_closed, call=_discard, needs=RESUMES),
]


def scenes(ctx: Context, *changes: Changes) -> dict[str, Scene]:
    """Return the scenes that the driver can play, of all kinds or of these, by their names."""
    return {
        scene.name: scene
        for scene in SCENES
        if (not changes or scene.changes in changes)
        and all(getattr(ctx.capabilities, need) for need in scene.needs)
    }
