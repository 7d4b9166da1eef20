"""What a server acknowledged and what it was asked when it died: the truth it is held to."""

from dataclasses import dataclass, field

from tests.operations.repository import Repository, digest_of, some_bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A blob's content, told by what makes it, so that a ledger of many stays small."""

    seed: int
    size: int

    def content(self) -> bytes:
        return some_bytes(self.seed, self.size)


@dataclass(slots=True, kw_only=True)
class Upload:
    """An upload that was begun; `acknowledged` counts bytes, `finishing` that its end was asked."""

    location: str
    body: Body
    acknowledged: int = 0
    finishing: bool = False


@dataclass(slots=True, kw_only=True)
class Tag:
    """Where a tag points (None: nowhere), and where else it may since the last request."""

    acknowledged: str | None = None
    asked: list[str | None] = field(default_factory=list)

    def ask(self, digest: str | None) -> None:
        self.asked.append(digest)

    def acknowledge(self, digest: str | None) -> None:
        self.acknowledged = digest
        self.asked.clear()

    def possible(self) -> set[str | None]:
        return {self.acknowledged, *self.asked}


@dataclass(slots=True, kw_only=True)
class Ledger:
    """One worker's, who alone writes it; others may use its repository, but not its tags."""

    blobs: dict[str, Body] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)

    def check(self, repository: Repository) -> None:
        """Compare all that was acknowledged, byte for byte."""
        for digest, body in self.blobs.items():
            assert body.content() == repository.blob(digest), f"blob {digest} of {body}"
        for digest, content in self.manifests.items():
            assert content == repository.manifest(digest), f"manifest {digest}"
        self.check_tags(repository)

    def check_tags(self, repository: Repository) -> None:
        """Compare the tags, and from then on know where those point that were being written."""
        listed = set(repository.tags())
        for name, tag in self.tags.items():
            content = repository.manifest(name)
            found = None if content is None else digest_of(content)
            assert found in tag.possible(), f"tag {name} is {found}, expected {tag}"
            assert (found is not None) == (name in listed), (
                f"tag {name} is listed: {name in listed}"
            )
            tag.acknowledge(found)

    def resume_uploads(self, repository: Repository) -> int:
        """Go on with each upload from where its status says, complete it, and count them."""
        for upload in self.uploads:
            digest = self._resume(repository, upload)
            self.blobs[digest] = upload.body
        resumed = len(self.uploads)
        self.uploads.clear()
        return resumed

    def _resume(self, repository: Repository, upload: Upload) -> str:
        content = upload.body.content()
        digest = digest_of(content)
        size = repository.status(upload.location)
        # A server that did not see an upload end takes it for one that has only begun.
        if size is None or (size == 0 < upload.acknowledged):
            assert upload.finishing, f"lost: {upload}"
            assert repository.has_blob(digest), f"neither upload nor blob: {upload}"
            repository.finish(upload.location, digest)  # as a client does that got no answer
            return digest
        assert upload.acknowledged <= size <= len(content), f"status says {size}: {upload}"
        location = upload.location
        if size < len(content):
            location = repository.patch(location, content[size:], first=size)
        repository.finish(location, digest)
        return digest
