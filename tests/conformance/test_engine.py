"""How a run ends, whatever the driver does."""

import pytest

from storagedriver_conformance import Report, Status, check
from storagedriver_conformance.findings import Finding
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import (
    AnswersRubbish,
    BlocksTheLoop,
    CutsAt1000,
    DoesNotOpen,
    EndsTheProcess,
    Hangs,
    HangsAndWillNotBeCancelled,
    IsNotAsync,
    Unreachable,
    broken,
    keeps,
    redirects,
    target,
    tried,
)


def finding(report: Report) -> Finding:
    (result,) = report.results
    assert Status.FAILED is result.status, result
    assert result.finding is not None
    return result.finding


def test_a_driver_that_keeps_everything_conforms() -> None:
    report = tried(Reference)

    assert 0 == report.exit_code
    assert report.conforms
    assert [40] == [result.programs for result in report.results]
    assert report.summary().startswith("toy conforms: 1 of 1 applicable properties, 0 absent. ")


async def test_check_does_the_same_in_a_running_loop() -> None:
    report = await check(target(Reference), properties=[keeps])

    assert report.conforms


def test_a_failure_is_shrunk_to_the_shortest_that_was_found() -> None:
    report = tried(CutsAt1000)

    assert 1 == report.exit_code
    assert (1001,) == finding(report).draws
    assert ("put_content('/a', 1,001 bytes)", "get_content('/a')") == finding(report).steps
    assert "they part at byte 1,000 of 1,001 and 1,000" in finding(report).message


@pytest.mark.parametrize("kind", [Reference, CutsAt1000])
def test_the_same_seed_gives_the_same_run(kind: type[Reference]) -> None:
    drawn: list[list[int]] = [[], []]

    def noting(number: int) -> type[Reference]:
        class Noting(kind):  # type: ignore[misc, valid-type] # a class made at run time
            async def put_content(self, path: str, content: bytes, **conditions: object) -> object:
                drawn[number].append(len(content))
                return await super().put_content(path, content)

        return Noting

    first, second = (tried(noting(number), seed=7) for number in (0, 1))

    assert drawn[0] == drawn[1]
    assert len(drawn[0]) > 20
    assert first.results[0].finding == second.results[0].finding
    assert first.calls == second.calls


def test_another_seed_gives_another_run() -> None:
    first, second = (tried(CutsAt1000, seed=seed) for seed in (1, 2))

    assert first.calls != second.calls


def test_what_the_driver_lacks_is_absent_and_proves_nothing() -> None:
    report = tried(Reference, redirects)

    assert [Status.ABSENT] == [result.status for result in report.results]
    assert "needs redirect" == report.results[0].reason
    assert 0 == report.executed
    assert 2 == report.exit_code
    assert "no property applies" in report.summary()


def test_storage_that_does_not_answer_is_no_verdict() -> None:
    report = tried(Unreachable)

    assert [Status.INCONCLUSIVE] == [result.status for result in report.results]
    assert 3 == report.exit_code
    assert not report.conforms


def test_a_failure_of_the_suite_itself_is_no_verdict_either() -> None:
    report = tried(Reference, broken)

    assert [Status.ERROR] == [result.status for result in report.results]
    assert "ZeroDivisionError" in report.results[0].reason
    assert 2 == report.exit_code


def test_a_failure_outweighs_what_could_not_be_told() -> None:
    report = tried(CutsAt1000, keeps, broken, redirects)

    assert 1 == report.exit_code


def test_a_driver_that_does_not_open_could_not_be_tested() -> None:
    report = tried(DoesNotOpen)

    assert 2 == report.exit_code
    assert "ConnectionError: no route to storage.example" in report.trouble
    assert () == report.results


def test_a_call_that_hangs_is_found_by_its_time_limit() -> None:
    report = tried(Hangs, patience=1)

    assert "get_content('/a') did not answer within 1 s" == finding(report).message
    assert finding(report).endless


@pytest.mark.parametrize("kind", [HangsAndWillNotBeCancelled, BlocksTheLoop])
def test_a_call_that_cannot_be_ended_is_given_up_on(kind: type[Reference]) -> None:
    report = tried(kind, patience=1)

    assert "neither answers nor can be cancelled, or it blocks" in finding(report).message


def test_what_would_end_the_process_is_a_finding() -> None:
    assert "raised SystemExit, which is no error of the contract" in (
        finding(tried(EndsTheProcess)).message
    )


def test_a_method_that_is_not_async_is_a_finding() -> None:
    assert "is not async: it gave bytes" in finding(tried(IsNotAsync)).message


def test_an_answer_of_a_wrong_type_is_a_finding() -> None:
    found = finding(tried(AnswersRubbish))

    assert ("bytes", "list") == (found.expected, found.actual)


def test_the_calls_of_each_method_are_counted() -> None:
    report = tried(Reference)

    assert {"put_content": 40, "get_content": 40} == report.operations
    assert 80 == report.calls
