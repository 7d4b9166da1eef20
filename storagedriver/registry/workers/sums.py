"""The metrics of several processes as those of one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from storagedriver.registry.api.errors import Headers

_GROWING = ("counter", "histogram")
_LARGEST = frozenset(
    {
        "process_start_time_seconds",
        "process_max_fds",
        "python_info",
        "registry_health_failing",
    }
)
"""What is not a part of a whole: each process tells the same, or the largest one counts."""

Key = tuple[str, tuple[tuple[str, str], ...]]
"""A sample's name and labels."""


@dataclass(slots=True)
class _Family:
    kind: str
    text: str
    values: dict[Key, float] = field(default_factory=dict)

    def take(self, key: Key, value: float, *, largest: bool) -> None:
        before = self.values.get(key, 0.0)
        self.values[key] = max(before, value) if largest else before + value


Families = dict[str, _Family]


class Sums:
    """What the processes counted together, with those that are gone: no counter ever falls.

    A process that died counted a little more than was last seen of it; that is lost.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Families] = {}
        self._gone: Families = {}

    def see(self, process: str, text: str) -> None:
        """Take in a process's metrics, in the text format of Prometheus, as they are now."""
        families: Families = {}
        for metric in text_string_to_metric_families(text):
            family = families.setdefault(metric.name, _Family(metric.type, metric.documentation))
            for sample in metric.samples:
                family.values[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
        self._seen[process] = families

    def keep(self, processes: Collection[str]) -> None:
        """Say which processes there are: of any other one, what it counted stays."""
        for process in self._seen.keys() - set(processes):
            families = self._seen.pop(process)
            growing = {name: each for name, each in families.items() if each.kind in _GROWING}
            _add(self._gone, growing)

    def page(self) -> tuple[int, Headers, bytes]:
        """Give them all, in the text format of Prometheus."""
        total: Families = {}
        for families in (*self._seen.values(), self._gone):
            _add(total, families)
        registry = CollectorRegistry()
        registry.register(_Given(total))
        headers = [(b"content-type", CONTENT_TYPE_LATEST.encode())]
        return 200, headers, generate_latest(registry)


def _add(total: Families, families: Mapping[str, _Family]) -> None:
    for name, family in families.items():
        sum_of = total.setdefault(name, _Family(family.kind, family.text))
        for key, value in family.values.items():
            sum_of.take(key, value, largest=name in _LARGEST)


class _Given(Collector):
    """Gives metrics that are numbers already."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for name, family in self._families.items():
            metric = Metric(name, family.text, family.kind)
            metric.samples = [
                Sample(key[0], dict(key[1]), value) for key, value in family.values.items()
            ]
            yield metric
