"""Where everything lies: the storage layout of Docker's registry, as pure functions.

    /docker/registry/v2
    ├── blobs/<algorithm>/<first two digits>/<hex>/data      layers, configs and manifests
    └── repositories/<name>
        ├── _layers/<algorithm>/<hex>/link                   the blobs of this repository
        ├── _manifests
        │   ├── referrers/<algorithm>/<hex>                  the manifests whose subject this is:
        │   │   └── <algorithm>/<hex>/link                   ours, unknown to Docker's registry
        │   ├── revisions/<algorithm>/<hex>
        │   │   ├── link                                     its manifests
        │   │   └── signed                                   one of schema 1, as pushed: ours
        │   └── tags/<tag>
        │       ├── current/link                             what the tag names
        │       └── index/<algorithm>/<hex>/link             all that it ever named
        └── _uploads/<id>
            ├── data                                         what has come so far
            ├── startedat                                    when it began
            └── verified                                     which blob `data` is about to become

A component of a repository's name never begins with `_`, so that nested repositories and these
folders stand side by side.
"""

from storagedriver.registry.store.digests import Digest

ROOT = "/docker/registry/v2"
BLOBS = f"{ROOT}/blobs"
REPOSITORIES = f"{ROOT}/repositories"

UPLOADS = "_uploads"
STARTED = "startedat"
DATA = "data"
VERIFIED = "verified"


def blob(digest: Digest) -> str:
    """Return where the bytes with this digest are, whoever has them."""
    return f"{BLOBS}/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}/{DATA}"


def repository(name: str) -> str:
    """Return the folder of a repository, and of the repositories whose names go on from its own."""
    return f"{REPOSITORIES}/{name}"


def layers(name: str) -> str:
    """Return the folder of a repository's blobs."""
    return f"{REPOSITORIES}/{name}/_layers"


def layer(name: str, digest: Digest) -> str:
    """Return the link that gives a blob to a repository."""
    return f"{layers(name)}/{digest.algorithm}/{digest.encoded}/link"


def manifests(name: str) -> str:
    """Return the folder of a repository's manifests and tags."""
    return f"{REPOSITORIES}/{name}/_manifests"


def revision(name: str, digest: Digest) -> str:
    """Return the link that gives a manifest to a repository."""
    return f"{manifests(name)}/revisions/{digest.algorithm}/{digest.encoded}/link"


def signed(name: str, digest: Digest) -> str:
    """Return where a manifest of schema 1 is as it was pushed, with the signatures in it."""
    return f"{manifests(name)}/revisions/{digest.algorithm}/{digest.encoded}/signed"


def referrers(name: str, subject: Digest) -> str:
    """Return the folder of links to the manifests that refer to `subject`."""
    return f"{manifests(name)}/referrers/{subject.algorithm}/{subject.encoded}"


def referrer(name: str, subject: Digest, digest: Digest) -> str:
    """Return the link from a subject to one manifest that refers to it."""
    return f"{referrers(name, subject)}/{digest.algorithm}/{digest.encoded}/link"


def tags(name: str) -> str:
    """Return the folder of a repository's tags."""
    return f"{manifests(name)}/tags"


def current(name: str, tag: str) -> str:
    """Return the link from a tag to the manifest that it names."""
    return f"{tags(name)}/{tag}/current/link"


def index(name: str, tag: str) -> str:
    """Return the folder of links to every manifest that a tag has named."""
    return f"{tags(name)}/{tag}/index"


def indexed(name: str, tag: str, digest: Digest) -> str:
    """Return the link from a tag to one manifest that it has named."""
    return f"{index(name, tag)}/{digest.algorithm}/{digest.encoded}/link"


def upload(name: str, upload_id: str) -> str:
    """Return the folder of an upload."""
    return f"{REPOSITORIES}/{name}/{UPLOADS}/{upload_id}"


def upload_data(name: str, upload_id: str) -> str:
    """Return where the bytes of an upload gather."""
    return f"{upload(name, upload_id)}/{DATA}"


def upload_started(name: str, upload_id: str) -> str:
    """Return the file that tells when an upload began."""
    return f"{upload(name, upload_id)}/{STARTED}"


def upload_verified(name: str, upload_id: str) -> str:
    """Return the link from an upload to the blob that its data is about to become."""
    return f"{upload(name, upload_id)}/{VERIFIED}"
