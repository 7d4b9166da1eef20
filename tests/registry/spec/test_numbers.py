"""Each number of the page has its tests, and each test its number."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "oci-spec.md"
UNTRIED = re.compile(r"nothing that could be tried here: (.*)\.")


ROW = re.compile(r"^\| (\d\d) \|", re.MULTILINE)
NAME = re.compile(r"^async def test_(\d\d(?:_(?:and|to)_\d\d)*)_", re.MULTILINE)


def test_numbers_of_the_page_are_those_of_the_tests() -> None:
    page = PAGE.read_text()
    listed = [int(number) for number in ROW.findall(page)]
    (named,) = UNTRIED.findall(page)
    untried = {int(number) for number in re.findall(r"\d\d", named)}
    sources = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    names = NAME.findall("\n".join(sources))
    tried = {int(number) for name in names for number in re.findall(r"\d\d", name)}

    assert [*range(1, 45)] == listed
    assert {*listed} - untried == tried
