import re
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from storagedriver.registry.auth.settings import Htpasswd
from storagedriver.registry.configuration.config import Config, ConfigError, load
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.store import Validation
from storagedriver.registry.store.documents import Platform
from storagedriver.registry.store.validation import URLs

VERIFIES = "require-and-verify-client-cert"
AMD = "[{architecture: amd64, os: linux}]"
NEW_SUITE = "TLS_AES_128_GCM_SHA256"
MINIMAL = "version: 0.1\nstorage: {filesystem: {rootdirectory: /srv}}\n"

DEBIANS = """\
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/docker-registry
  delete:
    enabled: true
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
"""


def loaded(
    path: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    driver: str | None = None,
    options: Mapping[str, str] | None = None,
    host: str | None = None,
    port: int | None = None,
    level: str | None = None,
) -> Config:
    return load(
        path,
        environment=environment or {},
        driver=driver,
        options=options or {},
        host=host,
        port=port,
        level=level,
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yml"
    path.write_text(text)
    return path


def test_without_anything_a_folder_is_served_to_this_machine() -> None:
    config = loaded()

    assert ("filesystem", {"rootdirectory": "registry-data"}) == (config.driver, config.parameters)
    assert ("127.0.0.1", 5000) == (config.host, config.port)
    assert config.delete_enabled


def test_a_configuration_cannot_be_changed() -> None:
    config = loaded()

    with pytest.raises(FrozenInstanceError):
        config.port = 1  # type: ignore[misc]  # what is tested
    with pytest.raises(TypeError):
        config.parameters["a"] = "b"  # type: ignore[index]  # what is tested


def test_the_file_of_debians_package_is_served_but_for_its_passwords(tmp_path: Path) -> None:
    config = loaded(written(tmp_path, DEBIANS))

    assert "filesystem" == config.driver
    assert {"rootdirectory": "/var/lib/docker-registry"} == config.parameters
    assert ("", 5000) == (config.host, config.port)
    assert config.delete_enabled
    assert {"service": "registry"} == config.log_fields
    assert (("X-Content-Type-Options", "nosniff"),) == config.headers
    assert ["storage.cache"] == [note.split(": ")[1] for note in config.notes]


def test_the_passwords_of_debians_package_are_asked_for(tmp_path: Path) -> None:
    text = DEBIANS + "auth:\n  htpasswd:\n    realm: basic-realm\n    path: /etc/docker/registry\n"

    config = loaded(written(tmp_path, text))

    assert Htpasswd(realm="basic-realm", path="/etc/docker/registry") == config.auth


def test_deletes_are_off_in_a_file_that_does_not_mention_them(tmp_path: Path) -> None:
    assert not loaded(written(tmp_path, MINIMAL)).delete_enabled


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("log: {level: warn}", "level", "warning"),
        ("log: {level: DEBUG}", "level", "debug"),
        ("loglevel: debug", "level", "debug"),
        ("log: {formatter: json}", "log_format", "json"),
        ("log: {formatter: ''}", "log_format", "text"),
        ("loglevel: debug\nlog: {level: error}", "level", "error"),
        ("log: {level: error}\nloglevel: debug", "level", "error"),
        ("log: {accesslog: {disabled: true}}", "log_requests", False),
        ("http: {draintimeout: 1m30s}", "drain_seconds", 90.0),
        ("http: {draintimeout: 250ms}", "drain_seconds", 0.25),
        ("http: {draintimeout: 0}", "drain_seconds", 0.0),
        ("http: {relativeurls: true}", "relative_urls", True),
        ("http: {host: 'https://r.example.org/'}", "public_url", "https://r.example.org"),
        ("http: {host: ''}", "public_url", None),
        ("http: {net: unix, addr: /run/s}", "socket", "/run/s"),
        ("http: {addr: /run/s, net: unix}", "port", 5000),
        ("http: {net: tcp, addr: ':1'}", "port", 1),
        ("http: {net: ''}", "socket", None),
        ("http: {prefix: /a/b.c/}", "prefix", "/a/b.c"),
        ("http: {prefix: /}", "prefix", ""),
        ("http: {prefix: ''}", "prefix", ""),
        ("catalog: {maxentries: 5}", "catalog_page", 5),
        ("tags: {maxtags: 5000}", "tags_page", 5000),
        ("compatibility: {schema1: {enabled: true}}", "schema_1", True),
        ("compatibility: {}", "schema_1", False),
        ("validation: {disabled: true}", "validation", Validation(enabled=False)),
        ("validation: {enabled: true}", "validation", Validation()),
        (
            "validation: {manifests: {urls: {allow: [a.], deny: [b, c]}}}",
            "validation",
            Validation(
                urls=URLs(allow=(re.compile("a."),), deny=(re.compile("b"), re.compile("c")))
            ),
        ),
        (
            f"validation: {{manifests: {{indexes: {{platforms: List, platformlist: {AMD}}}}}}}",
            "validation",
            Validation(platforms="list", listed=(Platform(os="linux", architecture="amd64"),)),
        ),
        ("policy: {repository: {classes: [image]}}", "validation", Validation(classes=("image",))),
        ("http: {addr: 'localhost:80'}", "host", "localhost"),
        ("http: {addr: '[::1]:80'}", "host", "::1"),
        ("http: {addr: '[::1]:80'}", "port", 80),
        ("http: {addr: ':0'}", "host", ""),
        ("http: {headers: {A: [b, c], D: e}}", "headers", (("A", "b"), ("A", "c"), ("D", "e"))),
        ("log: {fields: {number: 5, on: true}}", "log_fields", {"number": "5", "on": "true"}),
        ("http: {debug: {addr: ':5001'}}", "debug", DebugSettings(address=("", 5001))),
        ("http:", "port", 5000),
        ("http: {tls: , debug: {}}", "port", 5000),
        ("auth: {none: }", "port", 5000),
        ("http: &h {addr: ':1'}\nlog: {level: error}", "port", 1),
    ],
)
def test_a_key_of_dockers_sets_what_it_says(
    tmp_path: Path, text: str, field: str, expected: object
) -> None:
    config = loaded(written(tmp_path, f"{MINIMAL}{text}\n"))

    assert expected == getattr(config, field)


