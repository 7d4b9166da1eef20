"""What the listener for operators is run with."""

from dataclasses import dataclass

from storagedriver.registry.configvalues import text, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugSettings:
    """Where to listen, None for nowhere; with `metrics`, they are kept, and told at a path."""

    address: tuple[str, int] | None = None
    metrics: bool = False
    metrics_path: str = "/metrics"


def page(value: object) -> str:
    """Read the path of a page."""
    path = text(value)
    if not path.startswith("/"):
        raise wrong(value, "a path such as /metrics")
    return path
