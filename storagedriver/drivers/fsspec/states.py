"""What an unfinished writer has kept, as it is stored."""

import json
import time
from dataclasses import asdict, dataclass, field

from storagedriver.errors import CorruptContentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a draft, and how many bytes of it count.

    While it `grows`, the writer that made it may still add to it, even after another took over.
    """

    name: str
    size: int
    grows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a draft has, whose it is, and when that was written, in seconds since 1970."""

    owner: str
    segments: tuple[Segment, ...] = ()
    modified: float = field(default_factory=time.time)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return sum(segment.size for segment in self.segments)

    def to_json(self) -> bytes:
        """Return it as it is stored."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "State":
        """Read what is stored. Raises `CorruptContentError`."""
        try:
            read = json.loads(content)
            segments = tuple(Segment(**segment) for segment in read["segments"])
            return cls(owner=read["owner"], segments=segments, modified=read["modified"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptContentError("the state of an unfinished writer is damaged") from error
