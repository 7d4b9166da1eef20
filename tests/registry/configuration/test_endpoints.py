"""`notifications` in the configuration: what is read, refused and shown."""

from pathlib import Path

import pytest
import yaml

from storagedriver.registry.configuration.checking import effective
from storagedriver.registry.configuration.config import Config, ConfigError, load
from storagedriver.registry.configuration.events import Endpoint, Settings

START = "version: 0.1\nstorage: inmemory\nnotifications:\n"
FULL = f"""\
{START}
  events: {{includereferences: true}}
  queue: {{maxentries: 50, lease: 1m}}
  endpoints:
    - name: alerts
      url: https://user:hunter2@example.org/events?key=hunter2
      headers: {{Authorization: [Bearer hunter2], X-Team: a}}
      timeout: 500ms
      threshold: 5
      backoff: 2s
      ignoredmediatypes: [a/b]
      ignore: {{mediatypes: [c/d], actions: [pull]}}
      secret: hunter2
    - name: defaults
      url: http://localhost:8080
      headers:
      timeout: 0
      threshold: 0
    - {{name: idle, url: "http://none", disabled: true}}
"""


def loaded(folder: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    path = folder / "config.yml"
    path.write_text(text)
    return load(
        path,
        environment=environment or {},
        driver=None,
        options={},
    )


def test_dockers_settings_and_ours_are_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, FULL).notifications

    expected = Settings(
        endpoints=(
            Endpoint(
                name="alerts",
                url="https://user:hunter2@example.org/events?key=hunter2",
                headers=(("Authorization", "Bearer hunter2"), ("X-Team", "a")),
                timeout=0.5,
                threshold=5,
                backoff=2,
                ignored_types=("a/b", "c/d"),
                ignored_actions=("pull",),
                secret="hunter2",
            ),
            Endpoint(name="defaults", url="http://localhost:8080"),
            Endpoint(name="idle", url="http://none", disabled=True),
        ),
        references=True,
        most=50,
        lease=60,
    )
    assert expected == settings
    assert ["alerts", "defaults"] == [endpoint.name for endpoint in settings.active]
    assert "hunter2" not in repr(settings)


def test_nothing_is_notified_unless_configured(tmp_path: Path) -> None:
    assert () == loaded(tmp_path, "version: 0.1\nstorage: inmemory\n").notifications.endpoints


def test_a_variable_can_hold_the_endpoints(tmp_path: Path) -> None:
    variables = {"REGISTRY_NOTIFICATIONS_ENDPOINTS": '[{name: "a", url: "http://b"}]'}

    settings = loaded(tmp_path, FULL, variables).notifications

    assert (Endpoint(name="a", url="http://b"),) == settings.endpoints


def test_variables_can_set_keys_of_endpoints(tmp_path: Path) -> None:
    prefix = "REGISTRY_NOTIFICATIONS_ENDPOINTS"
    variables = {
        f"{prefix}_1_TIMEOUT": "3s",
        f"{prefix}_1_HEADERS_X-KEY": "[b]",
        f"{prefix}_1_IGNORE_ACTIONS": "[pull]",
        f"{prefix}_3_NAME": "new",
        f"{prefix}_3_URL": "http://new",
    }

    settings = loaded(tmp_path, FULL, variables).notifications

    changed = Endpoint(
        name="defaults",
        url="http://localhost:8080",
        timeout=3,
        headers=(("x-key", "b"),),
        ignored_actions=("pull",),
    )
    before = loaded(tmp_path, FULL).notifications.endpoints
    new = Endpoint(name="new", url="http://new")
    assert (before[0], changed, before[2], new) == settings.endpoints


@pytest.mark.parametrize(
    ("variable", "problem"),
    [
        ("4_NAME", "stands for no element: there are 3, and the first is number 0"),
        ("URL", "stands for no element"),
        ("0_", "stands for no element"),
        ("0_NAME_X", "stands below a value that has no keys"),
        ("0_NAME_X_Y", "stands below a value that has no keys"),
        ("0_URL", "notifications.endpoints 'alerts': url must be a URL"),
    ],
)
def test_a_variable_of_no_endpoint_is_told(tmp_path: Path, variable: str, problem: str) -> None:
    name = f"REGISTRY_NOTIFICATIONS_ENDPOINTS_{variable}"
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, FULL, {name: "x"})

    assert f"{name}: " in str(raised.value)
    assert problem in str(raised.value)


