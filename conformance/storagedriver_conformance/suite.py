"""The suite in pytest: a class to subclass, which has one test for each property."""

from typing import ClassVar

import pytest

from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.plugin import PROFILE, SEED
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.queueing import GIVING_UP, HUNG
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.selecting import select
from storagedriver_conformance.target import Target


class DriverConformance:
    """One test for each property of the contract, against the target that a subclass names.

        class TestMine(DriverConformance):
            target = Target(open=lambda: open_driver("mine", bucket="ci"))

    `profile`, `seed` and `only` are those of `check`. A target that needs a fixture overrides the
    fixture `conformance_target`. A property that the driver need not keep is skipped. Where the
    storage does not answer, pytest tells of an error, not of a failure.
    """

    target: ClassVar[Target]
    profile: ClassVar[Profile | str] = "quick"
    seed: ClassVar[int] = 1
    only: ClassVar[str] = "*"
    _hung: ClassVar[list[str]]

    def __init_subclass__(cls) -> None:
        """Begin to count the properties in which the driver of this class hangs."""
        super().__init_subclass__()
        cls._hung = []

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each property that is chosen."""
        if "conformance_property" in metafunc.fixturenames:
            profile = self.chosen_profile(metafunc.config)
            chosen = [one for one in self.properties() if profile.includes(one)]
            ids = [one.id for one in chosen]
            metafunc.parametrize("conformance_property", chosen, ids=ids)

    @classmethod
    def properties(cls) -> list[Property]:
        """Return the properties that are tried, of all tiers."""
        return select(all_properties(), cls.only)

    @classmethod
    def chosen_profile(cls, config: pytest.Config) -> Profile:
        """Return the profile: the command line's, or else the class's."""
        profile = config.getoption(PROFILE, default=None) or cls.profile
        try:
            return Profile.named(profile) if isinstance(profile, str) else profile
        except ValueError as error:
            raise pytest.UsageError(str(error)) from error

    @pytest.fixture
    def conformance_target(self) -> Target:
        """Give the target. A subclass may override this."""
        return self.target

    @pytest.fixture
    def conformance_report(
        self,
        conformance_property: Property,
        conformance_target: Target,
        pytestconfig: pytest.Config,
    ) -> Report:
        """Try the property; what says nothing about the driver ends the test here."""
        if len(self._hung) >= GIVING_UP:
            pytest.fail(HUNG, pytrace=False)
        seed = pytestconfig.getoption(SEED, default=None)
        report = check_now(
            conformance_target,
            profile=self.chosen_profile(pytestconfig),
            seed=self.seed if seed is None else seed,
            properties=[conformance_property],
        )
        if report.trouble:
            pytest.fail(redacted(report.summary()), pytrace=False)
        self._judge(report.results[0])
        return report

    def _judge(self, result: Result) -> None:
        if result.finding is not None and result.finding.endless:
            self._hung.append(result.property.id)
        if result.status is Status.ABSENT:
            pytest.skip(result.reason)
        if result.status is Status.QUIRK:
            pytest.xfail(redacted(f"quirk: {result.reason}"))
        if result.status in {Status.INCONCLUSIVE, Status.ERROR}:
            pytest.fail(f"{result.status}: {redacted(result.reason)}", pytrace=False)

    def test_property(self, conformance_report: Report, request: pytest.FixtureRequest) -> None:
        """Fail where the driver does not keep the property."""
        (result,) = conformance_report.results
        if result.status is Status.FAILED:
            rerun = f"pytest '{request.node.nodeid}'"
            pytest.fail(terminal.failure(result, rerun=rerun), pytrace=False)
