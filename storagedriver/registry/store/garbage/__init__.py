"""Garbage collection: what nothing leads to any more is removed, while nobody writes.

`collect` does it, and tells of each thing as it does. First all that lives is marked, in every
repository, and any failure up to there ends it with nothing changed. Then go, in this order, the
manifests that nobody is to have any more and all links to them; the blobs; and the links of
repositories to these. At any moment each manifest that a repository has is whole, and a repository
is there as long as any of its blobs: whatever breaks it off, nothing that lives is gone, and the
next run finishes.

What lives: each manifest that a repository has a link to, or with `delete_untagged` those that a
tag leads to; and all that they name, through indexes of any depth. What is damaged keeps all that
it might name.
"""

from storagedriver.registry.store.garbage.collecting import collect
from storagedriver.registry.store.garbage.events import (
    Event,
    Kind,
    Looked,
    Marked,
    Problem,
    Removed,
    Summary,
)

__all__ = ["Event", "Kind", "Looked", "Marked", "Problem", "Removed", "Summary", "collect"]
