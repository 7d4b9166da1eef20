import pytest

from storagedriver_conformance import Status, Target
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now
from tests.drivers.fsspec.conftest import Open

PATIENCE = 120.0  # seconds: each look at an FTP server is a connection of its own


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("place", "profile"),
    [
        ("file", "remote"),
        ("memory", "smoke"),
        ("sftp", "smoke"),
        ("ftp", "smoke"),
        ("webdav", "smoke"),
        ("unknown", "smoke"),
    ],
    indirect=["place"],
)
def test_a_filesystem_of_fsspec_keeps_the_contract(opener: Open, profile: str) -> None:
    report = check_now(Target(open=opener, patience=PATIENCE), profile=profile)

    told = terminal.text(report, command="storagedriver conformance run")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told
