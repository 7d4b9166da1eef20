"""What `pytest --pyargs storagedriver_conformance --storage-driver NAME_OR_URL` collects."""

from dataclasses import replace
from pathlib import Path

import pytest

from storagedriver_conformance import quirks
from storagedriver_conformance.opening import named_target
from storagedriver_conformance.plugin import DRIVER, OPTION, QUIRKS
from storagedriver_conformance.suite import DriverConformance
from storagedriver_conformance.target import Target


class TestConformance(DriverConformance):
    """The properties, against the driver that the command line names."""

    @pytest.fixture
    def conformance_target(self, pytestconfig: pytest.Config) -> Target:
        """Give the target that the options describe."""
        driver = pytestconfig.getoption(DRIVER, default=None)
        if driver is None:
            pytest.skip(f"{DRIVER} NAME_OR_URL is missing")
        target = named_target(driver, pytestconfig.getoption(OPTION))
        known = pytestconfig.getoption(QUIRKS)
        return replace(target, quirks=quirks.read(Path(known))) if known else target
