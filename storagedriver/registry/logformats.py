"""How a line of the log is written: what happened when, with its fields."""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from storagedriver.registry.logfmt import pairs

Fields = Iterable[tuple[str, object]]
Format = Callable[[str, Fields], str]


def as_text(time: str, fields: Fields) -> str:
    """Write pairs, `key=value`."""
    return f"time={time} {pairs(fields)}\n"


def as_json(time: str, fields: Fields) -> str:
    """Write an object of JSON, in which numbers are numbers."""
    return _written({"time": time}, fields)


def as_logstash(time: str, fields: Fields) -> str:
    """Write an object of JSON with the keys that Logstash knows."""
    fields = list(fields)
    told = dict(fields)
    message = told.get("message", told.get("event"))
    return _written({"@timestamp": time, "@version": "1", "message": message}, fields)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {"text": as_text, "json": as_json, "logstash": as_logstash}
)


def _written(entries: dict[str, object], fields: Fields) -> str:
    """Write entries and fields on one line; of two with one key, the first."""
    for key, value in fields:
        if value is not None:
            entries.setdefault(key, value)
    return json.dumps(entries, default=str) + "\n"
