"""What the listener for operators is run with."""

from dataclasses import dataclass

from storagedriver.registry.configuration.values import text, wrong

TAKEN = ("/livez", "/readyz", "/debug/health")
"""The paths of the pages that are always there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugSettings:
    """Where to listen, None for nowhere; with `metrics`, they are kept, and told at a path."""

    address: tuple[str, int] | None = None
    metrics: bool = False
    metrics_path: str = "/metrics"


def page(value: object) -> str:
    """Read the path of a page."""
    path = text(value)
    if not path.startswith("/") or path in TAKEN:
        raise wrong(value, f"a path such as /metrics, and none of {', '.join(TAKEN)}")
    return path
