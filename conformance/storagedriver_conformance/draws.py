"""What is drawn: biased towards what goes wrong, and plain data, so that a case can be kept."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver.records import Limits

MIB = 1024 * 1024

# Siblings around a directory: `-` and `.` sort before `/`, `0` and letters after it.
NAMES = ["a", "a-", "a-b", "a.b", "a0", "aa", "ab", "A", "b", "_", "a_b"]
NAMES += ["..a", "a..", "-", "0", "10", "2"]


def names() -> SearchStrategy[str]:
    """A child's name: one of a few that lie close together, or any of the grammar."""
    legal = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)
    return st.one_of(
        st.sampled_from(NAMES), st.sampled_from(NAMES), legal.filter(lambda name: name.strip("."))
    )


def paths(*, most: int = 4) -> SearchStrategy[str]:
    """A path of one to `most` names."""
    return st.lists(names(), min_size=1, max_size=most).map(lambda parts: "/" + "/".join(parts))


def trees(*, most: int = 12) -> SearchStrategy[list[str]]:
    """Paths of files that can all exist at once: none lies below another."""
    return st.lists(paths(), min_size=1, max_size=most, unique=True).map(_compatible)


def _compatible(paths: list[str]) -> list[str]:
    chosen: list[str] = []
    for path in paths:
        clashes = any(
            f"{path}/".startswith(f"{one}/") or f"{one}/".startswith(f"{path}/") for one in chosen
        )
        if not clashes:
            chosen.append(path)
    return chosen


def edges(limits: Limits, *, most: int = 3 * MIB) -> list[int]:
    """Sizes where implementations break, up to `most`: nothing, one, chunks, the driver's parts."""
    around = {1, 2, 255, 4096, 65_536, MIB}
    if limits.min_part:
        around |= {limits.min_part, 2 * limits.min_part}
    if limits.max_put:
        around.add(limits.max_put)
    sizes = {0} | {size + step for size in around for step in (-1, 0, 1)}
    return sorted(size for size in sizes if 0 <= size <= most)


def sizes(limits: Limits, *, most: int = 70_000) -> SearchStrategy[int]:
    """A size in bytes: small ones mostly, and the edges."""
    return st.one_of(st.integers(0, 40), st.sampled_from(edges(limits, most=most)))


def seeds() -> SearchStrategy[int]:
    """What tells contents of equal size apart."""
    return st.integers(0, 7)


def splits(size: int, *, most: int = 6) -> SearchStrategy[list[int]]:
    """Ways to cut `size` bytes into pieces: the sizes of the pieces, empty ones among them."""
    cuts = st.lists(st.integers(0, size), max_size=most).map(sorted)
    return cuts.map(
        lambda at: [end - start for start, end in zip([0, *at], [*at, size], strict=True)]
    )


def cut(content: bytes, pieces: list[int]) -> list[bytes]:
    """Cut a content into pieces of these sizes."""
    chunks, at = [], 0
    for size in pieces:
        chunks.append(content[at : at + size])
        at += size
    return chunks
