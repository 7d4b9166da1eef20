"""Names that are remembered from page to page: whatever changes them is seen at once."""

import errno
import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from storagedriver.drivers.filesystem import opening
from storagedriver.drivers.filesystem.changetimes import SystemClock, clock_of
from storagedriver.drivers.filesystem.ordering import KeptNames
from storagedriver.drivers.filesystem.remembering import NamesMemory
from storagedriver.factory import open_driver
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver

SECOND = 1_000_000_000
NAMES = ["a", "b", "c", "d"]


class OwnClock:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.time = 0
        self.sets = 0
        self.is_being_set = False

    def now(self) -> int:
        self.sets += self.is_being_set
        return self.time

    def times_set(self) -> int:
        return self.sets

    def close(self) -> None:
        pass


def own_memory(folder: Path) -> NamesMemory:
    """Remember folders as small as those of the tests, as soon as the clock has gone on a step."""
    return NamesMemory(folder.stat().st_dev, SystemClock(), least=1, safe_age=1)


def await_a_step(folder: Path) -> None:
    """Wait until a change of a folder would have another time than its last one."""
    while time.clock_gettime_ns(5) <= folder.stat().st_ctime_ns:
        os.sched_yield()


def names_by(memory: NamesMemory, folder: Path) -> list[str]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return list(memory.names_in(descriptor).starting(""))
    finally:
        os.close(descriptor)


@pytest.fixture
def names(folder: Path) -> Path:
    """A folder with some names, beside one that is empty."""
    (folder / "names").mkdir()
    for name in NAMES:
        (folder / "names" / name).touch()
    (folder / "beside").mkdir()
    await_a_step(folder / "names")
    return folder / "names"


