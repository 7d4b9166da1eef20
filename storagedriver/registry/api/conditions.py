"""Conditional requests: entity tags are digests, in quotes."""

from storagedriver.registry.api.errors import Headers


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


def content_headers(digest: str) -> Headers:
    """Return the headers that name a content."""
    encoded = digest.encode()
    return [(b"docker-content-digest", encoded), (b"etag", b'"%b"' % encoded)]
