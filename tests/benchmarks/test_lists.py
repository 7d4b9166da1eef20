from pathlib import Path

from benchmarks.registry.lists import LINKS, _link_tags, _pages


def test_every_tag_has_its_link(tmp_path: Path) -> None:
    tags = [f"{number}" for number in range(LINKS + 2)]

    _link_tags(str(tmp_path / "tags"), tags, b"sha256:0")

    links = [tmp_path / "tags" / tag / "current/link" for tag in tags]
    assert {b"sha256:0"} == {link.read_bytes() for link in links}
    assert {LINKS, 2} == {link.stat().st_nlink for link in links}


def test_the_last_page_follows_the_name_before_it() -> None:
    names = [f"{number:03d}" for number in range(250)]

    assert [("first", ("", names[:100])), ("last", ("149", names[150:]))] == _pages(names)
