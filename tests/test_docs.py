import re
import tomllib
from contextlib import ExitStack
from dataclasses import fields
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from storagedriver import errors
from storagedriver.factory import get_factory
from storagedriver.parameters import parameters_in
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import Capabilities, Limits
from storagedriver.registry.configuration import keys as configkeys
from storagedriver_conformance.groups import all_properties
from tests.documents import Document, DocumentReader

ROOT = Path(__file__).parents[1]
CAPABILITIES = [field.name for field in fields(Capabilities) if field.name != "limits"]
LIMITS = [field.name for field in fields(Limits)]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PATHS = sorted([*ROOT.glob("*.md"), *PAGES])
DOCUMENTS = [Document(path) for path in PATHS]

LANGUAGES = {"python", "json", "toml", "yaml", "diff", "console", "sh", "text"}

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[path.stem.lower() for path in PATHS]
)


def docs(name: str) -> Document:
    return Document(ROOT / "docs" / name)


@pytest.mark.timeout(600)  # a tutorial runs the suite a dozen times
@every_document
def test_what_a_document_shows_works(document: Document, tmp_path: Path) -> None:
    with ExitStack() as stack:
        DocumentReader(tmp_path, stack).read(document)


@every_document
def test_every_block_is_in_a_language_that_is_checked(document: Document) -> None:
    fences = sum(line.startswith("```") for line in document.text.splitlines())

    assert fences == 2 * len(document.blocks)
    assert {block.language for block in document.blocks} <= LANGUAGES


@every_document
def test_links_lead_to_files_and_headings_that_exist(document: Document) -> None:
    for link in document.links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = Document(document.path.parent / path if path else document.path)

        assert target.path.exists(), link
        assert not anchor or anchor in target.anchors, link


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in Document(ROOT / "README.md").links}

    assert {str(path.relative_to(ROOT)) for path in PAGES} <= linked


def members(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")} | set(
        getattr(protocol, "__annotations__", {})
    )


def test_the_contract_names_every_method_of_a_driver() -> None:
    listed = docs("contract.md").first_column("Methods of a driver")

    assert members(StorageDriver) - {"name", "capabilities"} == {
        name.partition("(")[0] for name in listed
    }


def test_the_contract_names_every_method_of_a_writer() -> None:
    listed = docs("contract.md").first_column("Methods of a writer")

    assert members(FileWriter) == {name.partition("(")[0] for name in listed}


def test_the_contract_names_every_capability() -> None:
    listed = docs("contract.md").first_column("Capabilities")

    assert CAPABILITIES == listed


def test_the_contract_names_every_limit() -> None:
    assert LIMITS == docs("contract.md").first_column("Limits")


def test_the_contract_names_every_error() -> None:
    known = {name for name in vars(errors) if name.endswith("Error")}

    assert known == set(docs("contract.md").first_column("Errors"))


@pytest.mark.parametrize("heading", ["What the suite tries", "What our drivers declare"])
def test_each_table_of_capabilities_has_them_all(heading: str) -> None:
    assert CAPABILITIES == docs("capabilities.md").first_column(heading)


def test_each_capability_has_a_section_and_each_limit_a_line() -> None:
    page = docs("capabilities.md")

    assert CAPABILITIES == re.findall(r"^### `(\w+)`$", page.text, re.MULTILINE)
    assert LIMITS == page.first_column("Limits")


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_properties_that_a_capability_decides_are_told(capability: str) -> None:
    rows = {row[0].strip("`"): row for row in docs("capabilities.md").rows("What the suite tries")}
    declared, absent = (re.findall("`([^`]+)`", cell) for cell in rows[capability][1:])
    needing = {one.id for one in all_properties() if capability in one.needs}
    lacking = {one.id for one in all_properties() if capability in one.absent}

    assert [] == unmatched(needing, declared)
    assert [] == unmatched(lacking, absent)


def unmatched(ids: set[str], globs: list[str]) -> list[str]:
    """Give the ids that no glob matches, and the globs that match no id."""
    return sorted(
        [one for one in ids if not any(fnmatchcase(one, glob) for glob in globs)]
        + [glob for glob in globs if not any(fnmatchcase(one, glob) for one in ids)]
    )


def test_the_contract_tells_what_tries_each_of_its_parts() -> None:
    rows = docs("contract.md").rows("What tries it")[1:]
    globs = re.findall("`([^`]+)`", " ".join(tried for _, tried in rows))

    assert [] == unmatched({one.id for one in all_properties()}, globs)
    assert all(re.findall("`([^`]+)`", tried) for _, tried in rows)


def test_what_our_drivers_declare_is_told() -> None:
    (_, *drivers), *rows = docs("capabilities.md").rows("What our drivers declare")

    for number, driver in enumerate(drivers, start=1):
        declared = get_factory(driver.strip("`")).capabilities
        told = {row[0].strip("`"): row[number] for row in rows}
        assert {name: str(getattr(declared, name)) for name in CAPABILITIES} == told, driver


@pytest.mark.parametrize(
    ("page", "driver"),
    [
        ("run-a-registry.md", "filesystem"),
        ("run-a-registry.md", "memory"),
        ("drivers/fsspec.md", "fsspec"),
        ("drivers/s3.md", "s3"),
        ("drivers/azure.md", "azure"),
    ],
)
def test_the_parameters_of_our_drivers_are_listed(page: str, driver: str) -> None:
    listed = docs(page).first_column(f"Parameters of `{driver}`")

    assert [one.name for one in parameters_in(get_factory(driver).parameters)] == listed


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("Keys that work", {*configkeys.SERVED, *configkeys.OPEN}),
        ("Keys that are read and change nothing", {*configkeys.IGNORED}),
        ("Keys that are refused", {*configkeys.LATER}),
    ],
)
def test_every_key_of_the_configuration_is_listed(heading: str, keys: set[str]) -> None:
    assert keys == set(docs("run-a-registry.md").first_column(heading))


def test_the_floors_are_those_that_are_checked() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    floors = [name for layer in contracts[0]["layers"] for name in layer.split(" | ")]

    assert floors == docs("architecture.md").first_column("The floors")


def test_a_wrong_example_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text("```console\n$ echo one\ntwo\n```\n")

    with ExitStack() as stack, pytest.raises(AssertionError, match="documented:\ntwo"):
        DocumentReader(tmp_path, stack).read(Document(document))


def test_an_example_that_fails_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text("```python\nassert 1 == 2\n```\n")

    with ExitStack() as stack, pytest.raises(AssertionError, match="assert 1 == 2"):
        DocumentReader(tmp_path, stack).read(Document(document))


def test_a_change_of_what_is_not_there_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text(
        "```python\n# a.py\nx = 1\n```\n```diff\n+++ a.py\n@@\n-x = 2\n+x = 3\n```\n"
    )

    with ExitStack() as stack, pytest.raises(AssertionError, match="not there once:\nx = 2"):
        DocumentReader(tmp_path, stack).read(Document(document))


def test_a_driver_that_passes_where_it_is_said_to_fail_is_found(tmp_path: Path) -> None:
    run = "storagedriver conformance run memory --only content.empty"
    document = tmp_path / "wrong.md"
    document.write_text(f"```console\n$ {run}\n...memory does not conform: ...\n```\n")

    with ExitStack() as stack, pytest.raises(AssertionError, match="memory conforms: 1 of 1"):
        DocumentReader(tmp_path, stack).read(Document(document))


def test_an_option_that_does_not_exist_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text("```sh\nstoragedriver serve --bucket x\n```\n")

    with ExitStack() as stack, pytest.raises(SystemExit):
        DocumentReader(tmp_path, stack).read(Document(document))
