"""Sets of digests, small enough to hold those of all that a registry has."""

from collections.abc import Iterable, Iterator

from storagedriver.registry.store.digests import Digest


class DigestSet:
    """Digests as raw bytes: one of SHA-256 takes about 100 bytes of memory."""

    def __init__(self, digests: Iterable[Digest] = ()) -> None:
        self._raw: dict[str, set[bytes]] = {}
        self.update(digests)

    def add(self, digest: Digest) -> None:
        """Add one."""
        self._raw.setdefault(digest.algorithm, set()).add(bytes.fromhex(digest.encoded))

    def update(self, digests: Iterable[Digest]) -> None:
        """Add some."""
        for digest in digests:
            self.add(digest)

    def discard(self, digest: Digest) -> None:
        """Take one out, if it is there."""
        self._raw.get(digest.algorithm, set()).discard(bytes.fromhex(digest.encoded))

    def __contains__(self, digest: Digest) -> bool:
        raw = self._raw.get(digest.algorithm)
        return raw is not None and bytes.fromhex(digest.encoded) in raw

    def __iter__(self) -> Iterator[Digest]:
        """Give all, in no order."""
        for algorithm, raw in self._raw.items():
            for each in raw:
                yield Digest(algorithm, each.hex())

    def __len__(self) -> int:
        return sum(map(len, self._raw.values()))