@pytest.mark.parametrize(
    ("maintenance", "field", "expected"),
    [
        ("readonly: {enabled: true}", "read_only", True),
        ("uploadpurging: {enabled: false}", "purge_uploads", False),
        ("uploadpurging: {age: 1h}", "purge_age", 3600.0),
        ("uploadpurging: {interval: 1h}", "purge_interval", 3600.0),
        ("uploadpurging: {dryrun: true}", "purge_dry_run", True),
        ("{}", "purge_uploads", True),
    ],
)
def test_maintenance_is_set_as_dockers(
    tmp_path: Path, maintenance: str, field: str, expected: object
) -> None:
    text = f"version: 0.1\nstorage:\n  inmemory:\n  maintenance:\n    {maintenance}\n"

    assert expected == getattr(loaded(written(tmp_path, text)), field)


def test_purging_without_a_pause_is_refused(tmp_path: Path) -> None:
    text = "storage: {inmemory: , maintenance: {uploadpurging: {interval: 0s}}}"

    with pytest.raises(ConfigError, match="interval must be a duration above zero"):
        loaded(written(tmp_path, f"version: 0.1\n{text}\n"))


@pytest.mark.parametrize(
    ("storage", "driver", "parameters"),
    [
        ("inmemory", "memory", {}),
        ("{inmemory: }", "memory", {}),
        ("{inmemory: {}}", "memory", {}),
        ("{filesystem: }", "filesystem", {"rootdirectory": "/var/lib/registry"}),
        ("{filesystem: {maxthreads: 50}}", "filesystem", {"maxthreads": "50"}),
        ("{s3: {bucket: b, secure: false}}", "s3", {"bucket": "b", "secure": "false"}),
        ("{s3: {bucket: b, region: }}", "s3", {"bucket": "b"}),
        (
            "{azure: {container: c, credentials: {type: shared_key, clientid: id}}}",
            "azure",
            {"container": "c", "credentials_type": "shared_key", "credentials_clientid": "id"},
        ),
    ],
)
def test_storage_names_a_driver_and_its_parameters(
    tmp_path: Path, storage: str, driver: str, parameters: dict[str, str]
) -> None:
    config = loaded(written(tmp_path, f"version: 0.1\nstorage: {storage}\n"))

    assert driver == config.driver
    assert parameters.items() <= config.parameters.items()


