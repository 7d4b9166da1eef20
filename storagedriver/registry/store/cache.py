"""What never changes, kept at hand."""

from collections import OrderedDict

from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.records import Manifest


class ManifestCache:
    """Manifests by digest, the last used ones, within `size` bytes of content.

    It says what a digest stands for, never that a repository has it: that is for the links to say.
    `hits` and `misses` tell how often it was asked and had the manifest, or not.
    """

    def __init__(self, size: int) -> None:
        self.hits = 0
        self.misses = 0
        self._room = size
        self._manifests: OrderedDict[Digest, Manifest] = OrderedDict()

    def get(self, digest: Digest) -> Manifest | None:
        """Return the manifest, if it is here."""
        manifest = self._manifests.get(digest)
        if manifest is None:
            self.misses += 1
        else:
            self.hits += 1
            self._manifests.move_to_end(digest)
        return manifest

    def put(self, manifest: Manifest) -> None:
        """Keep a manifest, and let the ones go that were not used for longest."""
        if manifest.digest in self._manifests:
            return
        self._manifests[manifest.digest] = manifest
        self._room -= len(manifest.content)
        while self._room < 0:
            _, forgotten = self._manifests.popitem(last=False)
            self._room += len(forgotten.content)
