"""Conditional requests: entity tags are digests, in quotes."""

from storagedriver.registry.api.errors import Headers
from storagedriver.registry.store import Digest
from storagedriver.registry.store.tags import Allows


def entity_tag(digest: str) -> str:
    """Return the tag of the content with this digest."""
    return f'"{digest}"'


def is_unchanged(if_none_match: str | None, digest: str) -> bool:
    """Tell whether the client has this content already, so that 304 is the answer.

    A digest without quotes counts as well: clients send that.
    """
    if if_none_match is None:
        return False
    tags = (tag.strip(" \t").removeprefix("W/").strip('"') for tag in if_none_match.split(","))
    return any(tag in (digest, "*") for tag in tags)


def condition(if_match: str | None, if_none_match: str | None) -> Allows | None:
    """Return which manifest a tag may name for a push to change it; None where any may.

    `If-Match` has the tags of what may be replaced, or `*` for anything that is there;
    `If-None-Match` those of what may not, or `*` for a tag that must not be there yet.
    """
    if if_match is None and if_none_match is None:
        return None

    def allows(named: Digest | None) -> bool:
        if named is None:
            return if_match is None
        is_wanted = if_match is None or _is_among(if_match, str(named))
        return is_wanted and not is_unchanged(if_none_match, str(named))

    return allows


def _is_among(if_match: str, digest: str) -> bool:
    """Compare as RFC 9110 has it for changes: what is weak is like nothing."""
    tags = [tag.strip(" \t") for tag in if_match.split(",")]
    return any(tag in ("*", digest, entity_tag(digest)) for tag in tags)


def content_headers(digest: str) -> Headers:
    """Return the headers that name a content."""
    encoded = digest.encode()
    return [(b"docker-content-digest", encoded), (b"etag", b'"%b"' % encoded)]
