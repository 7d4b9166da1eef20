"""Paths that break the grammar are refused by every method, before anything happens."""

from collections.abc import Awaitable, Callable

import pytest

from storagedriver.errors import InvalidPathError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import everything, left_unfinished, read

Call = Callable[[StorageDriver, str], Awaitable[object]]

CALLS: dict[str, Call] = {
    "get_content": lambda driver, path: driver.get_content(path),
    "put_content": lambda driver, path: driver.put_content(path, b"x"),
    "reader": read,
    "writer": lambda driver, path: driver.writer(path),
    "stat": lambda driver, path: driver.stat(path),
    "list": lambda driver, path: everything(driver.list(path)),
    "walk": lambda driver, path: everything(driver.walk(path)),
    "move_from": lambda driver, path: driver.move(path, "/there"),
    "move_to": lambda driver, path: driver.move("/kept", path),
    "delete": lambda driver, path: driver.delete(path),
    "unfinished": lambda driver, path: everything(driver.unfinished(path)),
    "redirect_url": lambda driver, path: driver.redirect_url(path),
}

BAD = [
    "",
    "kept",
    "/kept/",
    "//kept",
    "/a//b",
    "/..",
    "/../kept",
    "/a/../kept",
    "/./kept",
    "/kept/.",
    "/ke pt",
    "/kept\n",
    "/kept\0",
    "/~/kept",
    "/ké",
    "/a%2Fb",
    "/" + "n" * 256,
    "/n" * 513,
]


@pytest.mark.parametrize("path", BAD, ids=lambda path: ascii(path[:12]))
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_path_that_breaks_the_grammar_is_refused(
    driver: StorageDriver, call: Call, path: str
) -> None:
    await driver.put_content("/kept", b"kept")

    with pytest.raises(InvalidPathError) as caught:
        await call(driver, path)

    assert driver.name == caught.value.driver
    assert ["/kept"] == [info.path for info in await everything(driver.walk("/"))]
    assert b"kept" == await driver.get_content("/kept")
    assert [] == await everything(driver.unfinished())


@pytest.mark.parametrize(
    "name", ["get_content", "put_content", "reader", "writer", "move_from", "move_to", "delete"]
)
async def test_the_root_is_not_taken_for_a_file(driver: StorageDriver, name: str) -> None:
    await driver.put_content("/kept", b"kept")

    with pytest.raises(InvalidPathError):
        await CALLS[name](driver, "/")

    assert b"kept" == await driver.get_content("/kept")


@pytest.mark.parametrize(
    "path", ["/...", "/.hidden", "/-", "/_", "/A", "/a..b", "/" + "n" * 255, "/n" * 512]
)
async def test_an_unusual_path_within_the_grammar_works(driver: StorageDriver, path: str) -> None:
    await driver.put_content(path, b"body")
    await left_unfinished(driver, path, b"draft")

    assert b"body" == await driver.get_content(path)
    assert path == (await everything(driver.walk("/")))[-1].path
    assert [path] == [found.path for found in await everything(driver.unfinished())]


async def test_names_that_differ_in_case_alone_are_two(driver: StorageDriver) -> None:
    await driver.put_content("/name", b"lower")
    await driver.put_content("/NAME", b"upper")

    assert b"lower" == await driver.get_content("/name")
    assert b"upper" == await driver.get_content("/NAME")


@pytest.mark.parametrize("name", ["get_content", "reader", "stat", "list", "walk", "move_from"])
async def test_a_missing_path_is_not_found(driver: StorageDriver, name: str) -> None:
    await driver.put_content("/other", b"x")

    with pytest.raises(PathNotFoundError) as caught:
        await CALLS[name](driver, "/missing")

    assert "/missing" == caught.value.path
    assert driver.name == caught.value.driver


@pytest.mark.parametrize("name", ["get_content", "reader", "stat", "list", "walk", "delete"])
async def test_a_path_below_a_file_is_not_found(driver: StorageDriver, name: str) -> None:
    await driver.put_content("/file", b"x")

    with pytest.raises(PathNotFoundError):
        await CALLS[name](driver, "/file/below")
