from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from storagedriver import DriverConfigurationError
from storagedriver.parameters import Parameter, parameters_in, read_parameters

SECRET = "hunter2"


@dataclass(frozen=True)
class Parameters:
    rootdirectory: Path
    region: str = "eu-1"
    threads: int = 8
    seconds: float = 1.5
    secure: bool = True
    mode: Literal["auto", "off"] = "auto"
    limit: int | None = None
    secretkey: str = field(default="", metadata={"help": "The key.", "secret": True})
    pin: int = field(default=0, metadata={"secret": True})

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError("threads must be at least 1")


def read(**values: object) -> Parameters:
    return read_parameters(Parameters, {"rootdirectory": "/srv"} | values)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("rootdirectory", "a/b", Path("a/b")),
        ("rootdirectory", Path("/c"), Path("/c")),
        ("region", "", ""),
        ("region", "eu-2", "eu-2"),
        ("threads", "12", 12),
        ("threads", 12, 12),
        ("seconds", "0.5", 0.5),
        ("seconds", 2, 2.0),
        ("seconds", "inf", float("inf")),
        ("secure", False, False),
        ("secure", "false", False),
        ("secure", "NO", False),
        ("secure", "0", False),
        ("secure", "True", True),
        ("secure", "on", True),
        ("mode", "off", "off"),
        ("limit", "5", 5),
        ("limit", None, None),
        ("secretkey", SECRET, SECRET),
    ],
)
def test_a_value_is_converted_to_what_its_parameter_takes(
    name: str, given: object, expected: object
) -> None:
    value = getattr(read(**{name: given}), name)

    assert expected == value
    assert type(expected) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "right"),
    [
        ("rootdirectory", "", "a path"),
        ("rootdirectory", 7, "a path"),
        ("region", 123, "a text, not 123; quote it"),
        ("region", None, "a text"),
        ("threads", "many", "a whole number, not 'many'"),
        ("threads", "1.5", "a whole number"),
        ("threads", 1.5, "a whole number"),
        ("threads", True, "a whole number"),
        ("threads", "", "a whole number"),
        ("seconds", "soon", "a number"),
        ("seconds", "nan", "a number"),
        ("seconds", False, "a number"),
        ("secure", "maybe", "true or false"),
        ("secure", 1, "true or false"),
        ("mode", "of", "'auto' or 'off'"),
        ("limit", "none", "a whole number"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    name: str, given: object, right: str
) -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        read(**{name: given})

    assert f"parameter '{name}' takes {right}" in str(raised.value)


def test_an_unknown_parameter_is_named_with_the_nearest_and_all_known() -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        read(regoin=SECRET)

    assert "unknown parameter 'regoin'; did you mean 'region'? (known: limit, mode, pin," in str(
        raised.value
    )
    assert SECRET not in str(raised.value)


def test_an_unknown_parameter_like_no_other_is_named_alone() -> None:
    with pytest.raises(DriverConfigurationError, match=r"unknown parameter 'xyz' \(known: limit"):
        read(xyz="1")


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(DriverConfigurationError, match="missing parameter: rootdirectory"):
        read_parameters(Parameters, {"region": "eu-2"})


def test_a_secrets_value_is_never_shown() -> None:
    with pytest.raises(DriverConfigurationError) as raised:
        read(pin=SECRET)

    assert "parameter 'pin' takes a whole number, not str" in str(raised.value)
    assert raised.value.__suppress_context__
    assert SECRET not in str(raised.value)


def test_what_the_record_itself_refuses_is_a_configuration_error() -> None:
    with pytest.raises(DriverConfigurationError, match="threads must be at least 1"):
        read(threads=0)


def test_given_values_replace_those_of_a_base_and_no_others() -> None:
    base = read(region="eu-2", threads=3)

    changed = read_parameters(Parameters, {"threads": "4"}, base=base)

    assert read(region="eu-2", threads=4) == changed
    with pytest.raises(DriverConfigurationError, match="at least 1"):
        read_parameters(Parameters, {"threads": "0"}, base=base)


def test_parameters_are_described_in_their_order() -> None:
    described = {parameter.name: parameter for parameter in parameters_in(Parameters)}

    assert ["rootdirectory", "region", "threads"] == list(described)[:3]
    assert described["rootdirectory"] == Parameter(
        name="rootdirectory",
        takes="a path",
        help="",
        is_required=True,
        is_secret=False,
        default=None,
    )
    assert described["secretkey"] == Parameter(
        name="secretkey",
        takes="a text",
        help="The key.",
        is_required=False,
        is_secret=True,
        default="",
    )
    assert "a whole number" == described["limit"].takes


def test_other_types_are_taken_as_they_are() -> None:
    @dataclass(frozen=True)
    class WithSet:
        regions: frozenset = field(default_factory=frozenset)

    assert frozenset("a") == read_parameters(WithSet, {"regions": frozenset("a")}).regions
    assert frozenset() == parameters_in(WithSet)[0].default
    with pytest.raises(DriverConfigurationError, match="takes a frozenset, not 'a'"):
        read_parameters(WithSet, {"regions": "a"})
