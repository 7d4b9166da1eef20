"""What is asked about a request, and who answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Protocol

Scope = Mapping[str, Any]
"""A request as ASGI tells it: `headers`, `client`, `scheme` and so on."""

PRINCIPAL = "storagedriver.principal"
"""Under this key of the scope stands the `Principal` whose request was let through."""


class Action(StrEnum):
    """What somebody would do. `ALL` is asked for the catalog, and granted as all of them."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    ALL = "*"


@dataclass(frozen=True, slots=True)
class Access:
    """One action on one thing: a repository, or what another `kind` has (`registry`).

    `kind` and `action` are any text in what a token grants, and what is defined here in what is
    asked for; the `name` of a repository that is asked for can be one.
    """

    kind: str
    name: str
    action: str

    @classmethod
    def to(cls, repository: str, action: Action) -> "Access":
        """Make the access to a repository."""
        return cls("repository", repository, action)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{self.action}"


CATALOG = Access("registry", "catalog", Action.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. `name` is None for nobody in particular, and may be empty for somebody without one.

    `grants` is what the credentials themselves allow, as a token does.
    """

    name: str | None
    grants: frozenset[Access] = frozenset()


NOBODY = Principal(name=None)


class Lack(Enum):
    """What a request lacks that was refused."""

    CREDENTIALS = auto()
    RIGHT_CREDENTIALS = auto()
    RIGHTS = auto()


class WrongCredentialsError(Exception):
    """The credentials of a request are wrong.

    The message says what is wrong, for the log alone, and holds nothing secret. `claimed` is who
    they are said to be of, where they say that.
    """

    def __init__(self, message: str, *, claimed: str | None = None) -> None:
        super().__init__(message)
        self.claimed = claimed


class AccessController(Protocol):
    """Decides who may do what. Each request is shown to it before anything else is done for it.

    An error that it raises, but for `WrongCredentialsError`, fails the request with status 500.
    """

    async def identify(self, scope: Scope) -> Principal:
        """Tell who sends a request; `NOBODY` where it has no credentials.

        Raises `WrongCredentialsError` where it has some that are not right.
        """
        ...

    async def allows(self, principal: Principal, access: Access) -> bool:
        """Tell whether somebody, or nobody in particular, may do this.

        `CATALOG` is asked for the list of repositories, and `shows` then for each that is in it.
        """
        ...

    async def shows(self, principal: Principal, name: str) -> bool:
        """Tell whether the list of repositories names this one to somebody."""
        ...

    def challenge(self, scope: Scope, needed: Sequence[Access], lack: Lack) -> str | None:
        """Give the `WWW-Authenticate` of the answer 401 to a request that is refused.

        None means that other credentials of this client would not help: the answer is then 403.
        """
        ...
