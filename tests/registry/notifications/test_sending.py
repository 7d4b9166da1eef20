import httpx
import pytest

from storagedriver.registry.configuration.events import Endpoint
from storagedriver.registry.notifications.sending import post


@pytest.mark.parametrize("location", ["https://xn--/", "https://[", "data:,x", "/elsewhere"])
async def test_an_endpoint_that_leads_to_anything_has_not_taken_what_was_sent(
    location: str,
) -> None:
    answer = httpx.Response(
        307, headers={"location": location}, stream=httpx.ByteStream(b"moved, with a s3cret")
    )
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as client:
        outcome = await post(client, Endpoint(name="a", url="http://h/?key=s3cret"), b"{}")

    assert not outcome.is_delivered
    assert "s3cret" not in str(outcome)
