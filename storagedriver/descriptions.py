"""A driver in plain text: where it comes from, its parameters, and what it can do."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from importlib.metadata import EntryPoint
from typing import Any

from storagedriver.errors import StorageDriverError
from storagedriver.factory import DriverFactory
from storagedriver.offers import distribution_of
from storagedriver.parameters import Parameter, parameters_in
from storagedriver.records import Capabilities, Support

WIDE = 32
"""The most characters that other rows are kept apart for."""


def description(entry: EntryPoint, factory: DriverFactory[Any]) -> str:
    """Describe a driver in some lines."""
    facts = [
        ("from", distribution_of(entry)),
        ("URLs", " ".join(f"{scheme}:" for scheme in factory.schemes) or "none"),
        *_abilities(factory.capabilities),
    ]
    parameters = [_row(parameter) for parameter in parameters_in(factory.parameters)]
    summary = (inspect.getdoc(factory) or "").partition("\n")[0]
    return "\n".join(
        [
            f"{entry.name}: {summary}",
            *_table(facts, indent="  "),
            "  parameters" if parameters else "  no parameters",
            *_table(parameters, indent="    "),
        ]
    )


def failure(entry: EntryPoint, error: StorageDriverError) -> str:
    """Describe a driver that cannot be loaded."""
    facts = [("from", distribution_of(entry)), ("broken", " ".join(error.message.split()))]
    return "\n".join([f"{entry.name}:", *_table(facts, indent="  ")])


def _abilities(capabilities: Capabilities) -> Iterator[tuple[str, str]]:
    """Give the names of all abilities, those of each degree together, and the known limits."""
    values = {field.name: getattr(capabilities, field.name) for field in fields(capabilities)}
    for degree in Support:
        names = sorted(name for name, value in values.items() if value is degree)
        yield degree.value, " ".join(names) or "none"
    limits = asdict(capabilities.limits).items()
    known = [f"{name}={value}" for name, value in limits if value is not None]
    yield "limits", " ".join(known) or "none"


def _row(parameter: Parameter) -> tuple[str, str, str, str]:
    if parameter.is_required:
        default = "required"
    elif parameter.is_secret or parameter.default in (None, ""):
        default = "optional"
    else:
        value = parameter.default
        default = f"default {str(value).lower() if isinstance(value, bool) else value}"
    about = f"(secret) {parameter.help}" if parameter.is_secret else parameter.help
    return parameter.name, parameter.takes, default, about


def _table(rows: Sequence[Sequence[str]], *, indent: str) -> list[str]:
    """Lay rows out in columns, each as wide as it needs to be, but for what is very long."""
    widths = [
        max((len(cell) for cell in column if len(cell) <= WIDE), default=0)
        for column in zip(*rows, strict=True)
    ]
    return [indent + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
