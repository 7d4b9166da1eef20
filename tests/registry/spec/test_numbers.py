"""Each number of the page has its tests, and each test its number."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "oci-spec.md"
# What asks for nothing that could be tried, as the page says.
UNTRIED = {1, 3, 5, 7, 14}


ROW = re.compile(r"^\| (\d\d) \|", re.MULTILINE)
NAME = re.compile(r"^async def test_(\d\d(?:_(?:and|to)_\d\d)*)_", re.MULTILINE)


def test_numbers_of_the_page_are_those_of_the_tests() -> None:
    listed = [int(number) for number in ROW.findall(PAGE.read_text())]
    sources = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    names = NAME.findall("\n".join(sources))
    tried = {int(number) for name in names for number in re.findall(r"\d\d", name)}

    assert [*range(1, 45)] == listed
    assert {*listed} - UNTRIED == tried
