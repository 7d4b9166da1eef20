"""The media types of manifests and layers, and what each means here."""

from types import MappingProxyType

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

INDEXES = frozenset({DOCKER_LIST, OCI_INDEX})
"""Other manifests."""

ACCEPTED = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST)

DOCKER = frozenset({DOCKER_MANIFEST, DOCKER_LIST})

SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
SCHEMA_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

CLASSES = MappingProxyType(
    {
        "application/vnd.docker.container.image.v1+json": "image",
        "application/vnd.oci.image.config.v1+json": "image",
        "application/vnd.docker.plugin.v1+json": "plugin",
    }
)
"""What kind of thing an image is whose config is of this type."""

_OCI_FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
FOREIGN_LAYERS = frozenset(
    {
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        _OCI_FOREIGN,
        f"{_OCI_FOREIGN}+gzip",
        f"{_OCI_FOREIGN}+zstd",
    }
)
"""Layers that are downloaded from elsewhere, and need not be here."""


def bare(media_type: str) -> str:
    """Return a media type without parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()
