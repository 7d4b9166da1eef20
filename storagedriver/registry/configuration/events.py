"""What notifications are set up with: frozen records."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events are posted to, and how patiently. Times are in seconds.

    One request may take `timeout`. After `threshold` failures in a row there is a wait of about
    `backoff` before each other try. Events of the `ignored_types` and `ignored_actions` are not
    sent. With a `secret`, requests are signed; `secret_file` is where it was read from.
    """

    name: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout: float = 1.0
    threshold: int = 10
    backoff: float = 1.0
    disabled: bool = False
    ignored_types: tuple[str, ...] = ()
    ignored_actions: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    secret_file: str | None = None

    def wants(self, action: str, media_type: str) -> bool:
        """Tell whether it is sent events of this kind."""
        return action not in self.ignored_actions and media_type not in self.ignored_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All endpoints, and what is kept for them.

    `references` adds to events of manifests what these refer to. Of each queue, at most `most`
    entries are kept for an endpoint; what one request changed is an entry, and so are the pulls of
    a second. A queue whose registry was not heard of for `lease` seconds is taken over.
    """

    endpoints: tuple[Endpoint, ...] = ()
    references: bool = False
    most: int = 10_000
    lease: float = 15.0

    @property
    def active(self) -> tuple[Endpoint, ...]:
        """The endpoints that are not disabled."""
        return tuple(endpoint for endpoint in self.endpoints if not endpoint.disabled)
