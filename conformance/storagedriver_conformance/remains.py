"""What a killed process left: the files as they are shown, and whether they may be so."""

from collections.abc import Sequence
from contextlib import suppress

from storagedriver.errors import PathNotFoundError
from storagedriver_conformance.bodies import described
from storagedriver_conformance.deaths import Cut, Files, Scene
from storagedriver_conformance.findings import Violation
from storagedriver_conformance.view import View


class Wrong(Violation):
    """What was found after a kill is not what it must be; `outcome` says it in a word or two."""

    def __init__(self, outcome: str, message: str, *, expected: str = "", actual: str = "") -> None:
        super().__init__(message, expected=expected, actual=actual)
        self.outcome = outcome


async def contents(driver: View, paths: Sequence[str]) -> Files:
    """Return those of the files that there are, as `get_content` and `stat` agree."""
    found: Files = {}
    for path in paths:
        with suppress(PathNotFoundError):
            found[path] = await driver.get_content(path)
        try:
            info = await driver.stat(path)
            size = None if info.is_dir else info.size
        except PathNotFoundError:
            size = None
        known = len(found[path]) if path in found else None
        if size != known:
            message = f"stat and get_content of {path} disagree"
            raise Wrong("torn", message, expected=f"size {size}", actual=f"size {known}")
    return found


async def shown(driver: View, paths: Sequence[str]) -> None:
    """Raise `Wrong` where a listing shows anything but these paths and their parents."""
    parents = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/" and at}
    walked = {info.path: info.is_dir async for info in driver.walk("/")}
    listed = {
        info.path: info.is_dir
        for parent in ["/", *sorted(parents)]
        async for info in driver.list(parent)
    }
    wanted = {**dict.fromkeys(paths, False), **dict.fromkeys(parents, True)}
    for name, seen in (("walk", walked), ("list", listed)):
        if seen != wanted:
            message = f"{name} shows what is not there, or not all that is"
            raise Wrong("stray", message, expected=_names(wanted), actual=_names(seen))


def _names(found: dict[str, bool]) -> str:
    return ", ".join(f"{path}/" if is_dir else path for path, is_dir in sorted(found.items()))


def compared(scene: Scene, said: int, files: Files) -> str:
    """Tell in which state the files are after so many acknowledgements; raise `Wrong` for none."""
    last = len(scene.states) - 1
    now, then = scene.states[min(said, last)], scene.states[min(said + 1, last)]
    if files == then:
        return "new"
    if files == now:
        return "old"
    if said < last and _is_cut(scene.cut, now, then, files):
        return "old"
    for path in sorted({*now, *then, *files}):
        allowed = [now.get(path), then.get(path)]
        if files.get(path) not in allowed:
            raise _wrong(scene, said, path, allowed, files.get(path))
    gone = ", ".join(sorted({*now} - {*files}))
    message = f"{gone} is gone, and what was to take its place is not there"
    raise Wrong("lost", message, actual=f"there is {', '.join(sorted(files)) or 'nothing'}")


def _is_cut(cut: Cut, now: Files, then: Files, files: Files) -> bool:
    if cut is Cut.BOTH:
        return files == {**now, **then}
    return cut is Cut.PARTLY and then.items() <= files.items() <= now.items()


def _wrong(
    scene: Scene, said: int, path: str, allowed: Sequence[bytes | None], actual: bytes | None
) -> Wrong:
    former = [state.get(path) for state in scene.states[:said]]
    if actual in former:
        outcome, message = "lost", f"what was reported as done to {path} is undone"
    elif actual is None:
        outcome, message = "lost", f"{path} is gone"
    else:
        outcome, message = "torn", f"{path} has neither its old content nor the new one"
    words = " or ".join(dict.fromkeys(_content(one) for one in allowed))
    return Wrong(outcome, message, expected=words, actual=_content(actual))


def _content(content: bytes | None) -> str:
    return "no file" if content is None else described(content)
