"""What a client can do wrong, as types: each carries its code of the OCI distribution spec.

    StoreError
    ├── NameInvalidError          NAME_INVALID
    ├── NameUnknownError          NAME_UNKNOWN
    ├── CatalogTooLargeError      UNSUPPORTED
    ├── TagInvalidError           TAG_INVALID
    ├── TagChangedError           DENIED
    ├── ConditionInvalidError     UNSUPPORTED
    ├── DigestInvalidError        DIGEST_INVALID
    ├── BlobUnknownError          BLOB_UNKNOWN
    ├── UploadUnknownError        BLOB_UPLOAD_UNKNOWN
    ├── UploadInvalidError        BLOB_UPLOAD_INVALID
    │   └── RangeInvalidError     and the chunk begins at the wrong place
    ├── SizeInvalidError          SIZE_INVALID
    │   └── BlobTooLargeError     and the blob is larger than is taken
    ├── ManifestUnknownError      MANIFEST_UNKNOWN
    ├── ManifestBlobUnknownError  MANIFEST_BLOB_UNKNOWN
    ├── ManifestDeniedError       DENIED
    ├── ManifestUnverifiedError   MANIFEST_UNVERIFIED
    └── ManifestInvalidError      MANIFEST_INVALID
        └── ManifestTooLargeError and it is larger than is taken

What the storage does wrong is none of these: the errors of `storagedriver.errors` pass through the
store as they are.
"""

from typing import ClassVar

_SHOWN = 300


class StoreError(Exception):
    """The root of all of them.

    `code` is the spec's code, `message` a sentence for people, `detail` what a client may read: any
    value that JSON can hold, or None.
    """

    code: ClassVar[str] = "UNSUPPORTED"

    def __init__(self, message: str, *, detail: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


def shown(text: str) -> str:
    """Make what a client sent fit to be shown: ASCII, and not long."""
    return ascii(text[:_SHOWN])[1:-1]


class NameInvalidError(StoreError):
    """The text is no repository's name."""

    code = "NAME_INVALID"


class NameUnknownError(StoreError):
    """There is no such repository."""

    code = "NAME_UNKNOWN"


class CatalogTooLargeError(StoreError):
    """There are too many repositories to be searched by a single request."""


class TagInvalidError(StoreError):
    """The text is no tag."""

    code = "TAG_INVALID"


class TagChangedError(StoreError):
    """The tag does not name what it must for the push to change it; `detail` says what it does."""

    code = "DENIED"


class ConditionInvalidError(StoreError):
    """A push cannot be made to depend on this."""


class DigestInvalidError(StoreError):
    """The text is no digest, or the digest is not that of the content."""

    code = "DIGEST_INVALID"


class BlobUnknownError(StoreError):
    """The repository has no such blob."""

    code = "BLOB_UNKNOWN"


class UploadUnknownError(StoreError):
    """The repository has no such upload."""

    code = "BLOB_UPLOAD_UNKNOWN"


class UploadInvalidError(StoreError):
    """The upload cannot go on like this."""

    code = "BLOB_UPLOAD_INVALID"


class RangeInvalidError(UploadInvalidError):
    """The chunk does not begin where the upload stands, and nothing of it was taken.

    `size` is the number of bytes that the upload has.
    """

    def __init__(self, message: str, *, size: int, detail: object = None) -> None:
        super().__init__(message, detail=detail)
        self.size = size


class SizeInvalidError(StoreError):
    """The body does not have the length that was announced."""

    code = "SIZE_INVALID"


class BlobTooLargeError(SizeInvalidError):
    """The blob has more bytes than are taken."""


class ManifestUnknownError(StoreError):
    """The repository has no such manifest or tag."""

    code = "MANIFEST_UNKNOWN"


class ManifestBlobUnknownError(StoreError):
    """The manifest names blobs or manifests that the repository lacks; `detail` lists them."""

    code = "MANIFEST_BLOB_UNKNOWN"


class ManifestDeniedError(StoreError):
    """The registry takes no manifests of this kind."""

    code = "DENIED"


class ManifestUnverifiedError(StoreError):
    """The signatures in the manifest are not of it."""

    code = "MANIFEST_UNVERIFIED"


class ManifestInvalidError(StoreError):
    """The content is no manifest that is taken here; the message says where it is wrong."""

    code = "MANIFEST_INVALID"


class ManifestTooLargeError(ManifestInvalidError):
    """The manifest has more bytes than are taken."""
