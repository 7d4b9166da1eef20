import pytest

from storagedriver.registry.auth import Action
from storagedriver.registry.auth.rules import Rule, matcher, read_globs, read_rules

RULE = {"users": ["alice"], "repositories": ["team/**"], "actions": ["pull", "push"]}


@pytest.mark.parametrize(
    ("glob", "name", "expected"),
    [
        ("team/app", "team/app", True),
        ("team/app", "team/apple", False),
        ("team/app", "a/team/app", False),
        ("team.app", "teamxapp", False),
        ("team/*", "team/app", True),
        ("team/*", "team", False),
        ("team/*", "team/app/debug", False),
        ("team/**", "team/app/debug", True),
        ("team/**", "team", False),
        ("team/**", "teams/app", False),
        ("*", "app", True),
        ("*", "team/app", False),
        ("**", "team/app", True),
        ("**/debug", "team/app/debug", True),
        ("**/debug", "debug", False),
        ("team/*-dev", "team/app-dev", True),
        ("team/*-dev", "team/app-prod", False),
    ],
)
def test_a_glob_matches_within_components_or_across_them(
    glob: str, name: str, *, expected: bool
) -> None:
    assert expected is matcher([glob])(name)


def test_no_globs_match_nothing() -> None:
    assert not matcher([])("a")


def test_one_of_several_globs_is_enough() -> None:
    assert [True, True, False] == [matcher(["a", "b/*"])(name) for name in ("a", "b/c", "b")]


@pytest.mark.parametrize("glob", ["", "/a", "a/", "a//b", "A", "a b", "a[bc]", "a?", "a|b", "a\n"])
def test_a_glob_that_matches_no_name_is_refused(glob: str) -> None:
    with pytest.raises(ValueError, match="can match no repository"):
        read_globs([glob])


def test_rules_are_read() -> None:
    rule = Rule(users=("alice",), repositories=("team/**",), actions=(Action.PULL, Action.PUSH))

    assert (rule,) == read_rules([RULE])
    assert () == read_rules([])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "must be a list of rules"),
        (["alice"], "rule 1: must have the keys users, repositories, actions, and no other"),
        ([RULE, {"users": ["a"]}], "rule 2: must have the keys"),
        ([RULE | {"action": []}], "rule 1: must have the keys"),
        ([RULE | {"users": "alice"}], "rule 1: must be a list of users, .*, not 'alice'"),
        ([RULE | {"users": [1]}], "rule 1: must be a list of users"),
        ([RULE | {"users": []}], "rule 1: allows nothing"),
        ([RULE | {"repositories": ["A"]}], "rule 1: repositories: 'A' can match no repository"),
        ([RULE | {"repositories": None}], "rule 1: repositories: must be a list"),
        ([RULE | {"actions": ["read"]}], "actions are pull, push, delete, and not 'read'"),
        ([RULE | {"actions": ["*"]}], r"actions are pull, push, delete, and not '\*'"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_rules(value)
