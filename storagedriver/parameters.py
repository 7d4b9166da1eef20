"""A driver's parameters: a frozen dataclass, read from text, from YAML or from keyword arguments.

Each field is a parameter, with the name that users write. Its annotation says what it takes: `str`,
`int`, `float`, `bool`, `pathlib.Path`, a `timedelta` (written `30s` or `1m30s`), a `Literal` of
texts, or one of these `| None`. Its metadata may have a `help` text, and `secret=True` for what
must never be shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from math import isnan
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from storagedriver.durations import seconds_in
from storagedriver.errors import DriverConfigurationError

P = TypeVar("P")

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a driver, as its users see it.

    `takes` says in words which values it takes, `default` is None where there is none.
    """

    name: str
    takes: str
    help: str
    is_required: bool
    is_secret: bool
    default: object


def parameters_in(record: type[object]) -> list[Parameter]:
    """Describe the parameters of a dataclass, in its order."""
    hints = get_type_hints(record)
    return [_parameter(field, hints[field.name]) for field in _fields(record)]


def read_parameters(record: type[P], values: Mapping[str, object], *, base: P | None = None) -> P:
    """Make a dataclass of parameters from values, each a text or already of its type.

    With `base`, only the given ones replace those of that record.

    Raises `DriverConfigurationError` for an unknown, missing or wrong parameter; it names the
    parameter and what would be right, and never shows a secret.
    """
    hints = get_type_hints(record)
    known = {field.name: field for field in _fields(record)}
    for name in values:
        if name not in known:
            raise DriverConfigurationError(unknown("parameter", name, known))
    read = {
        name: _read(_parameter(known[name], hints[name]), hints[name], value)
        for name, value in values.items()
    }
    if base is None:
        missing = [name for name, field in known.items() if _has_no_default(field)]
        missing = [name for name in missing if name not in read]
        if missing:
            raise DriverConfigurationError(f"missing parameter: {', '.join(missing)}")
    try:
        return record(**read) if base is None else _replaced(base, read)
    except DriverConfigurationError:
        raise
    except ValueError as error:
        raise DriverConfigurationError(str(error)) from error


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, which one was perhaps meant, and which there are."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    meant = f"; did you mean '{near[0]}'?" if near else ""
    return f"unknown {kind} '{name}'{meant} (known: {', '.join(names) or 'none'})"


def _fields(record: type[object]) -> list[Field[Any]]:
    """Return the fields that can be given: dataclass types are not typed more closely."""
    return [field for field in fields(record) if field.init]  # type: ignore[arg-type]  # see above


def _replaced(base: P, values: Mapping[str, object]) -> P:
    return replace(base, **values)  # type: ignore[type-var]  # P is a dataclass, see _fields


def _has_no_default(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _parameter(field: Field[Any], hint: object) -> Parameter:
    default = None if field.default is MISSING else field.default
    return Parameter(
        name=field.name,
        takes=_in_words(hint),
        help=str(field.metadata.get("help", "")),
        is_required=_has_no_default(field),
        is_secret=bool(field.metadata.get("secret", False)),
        default=default if field.default_factory is MISSING else field.default_factory(),
    )


def _in_words(hint: object) -> str:
    """Say which values an annotation takes."""
    if get_origin(hint) is Literal:
        return " or ".join(f"'{choice}'" for choice in get_args(hint))
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(_in_words(part) for part in get_args(hint) if part is not NoneType)
    if isinstance(hint, type):
        return _WORDS.get(hint, f"a {hint.__name__}")
    return str(hint)


def _read(parameter: Parameter, hint: object, value: object) -> object:
    """Return the value as its annotation wants it."""
    try:
        return _converted(hint, value)
    except (ValueError, TypeError):
        shown = type(value).__name__ if parameter.is_secret else repr(value)
        quote = "; quote it" if parameter.takes == "a text" else ""
        raise DriverConfigurationError(
            f"parameter '{parameter.name}' takes {parameter.takes}, not {shown}{quote}"
        ) from None  # the cause would show a secret's value


def _converted(hint: object, value: object) -> object:
    """Return the value as a type; raise `ValueError` or `TypeError` if it cannot be one."""
    if get_origin(hint) in {Union, UnionType}:
        return _one_of(get_args(hint), value)
    if isinstance(hint, type) and hint in _CONVERSIONS:
        return _CONVERSIONS[hint](value)
    if get_origin(hint) is Literal:
        is_right = value in get_args(hint)
    else:
        is_right = not isinstance(hint, type) or isinstance(value, hint)
    if is_right:
        return value
    raise TypeError


def _one_of(hints: Iterable[object], value: object) -> object:
    """Return the value as the first type that takes it."""
    if value is None and NoneType in hints:
        return None
    for hint in hints:
        if hint is not NoneType:
            try:
                return _converted(hint, value)
            except (ValueError, TypeError):
                continue
    raise TypeError


def _text(value: object) -> str:
    # A YAML number is refused: 0123 would have lost its zero before it came here.
    if isinstance(value, str):
        return value
    raise TypeError


def _integer(value: object) -> int:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return int(value)
    raise TypeError


def _number(value: object) -> float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        number = float(value)
        if not isnan(number):
            return number
    raise TypeError


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise TypeError


def _path(value: object) -> Path:
    if isinstance(value, str | Path) and str(value):
        return Path(value)
    raise TypeError


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return timedelta(seconds=seconds_in(value))
    raise TypeError


_CONVERSIONS: Mapping[type, Callable[[object], object]] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _boolean,
    Path: _path,
    timedelta: _duration,
}
_WORDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
    timedelta: "a duration such as 30s or 1m30s",
}
