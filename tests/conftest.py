"""What all tests share: none is skipped where the machine is complete, or fails by slowness."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# What others do on the machine decides how long an example takes.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")

NO_SKIPS = os.environ.get("STORAGEDRIVER_NO_SKIPS") == "1"


def _refuse_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"STORAGEDRIVER_NO_SKIPS=1 forbids this skip: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report
