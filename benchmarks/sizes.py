"""How much is done in each row: all sizes stand here."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is done. Sizes are in bytes, times in seconds.

    Where there are several sizes of one thing, each is ten times the one before: a cost that grows
    shows it.
    """

    rounds: int
    large: int
    """The one large blob, and what the machine's limits are measured with."""
    layer: int
    """One of the blobs that are pushed side by side, or as an image."""
    pushes: tuple[int, ...]
    small: int
    """How many blobs of 4 KiB are pushed."""
    pulls: int
    """How many times the large blob is pulled for one measurement, or side by side."""
    ranges: int
    connections: tuple[int, ...]
    load_seconds: float
    list_seconds: float
    tags: tuple[int, ...]
    repositories: tuple[int, ...]
    idle: int
    """How many connections are held open."""
    cloud: int
    """The large blob of the registry on S3, and the large file of the drivers."""
    emulated: int
    """The large file of the driver whose service is a slow stand-in: Azurite."""
    calls: int
    """How many small calls of a kind a driver gets."""
    local_files: tuple[int, ...]
    cloud_files: tuple[int, ...]


FULL = Scale(
    rounds=3,
    large=1024 * MIB,
    layer=128 * MIB,
    pushes=(1 * MIB, 10 * MIB, 100 * MIB),
    small=500,
    pulls=16,
    ranges=500,
    connections=(1, 16, 64, 256),
    load_seconds=1,
    list_seconds=0.2,
    tags=(1_000, 10_000, 100_000),
    repositories=(100, 1_000, 10_000),
    idle=500,
    cloud=256 * MIB,
    emulated=64 * MIB,
    calls=100,
    local_files=(1_000, 10_000, 100_000),
    cloud_files=(1_000,),
)

QUICK = Scale(
    rounds=1,
    large=16 * MIB,
    layer=2 * MIB,
    pushes=(MIB // 64, MIB // 8, MIB),
    small=10,
    pulls=4,
    ranges=10,
    connections=(1, 64),
    load_seconds=0.3,
    list_seconds=0.05,
    tags=(10, 100, 1_000),
    repositories=(10, 100, 1_000),
    idle=50,
    cloud=16 * MIB,
    emulated=16 * MIB,
    calls=10,
    local_files=(10, 100, 1_000),
    cloud_files=(100,),
)


def spelled(size: int) -> str:
    """Return a number of bytes as people write it: `128 MiB`, `1 GiB`."""
    for unit, factor in (("GiB", 1024 * MIB), ("MiB", MIB), ("KiB", 1024)):
        if size >= factor:
            return f"{size / factor:g} {unit}"
    return f"{size} bytes"
