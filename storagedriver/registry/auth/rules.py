"""Rules: which users may do what in which repositories."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from storagedriver.registry.auth.access import Action

EVERYBODY = "*"
ACTIONS = (Action.PULL, Action.PUSH, Action.DELETE)

_GLOB = re.compile(r"[a-z0-9._*-]+(/[a-z0-9._*-]+)*")
_WILD = re.compile(r"(\*\*|\*)")
_MEANING = {"**": ".*", "*": "[^/]*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Allows users actions in repositories.

    `users` are names, or `*` for every one that there is; `repositories` are globs, where `*`
    stands for anything within a component of a name and `**` for anything at all.
    """

    users: tuple[str, ...]
    repositories: tuple[str, ...]
    actions: tuple[Action, ...]


def matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """Give what tells whether one of the globs matches a repository's name.

    Raises `ValueError` for a glob that no name can match.
    """
    for glob in globs:
        if not _GLOB.fullmatch(glob):
            raise ValueError(f"{glob!r} can match no repository: it is a name, with * and **")
    pattern = re.compile("|".join(map(_expression, globs)) or r"(?!)")
    return lambda name: pattern.fullmatch(name) is not None


def _expression(glob: str) -> str:
    return "".join(_MEANING.get(part) or re.escape(part) for part in _WILD.split(glob))


def read_globs(value: object) -> tuple[str, ...]:
    """Read a list of globs. Raises `ValueError` that says what is wrong."""
    globs = _words(value, "a list of repositories, such as [team/app, public/**]")
    matcher(globs)
    return globs


def read_rules(value: object) -> tuple[Rule, ...]:
    """Read a list of rules. Raises `ValueError` that says which is wrong, and why."""
    if not isinstance(value, list):
        message = "must be a list of rules, each with users, repositories and actions"
        raise ValueError(message)  # noqa: TRY004 - as all that read values
    rules = []
    for number, each in enumerate(value, start=1):
        try:
            rules.append(_rule(each))
        except ValueError as error:
            raise ValueError(f"rule {number}: {error}") from None
    return tuple(rules)


def _rule(value: object) -> Rule:
    keys = ["users", "repositories", "actions"]
    if not isinstance(value, Mapping) or set(value) != set(keys):
        raise ValueError(f"must have the keys {', '.join(keys)}, and no other")
    users = _words(value["users"], 'a list of users, such as [alice, bob], or ["*"] for all')
    try:
        repositories = read_globs(value["repositories"])
    except ValueError as error:
        raise ValueError(f"repositories: {error}") from None
    names = _words(value["actions"], "a list of pull, push, delete")
    if unknown := [name for name in names if name not in ACTIONS]:
        raise ValueError(f"actions are {', '.join(ACTIONS)}, and not {unknown[0]!r}")
    if not names or not users or not repositories:
        raise ValueError("allows nothing: no list may be empty")
    return Rule(users=users, repositories=repositories, actions=tuple(map(Action, names)))


def _words(value: object, expected: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"must be {expected}, not {value!r}")
    return tuple(value)
