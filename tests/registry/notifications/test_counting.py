"""What becomes of events is among a registry's metrics."""

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.configuration.events import Endpoint, Settings
from tests.registry.api.content import push_blob
from tests.registry.notifications.receiving import Receiver, until
from tests.registry.notifications.test_service import client_of

EVENTS = "registry_notifications_events_total"


async def test_events_are_counted_for_each_endpoint_until_none_waits(
    driver: StorageDriver, receiver: Receiver
) -> None:
    hook = Endpoint(name="hook", url=receiver.url, timeout=60, backoff=0.01)
    settings = Settings(endpoints=(hook,), lease=0.3)
    app = create_app(driver, Config(notifications=settings, debug=DebugSettings(metrics=True)))
    metrics = app.state.metrics.registry

    def told(name: str, **labels: str) -> float | None:
        return metrics.get_sample_value(name, {"to": "hook", **labels})

    receiver.status = 500
    async with app.router.lifespan_context(app), client_of(app) as client:
        await push_blob(client, "a", b"layer")
        await receiver.asked(1)
        assert 1 == told("registry_notifications_pending")

        receiver.status = 200
        await until(lambda: told("registry_notifications_pending") == 0)

    assert (1, 1, 0) == tuple(told(EVENTS, type=kind) for kind in ("Events", "Successes", "Dead"))
    refused = told(EVENTS, type="Failures")
    assert refused
    assert refused == told("registry_notifications_status_total", code="500")
    assert 0 == told(EVENTS, type="Errors")
