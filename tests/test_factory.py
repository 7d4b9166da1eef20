import asyncio
import subprocess
import sys

import pytest

from storagedriver import (
    DriverClosedError,
    DriverConfigurationError,
    InvalidPathError,
    StorageBackendError,
    get_factory,
    known_drivers,
    open_driver,
)
from storagedriver.drivers.memory import MemoryDriver, MemoryFactory, MemoryParameters
from storagedriver.factory import configured
from tests.plugins import FACTORY, Install, install

__all__ = ["install"]  # a fixture, found by its name


async def test_a_driver_is_opened_by_its_name() -> None:
    async with open_driver("memory", max_bytes="100") as driver:
        await driver.put_content("/a", b"body")

        assert "memory" == driver.name
        assert b"body" == await driver.get_content("/a")


async def test_a_driver_is_opened_by_a_url() -> None:
    async with open_driver("memory:") as driver:
        assert "memory" == driver.name


async def test_an_opened_driver_is_guarded() -> None:
    async with open_driver("memory") as driver:
        with pytest.raises(InvalidPathError, match="memory"):
            await driver.stat("no path")


async def test_a_driver_is_closed_after_its_block() -> None:
    async with open_driver("memory") as driver:
        pass

    with pytest.raises(DriverClosedError):
        await driver.stat("/")


async def test_a_driver_is_closed_when_its_block_fails() -> None:
    with pytest.raises(KeyError):
        async with open_driver("memory") as driver:
            raise KeyError

    with pytest.raises(DriverClosedError):
        await driver.stat("/")


async def test_a_driver_is_closed_to_the_end_by_a_cancelled_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_closing, may_close, has_closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def aclose(self: MemoryDriver) -> None:
        is_closing.set()
        await may_close.wait()
        has_closed.set()

    async def use() -> None:
        async with open_driver("memory"):
            pass

    monkeypatch.setattr(MemoryDriver, "aclose", aclose)
    task = asyncio.create_task(use())
    await is_closing.wait()
    task.cancel()
    await asyncio.sleep(0)
    may_close.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert has_closed.is_set()


async def test_an_error_while_opening_gets_the_drivers_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(self: MemoryFactory, parameters: MemoryParameters) -> MemoryDriver:
        raise StorageBackendError("it is out")

    monkeypatch.setattr(MemoryFactory, "open", fail)

    with pytest.raises(StorageBackendError, match="memory: it is out"):
        async with open_driver("memory"):
            raise AssertionError


async def test_an_operating_systems_error_while_opening_becomes_the_backends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(self: MemoryFactory, parameters: MemoryParameters) -> MemoryDriver:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(MemoryFactory, "open", fail)

    with pytest.raises(StorageBackendError, match=r"memory: .*Permission denied"):
        async with open_driver("memory"):
            raise AssertionError


async def test_a_wrong_parameter_names_the_driver_and_the_parameter() -> None:
    with pytest.raises(DriverConfigurationError, match="memory: unknown parameter 'max_byte'"):
        async with open_driver("memory", max_byte=1):
            raise AssertionError


def test_a_url_and_parameters_go_together() -> None:
    chosen = configured("memory://?max_bytes=5&exclusive_names=false", {"max_bytes": "7"})

    assert MemoryParameters(max_bytes=7, exclusive_names=False) == chosen.parameters


def test_a_url_that_its_driver_refuses_is_a_configuration_error(install: Install) -> None:
    install("painter", "paint-driver")

    with pytest.raises(DriverConfigurationError, match="paint-driver: a paint URL has no question"):
        configured("paint://blue?", {})


def test_our_own_drivers_are_known() -> None:
    assert {"filesystem", "memory"} <= set(known_drivers())


def test_an_unknown_driver_is_named_with_the_nearest_and_the_known() -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        get_factory("memroy")

    message = str(raised.value)
    assert "unknown driver 'memroy'; did you mean 'memory'?" in message
    assert "filesystem, fsspec, memory" in message
    assert "pip install" not in message


