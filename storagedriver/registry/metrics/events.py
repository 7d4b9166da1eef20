"""What becomes of the events for each endpoint, told under the names of Docker's registry."""

from collections.abc import Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from storagedriver.registry.notifications.counts import Counts


def events(counts: Mapping[str, Counts]) -> CounterMetricFamily:
    """Tell how many were queued, taken and given up, and how many requests failed."""
    text = "Events and requests of notifications"
    family = CounterMetricFamily("registry_notifications_events", text, labels=("type", "to"))
    for endpoint, each in counts.items():
        family.add_metric(("Events", endpoint), each.events)
        family.add_metric(("Successes", endpoint), each.delivered)
        family.add_metric(("Dead", endpoint), each.dead)
        family.add_metric(("Failures", endpoint), each.failures)
        family.add_metric(("Errors", endpoint), each.errors)
    return family


def statuses(counts: Mapping[str, Counts]) -> CounterMetricFamily:
    """Tell with which statuses endpoints answered."""
    text = "Answers of endpoints of notifications"
    family = CounterMetricFamily("registry_notifications_status", text, labels=("code", "to"))
    for endpoint, each in counts.items():
        for status, times in each.statuses.items():
            family.add_metric((str(status), endpoint), times)
    return family


def pending(entries: Mapping[str, int]) -> GaugeMetricFamily:
    """Tell how much is queued for each endpoint."""
    text = "Entries that are queued for an endpoint of notifications"
    family = GaugeMetricFamily("registry_notifications_pending", text, labels=("to",))
    for endpoint, number in entries.items():
        family.add_metric((endpoint,), number)
    return family
