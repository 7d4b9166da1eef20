"""What docs/a-real-report.md lists is what the suite finds in the naive driver."""

import re
from pathlib import Path

import pytest

from storagedriver_conformance import Status
from storagedriver_conformance.runner import check_now
from tests.conformance.naive_report import FILESYSTEMS, naive

PAGE = Path(__file__).parents[2] / "docs" / "a-real-report.md"
ROW = re.compile(r"^\| `([a-z.-]+)` \| (both|local|memory) \|", re.MULTILINE)


@pytest.mark.parametrize("filesystem", FILESYSTEMS)
def test_what_the_page_lists_is_found(filesystem: str) -> None:
    rows = ROW.findall(PAGE.read_text())
    listed = [name for name, where in rows if where in {"both", filesystem}]

    with naive(filesystem) as target:
        report = check_now(target, only=",".join(listed))

    assert len(listed) > 10
    assert {*listed} == {one.property.id for one in report.having(Status.FAILED)}
