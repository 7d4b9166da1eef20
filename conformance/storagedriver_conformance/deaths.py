"""What is done in a process that will be killed: what is there before, and what may be after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from storagedriver_conformance.bodies import body
from storagedriver_conformance.view import View

Files = dict[str, bytes]
Say = Callable[[str], None]

OLD, NEW, OTHER = body(60, 1), body(90, 2), body(40, 3)
BESIDE: Files = {"/d/other": OTHER}
TREE: Files = {"/t/a": OLD, "/t/b/c": NEW, "/t/b/d": OTHER, "/t/e": body(30, 4)}

# What is written in pieces: the second is more than a driver gathers before it writes.
PIECES = (body(700, 5), body(1_100_000, 6), body(900, 7))
STREAM = b"".join(PIECES)
KEPT = PIECES[0]


class Cut(StrEnum):
    """How a call that changes several files may be cut: nothing of it, both files, or some."""

    NEVER = "never"
    BOTH = "both"
    PARTLY = "partly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Calls of a process that will be killed.

    Before them the first of the `states` is there, and writers that were closed after they had
    written `kept`. With each thing that the process says was done, the files are in the next state.
    Where `opening` is true, the lines that open the driver count too.
    """

    name: str
    act: Callable[[View, Say], Awaitable[None]]
    states: tuple[Files, ...]
    kept: Files = field(default_factory=dict)
    cut: Cut = Cut.NEVER
    needs: tuple[str, ...] = ()
    opening: bool = False

    @property
    def paths(self) -> list[str]:
        """The paths of all states."""
        return sorted({path for state in self.states for path in state})

    async def prepare(self, driver: View) -> None:
        """Make what is there before."""
        for path, content in self.states[0].items():
            await driver.put_content(path, content)
        for path, content in self.kept.items():
            async with await driver.writer(path) as writer:
                await writer.write(content)


async def _nothing(driver: View, say: Say) -> None:
    await driver.stat("/d/other")
    say("stat")


async def _put(driver: View, say: Say) -> None:
    await driver.put_content("/d/f", NEW)
    say("put_content")


async def _create(driver: View, say: Say) -> None:
    await driver.put_content("/d/f", NEW, if_none_match=True)
    say("put_content")


async def _swap(driver: View, say: Say) -> None:
    found = await driver.stat("/d/f")
    await driver.put_content("/d/f", NEW, if_match=found.version)
    say("put_content")


async def _commit(driver: View, say: Say) -> None:
    async with await driver.writer("/d/f") as writer:
        await writer.write(NEW[:50])
        await writer.write(NEW[50:])
        await writer.commit()
        say("commit")


async def _delete(driver: View, say: Say) -> None:
    await driver.delete("/d/f")
    say("delete")


async def _delete_tree(driver: View, say: Say) -> None:
    await driver.delete("/t")
    say("delete")


async def _move(driver: View, say: Say) -> None:
    await driver.move("/s/f", "/d/f")
    say("move")


async def _several(driver: View, say: Say) -> None:
    await _put(driver, say)
    async with await driver.writer("/w/f") as writer:
        await writer.write(OLD)
        await writer.commit()
    say("commit")
    await driver.move("/d/f", "/e/f")
    say("move")
    await driver.delete("/d/other")
    say("delete")


async def _write(driver: View, say: Say) -> None:
    async with await driver.writer("/d/f") as writer:
        for piece in PIECES:
            await writer.write(piece)
    say("close")


async def _resume(driver: View, say: Say) -> None:
    async with await driver.writer("/d/f", append=True) as writer:
        for piece in PIECES[1:]:
            await writer.write(piece)
    say("close")


async def _discard(driver: View, say: Say) -> None:
    async for found in driver.unfinished("/d/f"):
        await driver.discard(found)
    say("discard")


BEFORE: Files = {**BESIDE, "/d/f": OLD}
AFTER: Files = {**BESIDE, "/d/f": NEW}
CONDITIONAL = ("conditional_put",)
PENDING: Files = {"/d/f": KEPT, "/d/g": OTHER}

OPENING = Scene(name="opening", act=_nothing, states=(BESIDE, BESIDE), opening=True)
PUT_OVER = Scene(name="put over a file", act=_put, states=(BEFORE, AFTER))
COMMIT = Scene(name="commit", act=_commit, states=(BEFORE, AFTER))
PUTS = [
    Scene(name="put of a new file", act=_put, states=(BESIDE, AFTER)),
    PUT_OVER,
    Scene(name="put if_none_match", act=_create, states=(BESIDE, AFTER), needs=CONDITIONAL),
    Scene(name="put if_match", act=_swap, states=(BEFORE, AFTER), needs=CONDITIONAL),
    COMMIT,
    Scene(name="delete of a file", act=_delete, states=(BEFORE, BESIDE)),
]
MOVE_TO = Scene(
    name="move to a new path", act=_move, states=({**BESIDE, "/s/f": NEW}, AFTER), cut=Cut.BOTH
)
MOVE_ONTO = Scene(
    name="move onto a file", act=_move, states=({**BEFORE, "/s/f": NEW}, AFTER), cut=Cut.BOTH
)
MOVES = [MOVE_TO, MOVE_ONTO]
TREE_DELETE = Scene(
    name="delete of a tree", act=_delete_tree, states=({**BESIDE, **TREE}, BESIDE), cut=Cut.PARTLY
)
SEVERAL = Scene(
    name="one call after another",
    act=_several,
    states=(
        BEFORE,
        AFTER,
        {**AFTER, "/w/f": OLD},
        {**BESIDE, "/e/f": NEW, "/w/f": OLD},
        {"/e/f": NEW, "/w/f": OLD},
    ),
    cut=Cut.BOTH,
)
WRITING = Scene(name="writer", act=_write, states=(BEFORE, BEFORE))
RESUMING = Scene(
    name="writer(append=True)", act=_resume, states=(BEFORE, BEFORE), kept={"/d/f": KEPT}
)
DISCARDING = Scene(name="discard", act=_discard, states=(BEFORE, BEFORE), kept=PENDING)

SCENES = {
    one.name: one
    for one in [OPENING, *PUTS, *MOVES, TREE_DELETE, SEVERAL, WRITING, RESUMING, DISCARDING]
}
