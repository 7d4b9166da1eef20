"""The suite on real servers: each of its groups that a service can be wrong about, in short."""

import pytest

from storagedriver.factory import open_driver
from storagedriver_conformance import Status, Target
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now
from tests.s3servers import S3Server

ON_BOTH = "list.*,walk.*,unfinished.*"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("server", "only"), [("weed_server", "*"), ("moto_server", ON_BOTH)], indirect=["server"]
)
def test_the_driver_conforms(server: S3Server, root: str, only: str) -> None:
    target = Target(
        open=lambda: open_driver("s3", rootdirectory=root, **server.parameters()), patience=120
    )

    report = check_now(target, profile="smoke", only=only)

    told = terminal.text(report, command="storagedriver conformance run s3")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told
