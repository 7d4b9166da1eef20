"""What became of an endpoint's events, counted since the start."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Counts:
    """The numbers of one endpoint.

    `events` were queued for it here, and of all that it was to get, from other queues too, it took
    `delivered`; `dead` were dropped undelivered, as more waited than are kept. `failures` are
    requests that it answered with an error, `errors` those that it did not answer; `statuses` are
    those of all its answers.
    """

    events: int = 0
    delivered: int = 0
    dead: int = 0
    failures: int = 0
    errors: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