def test_a_secret_can_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    text = f"{START}  endpoints: [{{name: a, url: http://b, secretfile: {tmp_path}/secret}}]\n"

    config = loaded(tmp_path, text)

    assert "hunter2" == config.notifications.endpoints[0].secret
    shown = yaml.safe_load(effective(config))["notifications"]["endpoints"][0]
    assert f"{tmp_path}/secret" == shown["secretfile"]
    assert "secret" not in shown


def test_what_is_shown_has_no_secrets_and_can_be_read_again(tmp_path: Path) -> None:
    shown = effective(loaded(tmp_path, FULL))

    assert "hunter2" not in shown
    assert shown == effective(loaded(tmp_path, shown))


@pytest.mark.parametrize(
    ("endpoints", "problem"),
    [
        ("5", "must be a list of endpoints, not 5"),
        ("[5]", "must be a list of endpoints, each with keys; number 1 has none"),
        ("[{url: http://b}]", "must give each endpoint a name; number 1 has none"),
        ("[{name: a}]", "'a': url is missing"),
        ("[{name: a, url: b}]", "'a': url must be a URL such as https://example.org/events"),
        ("[{name: a, url: 'http://x@/'}]", "'a': url must be a URL such as"),
        ("[{name: a, url: 'http://b:c/'}]", "'a': url must be a URL such as"),
        ("[{name: a, url: 'http://[b/'}]", "'a': url must be a URL such as"),
        ("[{name: a, urls: b}]", "'a': 'urls' is no key of an endpoint; these are: name"),
        ("[{name: a, url: http://b, timeout: 5}]", "'a': timeout must be a duration"),
        ("[{name: a, url: http://b, threshold: -1}]", "'a': threshold must be a whole number"),
        ("[{name: a, url: http://b, headers: [x]}]", "'a': headers must be names of headers"),
        ("[{name: a, url: http://b, headers: {X: 5}}]", "'a': headers X must be one line"),
        ("[{name: a, url: http://b, headers: {X: ' y'}}]", "'a': headers X must be one line"),
        ("[{name: a, url: http://b, headers: {Connection: x}}]", "'Connection' is no header"),
        ("[{name: a, url: http://b, ignore: {action: [pull]}}]", "'a': ignore must have"),
        ("[{name: a, url: http://b, ignore: {actions: [pulls]}}]", "has the action 'pulls'"),
        ("[{name: a, url: http://b, secret: ''}]", "'a': secret must be a text"),
        ("[{name: a, url: http://b, secretfile: /none}]", "/none cannot be read: No such file"),
        ("[{name: a, url: http://b, secretfile: /dev/null}]", "/dev/null is empty"),
        (
            "[{name: a, url: http://b, secret: x, secretfile: /etc/hostname}]",
            "'a': secret and secretfile exclude each other",
        ),
        ("[{name: a, url: http://b}, {name: a, url: http://c}]", "names 'a' twice"),
    ],
)
def test_a_wrong_endpoint_is_told_with_its_name(
    tmp_path: Path, endpoints: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, f"{START}  endpoints: {endpoints}\n")

    assert problem in str(raised.value)
    assert f"{tmp_path}/config.yml:4: notifications.endpoints " in str(raised.value)


@pytest.mark.parametrize(
    "queue", ["{maxentries: 0}", "{maxentries: many}", "{lease: 0s}", "{lease: 2h}"]
)
def test_a_wrong_queue_is_told(tmp_path: Path, queue: str) -> None:
    with pytest.raises(ConfigError, match=r"notifications\.queue\."):
        loaded(tmp_path, f"{START}  queue: {queue}\n")


def test_the_example_of_dockers_registry_is_read(tmp_path: Path) -> None:
    text = f"""{START}
  events:
    includereferences: true
  endpoints:
    - name: alistener
      disabled: false
      url: https://my.listener.com/event
      headers: {{Authorization: [Bearer token]}}
      timeout: 1s
      threshold: 10
      backoff: 1s
      ignoredmediatypes:
        - application/octet-stream
      ignore:
        mediatypes:
           - application/octet-stream
        actions:
           - pull
"""
    (endpoint,) = loaded(tmp_path, text).notifications.endpoints

    assert not endpoint.wants("push", "application/octet-stream")
    assert not endpoint.wants("pull", "a/manifest")
    assert endpoint.wants("push", "a/manifest")
