"""Pages of tags and of the catalog, and what many tags cost a GET.

All servers read one folder, in the layout of Docker's registry, where links are written directly.
"""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import load
from benchmarks.client import Client, digest_of
from benchmarks.measuring import Row, Sample, WrongAnswerError, repeated
from benchmarks.registry.comparing import ServerRow, compare, servers
from benchmarks.results import GroupResult
from benchmarks.running import Group, Run
from benchmarks.servers import Server
from benchmarks.sizes import Scale

PAGE = 100
LINKS = 100
CATALOG = "catalog"
REPOSITORIES = "docker/registry/v2/repositories"


class Lists:
    """Repositories of many tags, and many repositories."""

    def __init__(self, scale: Scale, notes: list[str]) -> None:
        self._scale = scale
        self._notes = notes
        self._manifest = load.manifest(load.CONFIG, [])

    def tag_rows(self) -> Iterator[ServerRow]:
        """Give the rows of each number of tags."""
        for size in self._scale.tags:
            target, tags = f"/v2/{_repository(size)}/tags/list", _tags(size)
            for which, page in _pages(tags):
                title = f"tags of {size:,}, {which} page of {PAGE}"
                ask = partial(self._page, target, "tags", page, tags)
                yield Row(title, "pages/s", ask, series=f"tags, {which} page", size=size)
            get = partial(self._get, size)
            title = f"manifest GET by one of {size:,} tags"
            yield Row(title, "GETs/s", get, series="manifest GET by the number of tags", size=size)

    def catalog_rows(self, size: int) -> Iterator[ServerRow]:
        """Give the rows of one number of repositories."""
        names = _repositories(size)
        for which, page in _pages(names):
            title = f"catalog of {size:,}, {which} page of {PAGE}"
            ask = partial(self._page, "/v2/_catalog", "repositories", page, names)
            yield Row(title, "pages/s", ask, series=f"catalog, {which} page", size=size)

    def fill(self, server: Server) -> None:
        """Push a manifest to the repositories of tags, and link all tags to it."""
        link = digest_of(self._manifest)
        for size in self._scale.tags:
            name = _repository(size)
            with Client(server.address) as client:
                load.push_small(client, [load.CONFIG], name)
                load.push_manifest(client, link, self._manifest, name)
            folder = server.data / REPOSITORIES / name / "_manifests/tags"
            _link_tags(str(folder), _tags(size), link.encode())

    def begin_catalog(self, server: Server) -> None:
        """Push a blob to the first of the repositories."""
        with Client(server.address) as client:
            load.push_small(client, [load.CONFIG], _repositories(1)[0])

    def add_repositories(self, server: Server, size: int) -> None:
        """Give repositories, up to a number of them, a blob that the first one has."""
        digest = digest_of(load.CONFIG)
        for name in _repositories(size):
            folder = server.data / REPOSITORIES / name
            if not folder.is_dir():
                link = folder / "_layers" / digest.replace(":", "/")
                link.mkdir(parents=True)
                _write(link / "link", digest.encode())

    def is_seen(self, server: Server) -> bool:
        """Tell whether a server finds what is in the folder, and note if it does not."""
        target = load.blob_target(digest_of(load.CONFIG), _repositories(1)[0])
        with Client(server.address) as client:
            is_seen = client.request("HEAD", target, expect=(200, 404)).status == 200
        if not is_seen:
            self._notes.append(f"{server.name} keeps its files otherwise: it is not asked.")
        return is_seen

    def _page(
        self,
        target: str,
        key: str,
        page: tuple[str, list[str]],
        everything: list[str],
        server: Server,
    ) -> Sample:
        """Ask for a page again and again; a server may know no pages of tags, and give all."""
        last, expected = page
        target += f"?n={PAGE}" + (f"&last={last}" if last else "")
        with Client(server.address) as client:
            came = json.loads(client.request("GET", target, expect=200).body)[key]
            if came != expected and sorted(came) == everything:
                note = f"{server.name} gives all tags in every answer, and in no order."
                if note not in self._notes:
                    self._notes.append(note)
            elif came != expected:
                raise WrongAnswerError(f"GET {target}: {len(came)} came, {came[:3]} at first")
            ask = partial(client.request, "GET", target, expect=200)
            return repeated(self._scale.list_seconds, ask)

    def _get(self, size: int, server: Server) -> Sample:
        """Ask for the manifest by one tag among many."""
        target = load.manifest_target(_tags(size)[size // 2], _repository(size))
        with Client(server.address) as client:
            load.check(client, target, digest_of(self._manifest))
            ask = partial(client.request, "GET", target, expect=200)
            return repeated(self._scale.list_seconds, ask)


def _repository(size: int) -> str:
    return f"tags/{size}"


def _tags(size: int) -> list[str]:
    return [f"tag-{number:06d}" for number in range(size)]


def _repositories(size: int) -> list[str]:
    return [f"{CATALOG}/{number:05d}" for number in range(size)]


def _pages(names: list[str]) -> list[tuple[str, tuple[str, list[str]]]]:
    """Return what the first and the last page follow, and what is on them."""
    count = min(PAGE, len(names) // 2)
    return [
        ("first", ("", names[:PAGE])),
        ("last", (names[-count - 1], names[-count:])),
    ]


def _link_tags(folder: str, tags: list[str], link: bytes) -> None:
    """Make the folders of tags. One more name costs less than a file, to make and to remove."""
    os.mkdir(folder)
    first = ""
    for number, tag in enumerate(tags):
        os.mkdir(f"{folder}/{tag}")
        os.mkdir(f"{folder}/{tag}/current")
        path = f"{folder}/{tag}/current/link"
        if number % LINKS:
            os.link(first, path)
        else:
            first = path
            _write(Path(path), link)


def _write(path: Path, content: bytes) -> None:
    """Write a small file with as few calls as there can be."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(descriptor, content)
    os.close(descriptor)


def _measure(run: Run, result: GroupResult) -> None:
    lists = Lists(run.scale, result.notes)
    catalogs = {
        size: run.selection.rows(result.name, lists.catalog_rows(size))
        for size in run.scale.repositories
    }
    tags = run.selection.rows(result.name, lists.tag_rows())
    if not tags and not any(catalogs.values()):
        return
    with servers(run, "lists", is_shared=True) as running:
        first = running[0]
        lists.begin_catalog(first)
        seeing = [server for server in running if lists.is_seen(server)]
        for size, rows in catalogs.items():
            if rows:
                lists.add_repositories(first, size)
                compare(run, result, rows, seeing)
        if tags:
            lists.fill(first)
            compare(run, result, tags, seeing)


GROUP = Group("registry.lists", "Registry: lists", _measure)
