"""Which manifests are taken, as far as that can be chosen. All is pure."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from storagedriver.registry.store import mediatypes
from storagedriver.registry.store.documents import Document, Platform, Reference
from storagedriver.registry.store.errors import ManifestDeniedError, ManifestInvalidError, shown

ALL = "all"
LISTED = "list"


class URLs(NamedTuple):
    """Patterns of the URLs that a layer may name as other places of its bytes.

    One has to match one of `allow`, if there are any, and none of `deny`.
    """

    allow: tuple[re.Pattern[str], ...] = ()
    deny: tuple[re.Pattern[str], ...] = ()

    def has(self, url: str) -> bool:
        """Tell whether this one is taken: with any pattern, those of the web alone are."""
        if not self.allow and not self.deny:
            return True
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or parts.fragment:
            return False
        is_allowed = not self.allow or any(pattern.search(url) for pattern in self.allow)
        return is_allowed and not any(pattern.search(url) for pattern in self.deny)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """How manifests are checked before they are stored; with `enabled` false, not at all.

    Blobs that a manifest names have to be there. `platforms` says which manifests of an index have
    to be: `all`, `none`, or with `list` those for the platforms of `listed` and for no platform.

    `classes` are the kinds of images that are taken, of image and plugin; with none, all are, and
    whatever else is kept in a registry.
    """

    enabled: bool = True
    urls: URLs = field(default_factory=URLs)
    platforms: str = ALL
    listed: tuple[Platform, ...] = ()
    classes: tuple[str, ...] = ()

    def check(self, document: Document) -> None:
        """Raise `ManifestInvalidError` or `ManifestDeniedError` for what is not taken."""
        for reference in (*document.blobs, *document.manifests):
            for url in reference.urls:
                if not self.urls.has(url):
                    message = f"{reference.field}.urls: this registry does not take {shown(url)}"
                    raise ManifestInvalidError(message)
        config = next((each for each in document.blobs if each.field == "config"), None)
        if self.classes and config is not None:
            kind = mediatypes.CLASSES.get(config.media_type)
            if kind not in self.classes:
                taken = " and ".join(self.classes)
                what = shown(config.media_type)
                message = f"config.mediaType is {what}, and this registry takes {taken} alone"
                raise ManifestDeniedError(message)

    def required(self, document: Document) -> list[Reference]:
        """Return what has to be there before the manifest is."""
        manifests = [each for each in document.manifests if self._is_required(each)]
        return [each for each in (*document.blobs, *manifests) if not each.is_elsewhere]

    def _is_required(self, manifest: Reference) -> bool:
        if self.platforms == LISTED:
            return manifest.platform is None or manifest.platform in self.listed
        return self.platforms == ALL
