"""Pushing a layout and pulling it back with skopeo, without any conversion on the way."""

from pathlib import Path

from tests.clients.commands import Command
from tests.clients.images import Layout, digest_of


def push(skopeo: Command, layout: Layout, name: str, *options: str) -> None:
    """Push to the name, `ADDRESS/REPOSITORY:TAG` or `...@DIGEST`."""
    target = f"docker://{name}"
    skopeo("copy", "--dest-tls-verify=false", *options, layout.reference, target)


def pull(skopeo: Command, name: str, folder: Path, *options: str) -> dict[str, bytes]:
    """Pull the name and give what arrived, each thing under the digest of its bytes."""
    source = f"docker://{name}"
    skopeo("copy", "--src-tls-verify=false", *options, source, f"dir:{folder}")
    return pulled(folder)


def pulled(folder: Path) -> dict[str, bytes]:
    """Give all that skopeo's `dir:` holds: it keeps every byte as it came."""
    files = (path for path in folder.iterdir() if path.name != "version")
    return {digest_of(content): content for content in (path.read_bytes() for path in files)}