def test_options_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"{MINIMAL}http: {{addr: 'a:1'}}\nlog: {{level: error}}\n")
    environment = {"REGISTRY_HTTP_ADDR": "b:2", "REGISTRY_LOG_LEVEL": "warn"}

    config = loaded(path, environment=environment, port=3, options={"rootdirectory": "/option"})

    assert ("b", 3, "warning") == (config.host, config.port, config.level)
    assert {"rootdirectory": "/option"} == config.parameters


def test_an_option_wins_over_a_socket(tmp_path: Path) -> None:
    path = written(tmp_path, f"{MINIMAL}http: {{net: unix, addr: /run/s}}\n")

    config = loaded(path, port=0)

    assert (None, "127.0.0.1", 0) == (config.socket, config.host, config.port)


def test_another_driver_takes_none_of_the_files_parameters(tmp_path: Path) -> None:
    config = loaded(written(tmp_path, MINIMAL), driver="memory", options={"a": "b"})

    assert ("memory", {"a": "b"}) == (config.driver, config.parameters)


def test_a_url_is_taken_as_it_is() -> None:
    config = loaded(driver="file:///srv/registry")

    assert ("file:///srv/registry", {}) == (config.driver, config.parameters)


def test_a_variable_can_name_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)

    config = loaded(environment={"REGISTRY_CONFIGURATION_PATH": str(path)})

    assert {"rootdirectory": "/srv"} == config.parameters


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(ConfigError, match="--port"):
        loaded(port=port)


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="error, warn, info, debug"):
        loaded(level="loud")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("storage: inmemory", ": version is missing: it must be 0.1"),
        ("version: 0.2\nstorage: inmemory", ":1: version must be 0.1, not 0.2"),
        ("version: 0.1", ": storage is missing: it must name a driver"),
        ("version: 0.1\nstorage: {delete: {enabled: true}}", ": storage is missing"),
        (
            "version: 0.1\nstorage: {inmemory: , filesystem: }",
            ":2: storage names two drivers, inmemory and filesystem: choose one",
        ),
        (
            "version: 0.1\nstorage:\n  filesytem: {}",
            ":3: storage.filesytem is no known key: the nearest is storage.filesystem",
        ),
        ("version: 0.1\nstorage: filesytem", ":2: storage.filesytem is no known key"),
        ("version: 0.1\nstorage: {swift: {}}", "'storagedriver drivers' lists the drivers"),
        (
            "version: 0.1\nstorage:\n  gcs:\n    bucket: images",
            ":4: storage.gcs is not supported: put a driver of that name beside storagedriver, or",
        ),
        (
            "version: 0.1\nstorage:\n  filesystem:\n    maxthreads: 5\n    rootdirectry: /srv",
            ":5: storage.filesystem: unknown parameter 'rootdirectry'; did you mean 'rootdirec",
        ),
        (f"{MINIMAL}htp: {{}}", ":3: htp is no known key: the nearest is http"),
        (f"{MINIMAL}http:\n  adr: x", ":4: http.adr is no known key: the nearest is http.addr"),
        (f"{MINIMAL}http: 5", ":3: http must hold keys, not a single value"),
        (
            f"{MINIMAL}http: {{addr: 5000}}",
            ":3: http.addr must be an address such as :5000 or localhost:5000, not 5000",
        ),
        (f"{MINIMAL}http: {{addr: '5000'}}", "must be an address such as :5000"),
        (f"{MINIMAL}http: {{addr: '::1:5000'}}", "must be an address such as :5000"),
        (f"{MINIMAL}http: {{addr: ':65536'}}", "must be an address such as :5000"),
        (f"{MINIMAL}http: {{host: registry}}", "must be a URL such as"),
        (f"{MINIMAL}http: {{host: 'https://u:p@h'}}", "must be a URL such as"),
        (f"{MINIMAL}http: {{draintimeout: 30}}", "must be a duration such as 30s or 1m30s, not 30"),
        (f"{MINIMAL}http: {{draintimeout: 30 s}}", "must be a duration such as 30s"),
        (f"{MINIMAL}http: {{relativeurls: 'yes'}}", "http.relativeurls must be true or false"),
        (f"{MINIMAL}http: {{headers: {{A: 1}}}}", "http.headers.A must be one line of plain text"),
        (f'{MINIMAL}http: {{headers: {{A: "b\\r\\nC: d"}}}}', "must be one line of plain text"),
        (f"{MINIMAL}http: {{headers: {{'a b': c}}}}", "is no header that can be added"),
        (f"{MINIMAL}http: {{headers: {{Content-Length: '0'}}}}", "no header that can be added"),
        (
            f"{MINIMAL}http: {{tls: {{certificate: /c}}}}",
            "http.tls.certificate is of no use without http.tls.key",
        ),
        (f"{MINIMAL}http: {{tls: {{key: /k}}}}", "is of no use without http.tls.certificate"),
        (f"{MINIMAL}http: {{tls: {{minimumtls: tls1.1}}}}", "must be tls1.2 or tls1.3"),
        (f"{MINIMAL}http: {{tls: {{clientauth: request-client-cert}}}}", "verify nothing"),
        (f"{MINIMAL}http: {{tls: {{clientcas: /ca}}}}", "must be a list of texts"),
        (
            f"{MINIMAL}http: {{tls: {{ciphersuites: [TLS_RSA_WITH_AES_128_CBC_SHA]}}}}",
            "must be of TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ",
        ),
        (
            f"{MINIMAL}http: {{tls: {{certificate: /c, key: /k, ciphersuites: [{NEW_SUITE}]}}}}",
            "names no suite of TLS 1.2: let http.tls.minimumtls be tls1.3",
        ),
        (f"{MINIMAL}http: {{prefix: a/}}", "http.prefix must be a path such as /registry/"),
        (f"{MINIMAL}http: {{prefix: /a}}", "http.prefix must be a path such as /registry/"),
        (f"{MINIMAL}http: {{prefix: /../}}", "http.prefix must be a path such as /registry/"),
        (f"{MINIMAL}validation: {{enabled: false}}", "not supported: set validation.disabled"),
        (f"{MINIMAL}validation: {{manifests: {{urls: {{deny: ['(']}}}}}}", "regular expressions: "),
        (
            f"{MINIMAL}validation: {{manifests: {{indexes: {{platforms: some}}}}}}",
            "must be one of all, none, list, not 'some'",
        ),
        (
            f"{MINIMAL}validation: {{manifests: {{indexes: {{platformlist: [{{os: a}}]}}}}}}",
            "must be a list of keys architecture and os",
        ),
        (
            f"{MINIMAL}policy: {{repository: {{classes: [tools]}}}}",
            "must be a list of image and plugin",
        ),
        (f"{MINIMAL}catalog: {{maxentries: 0}}", "must be a whole number above zero, not 0"),
        (f"{MINIMAL}tags: {{maxtags: true}}", "must be a whole number above zero, not True"),
        (f"{MINIMAL}compatibility: {{schema1: {{enabled: 1}}}}", "must be true or false, not 1"),
        (f"{MINIMAL}http: {{tls: {{clientcas: [/ca]}}}}", "http.tls.clientcas is of no use"),
        (
            f"{MINIMAL}http: {{tls: {{certificate: /c, key: /k, clientauth: {VERIFIES}}}}}",
            "http.tls.clientauth: http.tls.clientcas names no authority",
        ),
        (f"{MINIMAL}http: {{tls: {{certificate: /c, key: /k, clientcas: []}}}}", "no authority"),
        (
            f"{MINIMAL}http: {{debug: {{prometheus: {{enabled: true}}}}}}",
            ":3: http.debug.prometheus.enabled is of no use without http.debug.addr",
        ),
        (
            f"{MINIMAL}http: {{debug: {{prometheus: {{path: metrics}}}}}}",
            "http.debug.prometheus.path must be a path such as /metrics",
        ),
        (f"{MINIMAL}http: {{debug: {{prometheus: {{path: /livez}}}}}}", "none of /livez, /readyz"),
        (f"{MINIMAL}http: {{trustedproxies: {{addresses: [p]}}}}", "must be a list of addresses"),
        (f"{MINIMAL}http: {{trustedproxies: {{addresses: 10.0.0.1}}}}", "must be a list of"),
        (f"{MINIMAL}http: {{trustedproxies: {{header: Via}}}}", "must be x-forwarded or forwarded"),
        (f"{MINIMAL}http: {{limits: {{requests: -1}}}}", "must be a whole number, or 0"),
        (f"{MINIMAL}http: {{limits: {{burst: 0}}}}", "must be a whole number above zero"),
        (f"{MINIMAL}http: {{tls: {{letsencrypt: {{email: a}}}}}}", "let certbot or lego fetch"),
        (f"{MINIMAL}http: {{net: udp}}", "http.net must be tcp or unix, not 'udp'"),
        (f"{MINIMAL}http: {{net: unix}}", ":3: http.addr is missing: it must be the path of"),
        (f"{MINIMAL}http: {{net: unix, addr: ':1'}}", "must be the path of a socket such as"),
        (
            f"{MINIMAL}http: {{h2c: {{enabled: true}}}}",
            "http.h2c.enabled is not supported: HTTP/1.1",
        ),
        (f"{MINIMAL}http: {{h2c: {{enabled: 0}}}}", "http.h2c.enabled is not supported"),
        (
            f"{MINIMAL}auth: {{silly: {{realm: r}}}}",
            "auth.silly is not supported: it lets everybody",
        ),
        (f"{MINIMAL}log: {{level: loud}}", "log.level must be one of error, warn, info, debug"),
        (f"{MINIMAL}log: {{formatter: xml}}", "log.formatter must be one of text, json, logstash"),
        (f"{MINIMAL}log: {{fields: {{a: [b]}}}}", "log.fields.a must be a single value"),
        ("version: 0.1\nversion: 0.1", ":2: 'version' stands here twice"),
        ("version: 0.1\nstorage: {s3: {a: 1, a: 2}}", ":2: 'a' stands here twice"),
        (f"{MINIMAL}redis: {{x: {{a: 1, a: 2}}}}", ":3: 'a' stands here twice"),
        ("version: 0.1\nstorage: [", ":2: "),
        ("version: 0.1\n? [a]\n: b", ":2: a key must be a single value"),
        ("- a", ":1: the file must hold keys, not a single value"),
        ("a: \x00", ": is no YAML: unacceptable character"),
        ("version: 0.1\nstorage: {s3: &a {b: *a}}", ":2: "),
        ("version: !!python/object/apply:os.system [true]", ":1: "),
        ("", ": version is missing"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        loaded(path)

    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_that_is_written_wrongly_is_not_shown(tmp_path: Path) -> None:
    path = written(tmp_path, "version: 0.1\nstorage: {s3: {secretkey: [hidden]}}")

    with pytest.raises(ConfigError) as caught:
        loaded(path)

    assert "hidden" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        loaded(tmp_path / "missing.yml")


@pytest.mark.parametrize(
    ("variables", "field", "expected"),
    [
        ({"REGISTRY_HTTP_ADDR": ":7"}, "port", 7),
        ({"REGISTRY_STORAGE_DELETE_ENABLED": "true"}, "delete_enabled", True),
        ({"REGISTRY_STORAGE_REDIRECT_DISABLE": "true"}, "redirect", False),
        ({"REGISTRY_STORAGE": "inmemory"}, "driver", "memory"),
        (
            {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/v"},
            "parameters",
            {"rootdirectory": "/v"},
        ),
        (
            {"REGISTRY_STORAGE": "azure", "REGISTRY_STORAGE_AZURE_RETRY_DELAY": "1"},
            "parameters",
            {"retry_delay": "1"},
        ),
        ({"REGISTRY_HTTP_HEADERS": "{A: [b]}"}, "headers", (("A", "b"),)),
        ({"REGISTRY_HTTP_HEADERS_X-A": "[b]"}, "headers", (("x-a", "b"),)),
        ({"REGISTRY_LOG_FIELDS_SERVICE": "r"}, "log_fields", {"service": "r"}),
        ({"REGISTRY_LOG": "{level: error}"}, "level", "error"),
        ({"REGISTRY_LOG_LEVEL": ""}, "level", "info"),
        ({"REGISTRY_HTTP_SECRET": "x"}, "port", 5000),
        ({"REGISTRY_REDIS_ADDR": "x"}, "port", 5000),
        ({"REGISTRY_PORT": "tcp://10.0.0.1:5000"}, "port", 5000),
        ({"REGISTRY_PORT_5000_TCP_ADDR": "10.0.0.1"}, "port", 5000),
        ({"REGISTRY_SERVICE_HOST": "10.0.0.1"}, "port", 5000),
        ({"REGISTRY_UI_SERVICE_PORT_HTTP": "80"}, "port", 5000),
        ({"HTTP_ADDR": ":7"}, "port", 5000),
    ],
)
def test_a_variable_stands_for_a_key(
    tmp_path: Path, variables: dict[str, str], field: str, expected: object
) -> None:
    config = loaded(written(tmp_path, MINIMAL), environment=variables)

    assert expected == getattr(config, field)


def test_variables_alone_need_no_file_and_leave_deletes_on() -> None:
    config = loaded(environment={"REGISTRY_STORAGE_INMEMORY_MAX_BYTES": "5"})

    assert ("memory", {"max_bytes": "5"}) == (config.driver, config.parameters)
    assert config.delete_enabled


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("REGISTRY_HTTP_ADR", ":1", "stands for no key: the nearest is REGISTRY_HTTP_ADDR"),
        ("REGISTRY_HTTP_PORT", "5000", "stands for no key"),
        ("REGISTRY_STORAGE_FILESYTEM_ROOTDIRECTORY", "/", "nearest is REGISTRY_STORAGE_FILESYSTEM"),
        ("REGISTRY_", "x", "stands for no key"),
        ("REGISTRY_HTTP_ADDR", "x", "http.addr must be an address"),
        ("REGISTRY_HTTP_ADDR", "[", "expected"),
        ("REGISTRY_AUTH", "{htpasswd: {realm: r}}", "auth.htpasswd.path is missing"),
        ("REGISTRY_AUTH_HTPASSWD_PATH", "/x", "auth.htpasswd.realm is missing"),
        ("REGISTRY_HTTP_TLS_CERTIFICATE", "/x", "is of no use without http.tls.key"),
        ("REGISTRY_LOG_HOOKS_0_TYPE", "mail", "is not supported"),
        ("REGISTRY_STORAGE_S3_BUCKET", "b", "storage names two drivers, filesystem and s3"),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path, variable: str, text: str, message: str
) -> None:
    path = written(tmp_path, MINIMAL)

    with pytest.raises(ConfigError) as caught:
        loaded(path, environment={variable: text})

    assert str(caught.value).startswith(f"{variable}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
