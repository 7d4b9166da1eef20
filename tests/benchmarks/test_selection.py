import pytest

from benchmarks.measuring import Row, UnavailableError
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run, Selection
from benchmarks.sizes import QUICK

PUSH, PULL = Row("push 1 GiB", "MiB/s", None), Row("pull 1 GiB", "MiB/s", None)


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ([], ["push 1 GiB", "pull 1 GiB"]),
        (["registry"], ["push 1 GiB", "pull 1 GiB"]),
        (["registry.large"], ["push 1 GiB", "pull 1 GiB"]),
        (["Pull"], ["pull 1 GiB"]),
        (["pull", "push"], ["push 1 GiB", "pull 1 GiB"]),
        (["regis"], []),
        (["drivers"], []),
    ],
)
def test_rows_are_chosen_by_group_or_by_part_of_their_title(
    words: list[str], titles: list[str]
) -> None:
    selection = Selection(words)

    assert titles == [row.title for row in selection.rows("registry.large", [PUSH, PULL])]


def test_a_word_that_nothing_answers_to_is_known() -> None:
    selection = Selection(["pull", "registry", "pul1"])
    selection.rows("registry.large", [PUSH, PULL])

    assert ["pul1"] == selection.unused()


def test_a_group_says_what_it_lacks(tmp_path: object) -> None:
    def measure(_run: Run, _result: GroupResult) -> None:
        raise UnavailableError("SeaweedFS is not installed")

    result = Group("s3", "S3", measure).result(Run(QUICK, tmp_path, [], Selection([])))

    assert result is not None
    assert ["Not measured: SeaweedFS is not installed."] == result.notes


def test_a_group_of_which_nothing_is_wanted_has_no_result(tmp_path: object) -> None:
    group = Group("s3", "S3", lambda _run, _result: None)

    assert group.result(Run(QUICK, tmp_path, [], Selection(["pull"]))) is None
