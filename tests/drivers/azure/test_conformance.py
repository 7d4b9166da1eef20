"""The suite on a real server: all of its properties, in short."""

import pytest

from storagedriver.factory import open_driver
from storagedriver_conformance import Status, Target
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now
from tests.azureservers import AzureServer


@pytest.mark.timeout(600)
def test_the_driver_conforms(server: AzureServer, root: str) -> None:
    target = Target(
        open=lambda: open_driver("azure", rootdirectory=root, **server.parameters()), patience=120
    )

    report = check_now(target, profile="smoke")

    told = terminal.text(report, command="storagedriver conformance run azure")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told
