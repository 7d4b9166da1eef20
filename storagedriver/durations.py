"""Durations, as they are written in configurations: `30s`, `1m30s`, `168h`."""

import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds_in(text: str) -> float:
    """Read a duration, in seconds. Raises `ValueError` for what is none."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("it is no duration such as 30s or 1m30s")
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def written_duration(seconds: float) -> str:
    """Write a number of seconds as a duration that can be read again; in hours where they are."""
    if seconds and seconds % _SECONDS["h"] == 0:
        return f"{seconds / _SECONDS['h']:.0f}h"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"
