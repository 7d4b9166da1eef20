"""What can be set on a memory driver, by name or in a URL."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from storagedriver.parameters import read_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryParameters:
    """The parameters of the memory driver."""

    exclusive_names: bool = field(
        default=True,
        metadata={
            "help": "a name is either a file or a directory; false allows both at once",
            "secret": False,
        },
    )
    max_bytes: int | None = field(
        default=None,
        metadata={
            "help": "most bytes held in files and unfinished writers; unset: no bound",
            "secret": False,
        },
    )

    def __post_init__(self) -> None:
        if self.max_bytes is not None and self.max_bytes < 0:
            raise ValueError(f"max_bytes is a number of bytes, at least 0, not {self.max_bytes}")


def parameters_from_url(url: str) -> MemoryParameters:
    """Read `memory:`, with parameters behind a `?`.

    Raises `ValueError` for a host or a path, and for a parameter that is unknown, wrong or given
    twice.
    """
    split = urlsplit(url)
    if split.netloc or split.path or split.fragment:
        raise ValueError(
            f"{url}: a memory URL has neither host nor path, as each driver has its own store; "
            "write memory: or memory://?max_bytes=1048576"
        )
    given = parse_qsl(split.query, keep_blank_values=True)
    values: dict[str, object] = dict(given)
    if len(values) < len(given):
        raise ValueError(f"{url}: a parameter is given twice")
    return read_parameters(MemoryParameters, values)
