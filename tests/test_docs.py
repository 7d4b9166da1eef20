import tomllib
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import pytest

from storagedriver import errors
from storagedriver.factory import get_factory
from storagedriver.parameters import parameters_in
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import Capabilities, Limits
from storagedriver.registry import configkeys
from tests.documents import Document, DocumentReader

ROOT = Path(__file__).parents[1]
PATHS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
DOCUMENTS = [Document(path) for path in PATHS]

LANGUAGES = {"python", "toml", "yaml", "console", "sh", "text"}

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[path.stem.lower() for path in PATHS]
)


def docs(name: str) -> Document:
    return Document(ROOT / "docs" / name)


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

    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= linked


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

    assert [field.name for field in fields(Capabilities) if field.name != "limits"] == listed


def test_the_contract_names_every_limit() -> None:
    assert [field.name for field in fields(Limits)] == docs("contract.md").first_column("Limits")


def test_the_contract_names_every_error() -> None:
    known = {name for name in vars(errors) if name.endswith("Error")}

    assert known == set(docs("contract.md").first_column("Errors"))


@pytest.mark.parametrize("driver", ["filesystem", "memory"])
def test_the_parameters_of_our_drivers_are_listed(driver: str) -> None:
    listed = docs("run-a-registry.md").first_column(f"Parameters of `{driver}`")

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


def test_an_option_that_does_not_exist_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text("```sh\nstoragedriver serve --bucket x\n```\n")

    with ExitStack() as stack, pytest.raises(SystemExit):
        DocumentReader(tmp_path, stack).read(Document(document))
