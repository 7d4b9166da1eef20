"""A driver that can do more than it declares is told so, and conforms all the same."""

from dataclasses import replace

import pytest

from storagedriver import Capabilities, Content, FileInfo, Support, guarded
from storagedriver_conformance import Report, Target
from storagedriver_conformance.groups.underclaim_properties import PROBES
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.variants import FromTheStart, Unconditional, Unresumable
from tests.conformance.toys import target


class Modest(Reference):
    capabilities = replace(
        Reference.capabilities,
        **dict.fromkeys(PROBES, Support.ABSENT),
        limits=Capabilities().limits,
    )


class ModestWithLinks(Modest):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        self.check(path)
        return f"https://storage.example/{method}{path}?for={expires_in}"


class Careless(Modest):
    """It takes conditions and does not look at them."""

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        return await super().put_content(path, content)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await super().delete(path)


def noticed(of: Target) -> set[str]:
    report: Report = check_now(of, only="caps.no-underclaim")
    assert 0 == report.exit_code, report.summary()
    words = " is declared absent, and works"
    (result,) = report.results
    assert all(notice.endswith(words) for notice in result.notices)
    return {notice.removesuffix(words) for notice in result.notices}


def test_what_works_and_is_not_declared_is_noticed() -> None:
    assert set(PROBES) == noticed(target(ModestWithLinks))


def test_a_guard_does_not_hide_it() -> None:
    assert set(PROBES) == noticed(target(lambda disk: guarded(ModestWithLinks(disk))))


@pytest.mark.parametrize("kind", [Reference, Unconditional, Unresumable, FromTheStart])
def test_what_is_refused_is_not_noticed(kind: type[Reference]) -> None:
    assert set() == noticed(target(kind))


def test_conditions_that_are_not_looked_at_are_not_noticed() -> None:
    assert {"resumable_writer", "start_after", "case_sensitive", "shared"} == (
        noticed(target(Careless))
    )
