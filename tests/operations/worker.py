"""A client that pushes, tags and deletes at random until the server dies under it."""

import random

import httpx

from tests.operations.ledger import Body, Ledger, Tag, Upload
from tests.operations.repository import Repository, digest_of, manifest_of

SMALL = range(2, 5_000)  # bytes
LARGE = range(500_000, 4_000_000)
CHUNKS = 4
CONFIG = b"{}"


class Worker:
    """One client with its own ledger, tags and seed; the same seed asks the same things."""

    def __init__(self, number: int, repository: str) -> None:
        self.repository = repository
        self.ledger = Ledger()
        self.acknowledged = 0
        self._number = number
        self._random = random.Random(number)

    def work(self, url: str) -> None:
        """Send requests until the connection breaks."""
        try:
            with httpx.Client(base_url=url, timeout=None) as client:
                repository = Repository(client, self.repository)
                while True:
                    self._step(repository)
                    self.acknowledged += 1
        except httpx.TransportError:
            return

    def _step(self, repository: Repository) -> None:
        steps = [
            self._push_small,
            self._push_at_once,
            self._push_large,
            self._push_chunks,
            self._tag_new_manifest,
            self._tag_new_manifest,
            self._move_tag,
            self._delete_tag,
        ]
        self._random.choice(steps)(repository)

    def _body(self, sizes: range) -> Body:
        return Body(seed=self._random.getrandbits(64), size=self._random.choice(sizes))

    def _push_small(self, repository: Repository) -> str:
        body = self._body(SMALL)
        return self._finish(repository, self._start(repository, body), body.content())

    def _push_at_once(self, repository: Repository) -> None:
        body = self._body(SMALL)
        self.ledger.blobs[repository.push_at_once(body.content())] = body

    def _push_large(self, repository: Repository) -> None:
        body = self._body(LARGE)
        upload = self._start(repository, body)
        self._patch(repository, upload, body.content())
        self._finish(repository, upload)

    def _push_chunks(self, repository: Repository) -> None:
        body = self._body(LARGE)
        upload = self._start(repository, body)
        content, step = body.content(), body.size // CHUNKS
        for first in range(0, step * CHUNKS, step):
            self._patch(repository, upload, content[first : first + step])
        self._finish(repository, upload, content[step * CHUNKS :])

    def _start(self, repository: Repository, body: Body) -> Upload:
        upload = Upload(location=repository.start(), body=body)
        self.ledger.uploads.append(upload)
        return upload

    def _patch(self, repository: Repository, upload: Upload, chunk: bytes) -> None:
        first = upload.acknowledged
        upload.location = repository.patch(upload.location, chunk, first=first)
        upload.acknowledged += len(chunk)

    def _finish(self, repository: Repository, upload: Upload, rest: bytes = b"") -> str:
        digest = digest_of(upload.body.content())
        upload.finishing = True
        repository.finish(upload.location, digest, rest)
        self.ledger.uploads.remove(upload)
        self.ledger.blobs[digest] = upload.body
        return digest

    def _tag_new_manifest(self, repository: Repository) -> None:
        repository.push(CONFIG)
        layer = self.ledger.blobs[self._push_small(repository)].content()
        unique = f"{self._number}-{self._random.getrandbits(64)}"
        self._put(repository, manifest_of(CONFIG, [layer], unique))

    def _move_tag(self, repository: Repository) -> None:
        if self.ledger.manifests:
            self._put(repository, self._random.choice([*self.ledger.manifests.values()]))

    def _put(self, repository: Repository, content: bytes) -> None:
        name = f"worker-{self._number}-{self._random.randrange(3)}"
        tag = self.ledger.tags.setdefault(name, Tag())
        tag.ask(digest_of(content))
        digest = repository.put_manifest(name, content)
        tag.acknowledge(digest)
        self.ledger.manifests[digest] = content

    def _delete_tag(self, repository: Repository) -> None:
        there = [name for name, tag in self.ledger.tags.items() if tag.acknowledged is not None]
        if there:
            name = self._random.choice(there)
            self.ledger.tags[name].ask(None)
            repository.delete_manifest(name)
            self.ledger.tags[name].acknowledge(None)
