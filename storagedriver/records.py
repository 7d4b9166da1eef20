"""What a driver tells: about files, about unfinished writers, and about itself. All are frozen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """A file or a directory.

    `size` is in bytes, and 0 for a directory. `modified` is in UTC and aware; it is None for a
    directory, and where the answer it was read from does not tell (a put's, for instance).
    `version` is opaque and differs whenever the bytes differ; it may or may not change when equal
    bytes are written again. It is None for a directory, and never for a file.
    """

    path: str
    size: int = 0
    is_dir: bool = False
    modified: datetime | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedInfo:
    """A writer that was neither committed nor cancelled: what it holds may be resumed.

    `size` counts bytes that are safely kept. `id` is opaque, and changes when the writer is resumed
    or replaced: `discard` compares it, so that it never drops what somebody works on again.
    """

    path: str
    size: int
    modified: datetime
    id: str


class Support(StrEnum):
    """How far an ability goes.

    `NATIVE`: the backend does it. `EMULATED`: it is right, but slower or by copying; the driver's
    documentation says how. `ABSENT`: calls that need it raise `UnsupportedOperationError`.
    """

    NATIVE = "native"
    EMULATED = "emulated"
    ABSENT = "absent"

    def __bool__(self) -> bool:
        """Tell whether the ability is there at all."""
        return self is not Support.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that a driver declares. Sizes are in bytes; None means that no limit is known.

    `min_part` and `max_parts` bound what a writer sends at once and how often, `max_put` what
    `put_content` takes, `max_object` what any file can have, `max_key` the length of a path (what
    the driver's own prefix takes is already off), `page` how many entries one listing request
    gives.
    """

    min_part: int | None = None
    max_parts: int | None = None
    max_object: int | None = None
    max_put: int | None = None
    max_key: int = 1024
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a driver can do. The class declares the most, the instance what was found at open.

    * `atomic_put`: readers see the old content or the new, never part of either.
    * `conditional_put`: `if_match` and `if_none_match` of `put_content`.
    * `conditional_delete`: `if_match` of `delete`.
    * `resumable_writer`: `writer(append=True)`, in another process too.
    * `start_after`: a listing begins in the middle without reading what comes before.
    * `stable_read`: a reader survives an overwrite and yields the old bytes to its end.
    * `redirect`: `redirect_url` gives URLs.
    * `exclusive_names`: a name is either a file or a directory, never both.
    * `case_sensitive`: names that differ in case alone are two names.
    * `shared`: other instances, in other processes too, see each completed operation at once.
    * `durable`: what a call reported as done survives a killed process.
    * `power_safe`: and a power cut.
    * `writable`: it can be written to.
    * `frees_at_once`: a discarded upload gives its space back at once.
    """

    atomic_put: Support = Support.ABSENT
    conditional_put: Support = Support.ABSENT
    conditional_delete: Support = Support.ABSENT
    resumable_writer: Support = Support.ABSENT
    start_after: Support = Support.EMULATED
    stable_read: Support = Support.ABSENT
    redirect: Support = Support.ABSENT
    exclusive_names: Support = Support.ABSENT
    case_sensitive: Support = Support.NATIVE
    shared: Support = Support.ABSENT
    durable: Support = Support.ABSENT
    power_safe: Support = Support.ABSENT
    writable: Support = Support.NATIVE
    frees_at_once: Support = Support.ABSENT
    limits: Limits = field(default_factory=Limits)
