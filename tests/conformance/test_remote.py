"""What the remote profile costs: five minutes, where each answer takes 50 ms."""

import pytest

from storagedriver import FileInfo
from storagedriver_conformance import Profile, Status
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.writing import ReferenceWriter
from tests.conformance.distant import LIMITS, Distant, Far

ANSWER = 0.05
MINUTES = 5


@pytest.mark.timeout(600)
def test_the_remote_profile_is_worth_its_waiting() -> None:
    far = Far(delay=0)

    report = check_now(far.target(), profile="remote")

    # What several properties wait for at once is waited for once; the rest is for computing.
    waiting = far.answers * ANSWER / Profile.named("remote").at_once
    assert report.conforms, terminal.text(report, command="storagedriver conformance run")
    assert report.executed > 200
    assert waiting < MINUTES * 60 * 0.6, f"{far.answers:,} answers"
    assert {} == {one.property.id: one.calls for one in report.results if one.calls > 1_000}
    assert {} == far.disk.files


class JoinsPartsAsText(Distant):
    """The parts are joined in the order of their numbers' texts: 1, 10, 11, 2."""

    class Writer(ReferenceWriter):
        def publish(self) -> FileInfo:
            size, content = LIMITS.min_part or 1, self.pending.content
            order = sorted(range(-(-len(content) // size)), key=lambda part: str(part + 1))
            parts = [content[size * part : size * (part + 1)] for part in order]
            self.pending.content = b"".join(parts)
            return super().publish()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "profile", "expected"),
    [
        (Distant, "quick", Status.ABSENT),
        (Distant, "standard", Status.PASSED),
        (JoinsPartsAsText, "standard", Status.FAILED),
    ],
)
def test_the_order_of_large_parts_is_looked_at_where_that_may_cost_something(
    kind: type[Distant], profile: str, expected: Status
) -> None:
    target = Far(delay=0, kind=kind).target()

    (result,) = check_now(target, profile=profile, only="parts.many").results

    assert expected is result.status
    if result.finding is not None:
        assert result.finding.message.startswith("the beginning of part 2: ")
