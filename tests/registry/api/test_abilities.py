"""A driver that lacks what a registry needs is refused before the first request."""

from dataclasses import replace

import pytest

from storagedriver.errors import UnsupportedOperationError
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support
from storagedriver.registry.app import create_app

ABSENT = Support.ABSENT


class Lacking:
    """A driver that cannot do some of what it could."""

    def __init__(self, driver: StorageDriver, *lacking: str) -> None:
        self._driver = driver
        self.capabilities: Capabilities = replace(
            driver.capabilities, **dict.fromkeys(lacking, ABSENT)
        )

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        (["resumable_writer"], "needs resumable_writer, which"),
        (["start_after", "resumable_writer"], "needs start_after and resumable_writer, which"),
        (["start_after", "writable"], "needs start_after, which"),
    ],
)
def test_what_is_needed_is_named(driver: StorageDriver, lacking: list[str], told: str) -> None:
    with pytest.raises(UnsupportedOperationError, match=told) as caught:
        create_app(Lacking(driver, *lacking))

    assert "memory" == caught.value.driver


def test_what_is_only_read_needs_no_writer(driver: StorageDriver) -> None:
    create_app(Lacking(driver, "writable", "resumable_writer"))


def test_conditions_are_not_needed(driver: StorageDriver) -> None:
    create_app(Lacking(driver, "conditional_put", "conditional_delete", "redirect"))