@pytest.mark.parametrize("name", ["az", "abfs"])
def test_a_scheme_that_is_taken_for_a_driver_is_named_with_what_installs_it(name: str) -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        get_factory(name)

    assert "pip install 'storagedriver[azure]'" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "missing", "extra"),
    [
        ("s3://images", "s3fs", "s3"),
        ("az://images?accountname=a", "storagedriver.drivers.azure.opening", "azure"),
    ],
)
async def test_a_driver_without_its_extra_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, url: str, missing: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(DriverConfigurationError) as raised:
        async with open_driver(url):
            pass

    assert f"pip install 'storagedriver[{extra}]'" in str(raised.value)


def test_a_url_that_no_driver_knows_says_so() -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        configured("gopher://user:secret@host", {})

    assert "no driver takes 'gopher:' URLs" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["fille:///srv/registry", "filesystem:///srv/registry"])
def test_a_url_that_is_nearly_known_is_told_with_what_was_meant(url: str) -> None:
    with pytest.raises(DriverConfigurationError, match="did you mean 'file:'"):
        configured(url, {})


def test_a_strangers_driver_is_found_by_name_and_by_url(install: Install) -> None:
    install("painter", "paint-driver")

    assert "paint-driver" in known_drivers()
    assert ("paint",) == get_factory("paint-driver").schemes
    chosen = configured("PAINT://blue", {})
    assert ("paint-driver", "blue") == (chosen.name, chosen.parameters.color)


def test_a_factory_may_be_an_instance(install: Install) -> None:
    install("painter", "paint-driver", FACTORY + "\n\nFactory = Factory()\n")

    assert ("paint",) == get_factory("paint-driver").schemes


def test_a_driver_that_cannot_be_imported_says_why(install: Install) -> None:
    install("painter", "paint-driver", "import brushes_that_are_not_there")

    with pytest.raises(DriverConfigurationError) as raised:
        get_factory("paint-driver")

    message = str(raised.value)
    assert "paint-driver: painter_module:Factory of painter 1.0 cannot be loaded" in message
    assert "No module named 'brushes_that_are_not_there'" in message
    assert "paint-driver" in known_drivers()
    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


def test_a_url_is_not_lost_on_a_driver_that_cannot_be_imported(install: Install) -> None:
    install("painter", "paint-driver", "raise RuntimeError('no colors left')")

    with pytest.raises(DriverConfigurationError) as raised:
        configured("paint://blue", {})

    assert "no driver takes 'paint:' URLs" in str(raised.value)
    assert "no colors left" in str(raised.value)
    assert "memory" == configured("memory:", {}).name


def test_a_driver_for_another_contract_is_refused(install: Install) -> None:
    install("painter", "paint-driver", FACTORY.replace("contract = 1", "contract = 2"))

    with pytest.raises(DriverConfigurationError, match=r"painter 1\.0 keeps contract 2"):
        get_factory("paint-driver")


def test_what_is_no_factory_is_refused(install: Install) -> None:
    install("painter", "paint-driver", FACTORY.replace("schemes =", "scheme ="))

    with pytest.raises(DriverConfigurationError, match="no driver factory: it has no 'schemes'"):
        get_factory("paint-driver")


def test_a_name_that_two_distributions_offer_is_refused(install: Install) -> None:
    install("painter", "memory")

    with pytest.raises(DriverConfigurationError, match=r"painter 1\.0 and storagedriver \S+ both"):
        get_factory("memory")


def test_a_scheme_of_ours_stays_ours(install: Install) -> None:
    install("painter", "paint-driver", FACTORY.replace('("paint",)', '("memory",)'))

    assert "memory" == configured("memory:", {}).name


def test_a_scheme_that_two_strangers_take_is_refused(install: Install) -> None:
    install("painter", "paint-driver")
    install("sculptor", "clay-driver")

    with pytest.raises(DriverConfigurationError, match="clay-driver and paint-driver"):
        configured("paint://blue", {})


def test_importing_the_package_imports_no_backend() -> None:
    program = "import storagedriver, sys; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)

    assert set() == {"fsspec", "yaml", "starlette", "uvicorn"} & set(ran.stdout.split())
    assert "storagedriver" in ran.stdout.split()