@pytest.fixture
def memory(folder: Path) -> Iterator[NamesMemory]:
    memory = own_memory(folder)
    yield memory
    memory.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What `os.listdir` is called with."""
    calls: list[object] = []
    listdir = os.listdir

    def counted(folder: int) -> list[str]:
        calls.append(folder)
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", counted)
    return calls


def test_an_unchanged_folder_is_read_once(
    memory: NamesMemory, names: Path, reads: list[object]
) -> None:
    (names / "a").write_bytes(b"what is in a file is no name")

    assert NAMES == names_by(memory, names) == names_by(memory, names)
    assert 1 == len(reads)


def set_back(folder: Path) -> None:
    """Change a folder, and give it the times that it had, as programs that copy folders do."""
    status = folder.stat()
    (folder / "e").touch()
    (folder / "a").unlink()
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))


def make_anew(folder: Path) -> None:
    status = folder.stat()
    shutil.rmtree(folder)
    folder.mkdir()
    for name in ["a", "b", "c", "x"]:
        (folder / name).touch()
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))


def put_another_in_place(folder: Path) -> None:
    folder.rename(folder.with_name("old"))
    (folder.with_name("beside") / "e").touch()
    folder.with_name("beside").rename(folder)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file more": lambda folder: (folder / "e").touch(),
    "a folder more": lambda folder: (folder / "e").mkdir(),
    "a link more": lambda folder: os.link(folder / "a", folder / "e"),
    "a file less": lambda folder: (folder / "b").unlink(),
    "another name": lambda folder: (folder / "b").rename(folder / "e"),
    "one replaced by another": lambda folder: (folder / "b").rename(folder / "c"),
    "one moved away": lambda folder: (folder / "b").rename(folder.with_name("e")),
    "one moved here": lambda folder: folder.with_name("beside").rename(folder / "e"),
    "all at once": put_another_in_place,
    "with its old times": set_back,
    "made anew with its old times": make_anew,
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_seen_at_once(
    memory: NamesMemory, names: Path, reads: list[object], change: str
) -> None:
    names_by(memory, names)
    assert NAMES == names_by(memory, names)
    assert 1 == len(reads)

    CHANGES[change](names)

    assert sorted(os.listdir(names)) == names_by(memory, names)
    await_a_step(names)
    assert sorted(os.listdir(names)) == names_by(memory, names) == names_by(memory, names)


@pytest.mark.parametrize(("age", "expected"), [(3 * SECOND - 1, 2), (3 * SECOND, 1)])
def test_a_folder_is_remembered_when_its_last_change_is_three_seconds_old(
    names: Path, reads: list[object], age: int, expected: int
) -> None:
    clock = OwnClock()
    clock.time = names.stat().st_ctime_ns + age
    memory = NamesMemory(names.stat().st_dev, clock, least=4)

    assert NAMES == names_by(memory, names) == names_by(memory, names)
    assert expected == len(reads)


def test_all_is_forgotten_when_the_clock_is_set(names: Path, reads: list[object]) -> None:
    clock = OwnClock()
    clock.time = names.stat().st_ctime_ns + SECOND
    memory = NamesMemory(names.stat().st_dev, clock, least=4, safe_age=SECOND)
    names_by(memory, names)
    clock.sets += 1

    assert NAMES == names_by(memory, names) == names_by(memory, names)
    assert 2 == len(reads)


def test_nothing_is_remembered_if_the_clock_is_set_meanwhile(
    names: Path, reads: list[object]
) -> None:
    clock = OwnClock()
    clock.time = names.stat().st_ctime_ns + SECOND
    memory = NamesMemory(names.stat().st_dev, clock, least=4, safe_age=SECOND)
    clock.is_being_set = True
    names_by(memory, names)
    clock.is_being_set = False

    assert NAMES == names_by(memory, names)
    assert 2 == len(reads)


def test_what_changes_while_it_is_read_is_not_remembered(
    memory: NamesMemory, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = os.listdir

    def changing(folder: int) -> list[str]:
        found = listdir(folder)
        (names / "e").touch()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", changing)
        assert NAMES == names_by(memory, names)

    assert [*NAMES, "e"] == names_by(memory, names)


def test_small_folders_and_those_of_another_file_system_are_read_each_time(
    names: Path, reads: list[object]
) -> None:
    device = names.stat().st_dev
    for memory in [
        NamesMemory(device, OwnClock(), least=5, safe_age=-(1 << 62)),
        NamesMemory(device + 1, OwnClock(), least=4, safe_age=-(1 << 62)),
    ]:
        assert NAMES == names_by(memory, names) == names_by(memory, names)
    assert 4 == len(reads)


def test_the_folders_asked_for_last_are_remembered_as_far_as_memory_goes(
    folder: Path, reads: list[object]
) -> None:
    folders = [folder / name for name in NAMES]
    for each in folders:
        each.mkdir()
        for name in NAMES:
            (each / name).touch()
    await_a_step(folders[-1])
    size = KeptNames(NAMES).bytes_held
    memory = NamesMemory(
        folder.stat().st_dev, SystemClock(), least=1, safe_age=1, most_bytes=2 * size
    )

    def reads_of(number: int) -> int:
        reads.clear()
        assert NAMES == names_by(memory, folders[number])
        return len(reads)

    assert [1, 1, 0, 1, 0, 1, 1] == [reads_of(number) for number in [0, 1, 0, 2, 0, 1, 2]]
    memory.close()


def test_a_folder_that_is_too_large_for_the_memory_is_not_remembered(
    names: Path, reads: list[object]
) -> None:
    size = KeptNames(NAMES).bytes_held
    memory = NamesMemory(
        names.stat().st_dev, SystemClock(), least=1, safe_age=1, most_bytes=size - 1
    )

    assert NAMES == names_by(memory, names) == names_by(memory, names)
    assert 2 == len(reads)
    memory.close()


@pytest.mark.parametrize("seed", range(4))
def test_kept_names_are_given_from_any_one_on(seed: int) -> None:
    chance = random.Random(seed)

    def some_name(letters: str) -> str:
        return "".join(chance.choices(letters, k=chance.randint(1, 4)))

    names = sorted({some_name("-.aé\udcff") for _ in range(500)})
    kept = KeptNames(names)

    for first in ["", *names, *(some_name("-.aé\0") for _ in range(200))]:
        assert [name for name in names if name >= first] == list(kept.starting(first))


@pytest.fixture
async def remembering(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[StorageDriver]]:
    """Two drivers of one root that remember small folders."""
    monkeypatch.setattr(opening, "memory_for", lambda name: own_memory(Path(name)))
    async with (
        open_driver("filesystem", rootdirectory=root) as one,
        open_driver("filesystem", rootdirectory=root) as other,
    ):
        yield [one, other]


class Changing:
    """A folder, and the names that it should have, whoever changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()

    async def put(self, driver: StorageDriver, name: str, _: str) -> None:
        await driver.put_content(f"/names/{name}", b"")
        self.names.add(name)

    async def delete(self, driver: StorageDriver, name: str, _: str) -> None:
        if name in self.names:
            await driver.delete(f"/names/{name}")
            self.names.remove(name)

    async def touch(self, _: StorageDriver, name: str, __: str) -> None:
        (self.folder / name).touch()
        self.names.add(name)

    async def unlink(self, _: StorageDriver, name: str, __: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.names.discard(name)

    async def rename(self, _: StorageDriver, name: str, other: str) -> None:
        if name in self.names:
            (self.folder / name).rename(self.folder / other)
            self.names = {*self.names - {name}, other}

    async def set_times(self, _: StorageDriver, __: str, ___: str) -> None:
        os.utime(self.folder, (1, 1))

    async def wait(self, _: StorageDriver, __: str, ___: str) -> None:
        await_a_step(self.folder)


async def names_behind(driver: StorageDriver, after: str | None) -> list[str]:
    return [name_of(info.path) async for info in driver.list("/names", start_after=after)]


@pytest.mark.parametrize("seed", range(6))
async def test_listings_are_right_whoever_changes_what(
    remembering: list[StorageDriver], root: Path, reads: list[object], seed: int
) -> None:
    chance = random.Random(seed)
    changing = Changing(root / "names")
    steps: list[Callable[[StorageDriver, str, str], Awaitable[None]]] = [
        changing.put,
        changing.delete,
        changing.touch,
        changing.unlink,
        changing.rename,
        changing.set_times,
        changing.wait,
        changing.wait,
    ]
    await changing.put(remembering[0], "kept", "")
    for _ in range(100):
        step, name, other = chance.choice(steps), chance.choice(NAMES), chance.choice(NAMES)
        await step(chance.choice(remembering), name, other)
        for driver, after in [(driver, after) for driver in remembering for after in [None, name]]:
            expected = sorted(each for each in changing.names if after is None or each > after)
            if chance.random() < 0.5:
                assert expected == await names_behind(driver, after)

    await_a_step(changing.folder)
    reads.clear()
    for driver in [*remembering, *remembering]:
        assert sorted(changing.names) == await names_behind(driver, None)
    assert 2 >= len(reads)


async def test_a_closed_driver_watches_no_clock(root: Path) -> None:
    def watches() -> int:
        descriptors = Path("/proc/self/fd").iterdir()
        return sum("timerfd" in os.path.realpath(each) for each in descriptors)

    before = watches()
    async with open_driver("filesystem", rootdirectory=root) as driver:
        await driver.put_content("/a", b"")

    assert before == watches()
    assert "filesystem" == driver.name  # it was not closed by being collected


def test_a_clock_that_is_set_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    read = os.read

    def cancelled(descriptor: int, size: int) -> bytes:
        monkeypatch.setattr(os, "read", read)
        raise OSError(errno.ECANCELED, f"{descriptor} cannot give {size} bytes")

    assert 0 == clock.times_set()
    monkeypatch.setattr(os, "read", cancelled)
    assert 1 == clock.times_set() == clock.times_set()
    clock.close()


def test_the_times_of_a_file_system_that_is_not_known_well_are_not_trusted() -> None:
    assert clock_of(Path("/proc").stat().st_dev) is None
    assert clock_of(0) is None
