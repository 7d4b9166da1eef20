"""What one client may take of a registry, so that something is left for the others."""

from dataclasses import dataclass

from storagedriver.registry.configuration.values import wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """Limits for clients; 0 sets none.

    A body of which no byte came for `body_seconds` is given up, and an answer of which none was
    taken for `answer_seconds`. A client has `requests` per second, and `burst` of them at once. All
    together may bring `uploads` parts of blobs at the same time. A blob has at most `blob_bytes`.
    """

    body_seconds: float = 60.0
    answer_seconds: float = 300.0
    requests: int = 0
    burst: int = 100
    uploads: int = 0
    blob_bytes: int = 0


def number(value: object) -> int:
    """Read a number that is 0 or more."""
    if type(value) is not int or value < 0:
        raise wrong(value, "a whole number, or 0 for no limit")
    return value
