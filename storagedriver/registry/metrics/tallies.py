"""Numbers that are plain until somebody collects them.

The counters and histograms of prometheus_client take a lock for each change, and cost a manifest's
`GET` more than a tenth of its time. All that is counted here is counted in one thread.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

Labels = tuple[str, ...]


class Tally:
    """A number that grows: `count`."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Durations:
    """How many durations, in seconds, were at most how long, and what they come to."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Take note of one."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.total += seconds


class Counter:
    """A number for each combination of values that its labels have."""

    def __init__(self, name: str, text: str, labels: Labels = ()) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._tallies: dict[Labels, Tally] = {}

    def of(self, *values: str) -> Tally:
        """Return the number for these values of the labels."""
        return self._tallies.setdefault(values, Tally())

    def collect(self) -> Metric:
        """Give all of it, as it is now."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for values, tally in self._tallies.items():
            family.add_metric(values, tally.count)
        return family


class Histogram:
    """Durations for each combination of values that its labels have."""

    def __init__(self, name: str, text: str, labels: Labels, bounds: Sequence[float]) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._bounds = bounds
        self._durations: dict[Labels, Durations] = {}

    def of(self, *values: str) -> Durations:
        """Return the durations for these values of the labels."""
        return self._durations.setdefault(values, Durations(self._bounds))

    def collect(self) -> Metric:
        """Give all of it, as it is now."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        names = [*(str(bound) for bound in self._bounds), "+Inf"]
        for values, durations in self._durations.items():
            buckets = list(zip(names, accumulate(durations.counts), strict=True))
            family.add_metric(values, buckets, durations.total)
        return family


class Tallies(Collector):
    """What is counted for one registry of metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._parts: list[Callable[[], Metric]] = []
        registry.register(self)

    def counter(self, name: str, text: str, labels: Labels = ()) -> Counter:
        """Add a counter."""
        counter = Counter(name, text, labels)
        self._parts.append(counter.collect)
        return counter

    def histogram(self, name: str, text: str, labels: Labels, bounds: Sequence[float]) -> Histogram:
        """Add a histogram of durations; `bounds` are those of its buckets, in seconds."""
        histogram = Histogram(name, text, labels, bounds)
        self._parts.append(histogram.collect)
        return histogram

    def count(self, name: str, text: str, count: Callable[[], float]) -> None:
        """Add a number that grows, and that somebody else keeps."""
        self._parts.append(lambda: CounterMetricFamily(name, text, value=count()))

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a number that goes up and down, and that somebody else keeps."""
        self._parts.append(lambda: GaugeMetricFamily(name, text, value=value()))

    def add(self, part: Callable[[], Metric]) -> None:
        """Add a metric that somebody else makes."""
        self._parts.append(part)

    def collect(self) -> Iterator[Metric]:
        """Give all of it, as it is now."""
        for part in self._parts:
            yield part()
