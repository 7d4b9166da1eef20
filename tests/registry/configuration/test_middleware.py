"""Middleware is named in the configuration, and put around the driver that is served."""

import json
from pathlib import Path

import httpx
import pytest

from storagedriver.factory import open_driver
from storagedriver.middleware import configured, wrapped
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, ConfigError, load
from tests.registry.api.content import digest_of, push_blob
from tests.servers import storagedriver_server

CONTENT = b"0123456789"


def configuration(folder: Path, middleware: object) -> Path:
    file = folder / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}}
    whole = {"version": 0.1, "storage": storage, "middleware": {"storage": middleware}}
    file.write_text(json.dumps(whole))
    return file


def loaded(file: Path) -> Config:
    return load(file, environment={}, driver=None, options={})


def test_what_is_named_is_chosen_in_its_order_but_for_what_is_disabled(tmp_path: Path) -> None:
    listed = [
        {"name": "retry", "options": {"attempts": 3, "first": 0.5}},
        {"name": "readonly", "disabled": True},
        {"name": "limit"},
    ]

    config = loaded(configuration(tmp_path, listed))

    assert ("retry", "limit") == tuple(each.name for each in config.middleware)
    assert configured("retry", {"attempts": 3, "first": 0.5}).parameters == (
        config.middleware[0].parameters
    )


def test_what_is_shown_of_it_can_be_read_and_says_the_same(tmp_path: Path) -> None:
    listed = [{"name": "limit", "options": {"calls": 3}}, {"name": "readonly"}]
    config = loaded(configuration(tmp_path, listed))
    again = tmp_path / "again.yml"
    again.write_text(effective(config))

    assert [(each.name, each.parameters) for each in config.middleware] == [
        (each.name, each.parameters) for each in loaded(again).middleware
    ]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("limit", "must be a list, each with a name, not 'limit'"),
        (["limit"], "must have a name in each entry"),
        ([{"options": {}}], "must have a name in each entry"),
        ([{"name": "limit", "option": {}}], "has 'option' for 'limit'"),
        ([{"name": "limit", "options": [1]}], "must have keys as options of 'limit'"),
        ([{"name": "limit", "disabled": "no"}], "must be true or false"),
        ([{"name": "rewrite"}], "unknown middleware 'rewrite' (known: "),
        ([{"name": "limit", "options": {"calls": 0}}], "limit: calls must be at least 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, listed: object, told: str) -> None:
    file = configuration(tmp_path, listed)

    with pytest.raises(ConfigError) as raised:
        loaded(file)

    assert str(raised.value).startswith(f"{file}:1: middleware.storage ")
    assert told in str(raised.value)


def test_it_is_around_the_driver_that_is_served(tmp_path: Path) -> None:
    file = configuration(tmp_path, [{"name": "readonly"}])

    with storagedriver_server(tmp_path, str(file)) as server:
        answer = httpx.post(f"{server.url}/v2/a/blobs/uploads/")

    assert 405 == answer.status_code


async def test_a_redirecting_one_sends_who_reads_a_blob_elsewhere() -> None:
    digest = digest_of(CONTENT)
    async with open_driver("memory") as driver:
        chosen = configured("redirect", {"baseurl": "https://cdn.example.org"})
        transport = httpx.ASGITransport(create_app(wrapped(driver, chosen)))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            await push_blob(client, "a", CONTENT)

            answer = await client.get(f"/v2/a/blobs/{digest}")

    hexadecimal = digest.partition(":")[2]
    assert 307 == answer.status_code
    assert (
        "https://cdn.example.org/docker/registry/v2/blobs/sha256/"
        f"{hexadecimal[:2]}/{hexadecimal}/data"
    ) == answer.headers["location"]
