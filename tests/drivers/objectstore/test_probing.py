"""What opens that were killed leave behind."""

from datetime import timedelta

import pytest

from storagedriver.drivers.objectstore.probing import drop_left_behind
from tests.drivers.objectstore.stores import MOMENT, MemoryStore
from tests.drivers.objectstore.writers import failing

OTHERS = {"root/file": b"x", "root/~/w/file/!": b"x", "other/~/probe/a": b"x"}


@pytest.mark.parametrize(("minutes", "left"), [(59, 2), (61, 0)])
async def test_a_probe_is_dropped_when_no_open_can_need_it(minutes: int, left: int) -> None:
    probes = {"root/~/probe/a": b"probe", "root/~/probe/a-directory/file": b"probe"}
    store = MemoryStore(objects={**OTHERS, **probes})

    await drop_left_behind(store, "root/", now=MOMENT + timedelta(minutes=minutes))

    assert left + len(OTHERS) == len(store.objects)
    assert OTHERS.items() <= store.objects.items()


@pytest.mark.parametrize("request_", ["page", "delete"])
async def test_an_open_does_without_dropping_them(request_: str) -> None:
    store = MemoryStore(objects={"root/~/probe/a": b"probe"})
    store.before = failing(request_)

    await drop_left_behind(store, "root/", now=MOMENT + timedelta(days=1))

    assert 1 == len(store.objects)
