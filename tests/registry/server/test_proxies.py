"""What proxies tell of clients, and who is believed."""

from ipaddress import ip_network
from typing import Any

import pytest

from storagedriver.registry.proxies import ProxySettings, TrustedProxies
from storagedriver.registry.requestlog import Message, Receive, Scope, Send

PROXY = "10.0.0.1"
OTHER_PROXY = "10.0.0.2"
TRUSTED = (ip_network("10.0.0.0/24"), ip_network("fd00::/8"))

NONSENSE = [
    b"," * 60_000,
    b'"' * 60_000,
    b"for=a;" * 10_000,
    b'\\"' * 30_000,
    b"for=a;" + b" " * 60_000 + b"x",
]


def x_headers(client: str = "", scheme: str = "", host: str = "") -> list[tuple[bytes, bytes]]:
    given = {"for": client, "proto": scheme, "host": host}
    return [
        (f"x-forwarded-{name}".encode(), value.encode()) for name, value in given.items() if value
    ]


async def shown(
    headers: list[tuple[bytes, bytes]], *, peer: str | None = PROXY, header: str = "x-forwarded"
) -> tuple[Any, str, list[bytes]]:
    """The client, the scheme and the hosts that an app sees behind a proxy."""
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": peer and (peer, 5),
        "headers": [(b"host", b"inner"), *headers],
    }
    settings = ProxySettings(networks=TRUSTED, header=header)
    await TrustedProxies(app, settings)(scope, receive, send)
    (scope,) = seen
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return scope["client"], scope["scheme"], hosts


async def test_a_trusted_proxy_is_believed() -> None:
    headers = x_headers("198.51.100.7", "https", "r.example.org:8443")

    expected = ("198.51.100.7", 0), "https", [b"r.example.org:8443"]
    assert expected == await shown(headers)


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.1.1", "::1", "nonsense", None])
async def test_nobody_else_is(peer: str | None) -> None:
    headers = x_headers("198.51.100.7", "https", "evil.example")

    assert (peer and (peer, 5), "http", [b"inner"]) == await shown(headers, peer=peer)


@pytest.mark.parametrize("peer", ["fd00::1%eth0", "::ffff:10.0.0.1"])
async def test_a_proxy_may_be_reached_over_ipv6(peer: str) -> None:
    assert ("198.51.100.7", 0) == (await shown(x_headers("198.51.100.7"), peer=peer))[0]


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("198.51.100.7:4711", ("198.51.100.7", 4711)),
        ("2001:db8::1", ("2001:db8::1", 0)),
        ("[2001:db8::1]", ("2001:db8::1", 0)),
        ("[2001:db8::1]:4711", ("2001:db8::1", 4711)),
        # What a client wrote there itself, before a proxy put the truth at the end.
        ("192.0.2.1, 198.51.100.7", ("198.51.100.7", 0)),
        ("nonsense, 198.51.100.7", ("198.51.100.7", 0)),
        (f"192.0.2.1, 198.51.100.7, {OTHER_PROXY}", ("198.51.100.7", 0)),
        (f"{OTHER_PROXY}, {PROXY}", (OTHER_PROXY, 0)),
        ("unknown", (PROXY, 5)),
        ("fe80::1%any text", (PROXY, 5)),
        ("a\nb", (PROXY, 5)),
        ("198.51.100.7, ", (PROXY, 5)),
    ],
)
async def test_the_client_is_the_nearest_that_is_no_proxy(
    told: str, client: tuple[str, int]
) -> None:
    assert client == (await shown(x_headers(told)))[0]


async def test_what_a_client_wrote_before_a_proxy_is_not_taken_for_the_proxys() -> None:
    headers = x_headers("192.0.2.1, 198.51.100.7", "https, http", "evil.example, r.example.org")

    assert (("198.51.100.7", 0), "http", [b"r.example.org"]) == await shown(headers)


async def test_of_two_proxies_the_outer_one_knows_the_url() -> None:
    headers = x_headers(f"198.51.100.7, {OTHER_PROXY}", "https, http", "r.example.org, inner2")

    assert (("198.51.100.7", 0), "https", [b"r.example.org"]) == await shown(headers)


@pytest.mark.parametrize(
    ("scheme", "host"), [("ftp", "a b"), ("", "u@evil"), ("HTTPS", "h/x"), ("http", "h:x")]
)
async def test_what_is_no_scheme_or_host_is_passed_over(scheme: str, host: str) -> None:
    _, found, hosts = await shown(x_headers("198.51.100.7", scheme, host))

    assert ("https" if scheme == "HTTPS" else "http", [b"inner"]) == (found, hosts)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            "for=198.51.100.7;proto=https;host=r.example.org",
            (("198.51.100.7", 0), "https", [b"r.example.org"]),
        ),
        (
            'For="[2001:db8::1]:4711"; Proto=HTTPS; by=x;host="r.example.org:8443"',
            (("2001:db8::1", 4711), "https", [b"r.example.org:8443"]),
        ),
        ("for=192.0.2.1;host=evil, for=198.51.100.7", (("198.51.100.7", 0), "http", [b"inner"])),
        (f"for=198.51.100.7, for={OTHER_PROXY}", (("198.51.100.7", 0), "http", [b"inner"])),
        ('for="a, for=192.0.2.1"', ((PROXY, 5), "http", [b"inner"])),
        ("for=_hidden;proto=https", ((PROXY, 5), "https", [b"inner"])),
        ('for="', ((PROXY, 5), "http", [b"inner"])),
        ("", ((PROXY, 5), "http", [b"inner"])),
    ],
)
async def test_the_standards_header_is_read_where_it_is_wanted(told: str, expected: object) -> None:
    headers = [(b"forwarded", told.encode())]

    assert expected == await shown(headers, header="forwarded")


async def test_the_header_that_is_not_wanted_is_passed_over() -> None:
    standard = [(b"forwarded", b"for=192.0.2.1;proto=https")]

    assert ((PROXY, 5), "http", [b"inner"]) == await shown(standard)
    assert (PROXY, 5) == (await shown(x_headers("192.0.2.1"), header="forwarded"))[0]


async def test_several_headers_are_one_list() -> None:
    headers = x_headers("192.0.2.1") + x_headers("198.51.100.7")

    assert ("198.51.100.7", 0) == (await shown(headers))[0]


@pytest.mark.parametrize(
    "told",
    [
        # What a client wrote ends in the quotes of what a proxy put behind it.
        'for=192.0.2.1;x=", for="[2001:db8::1]"',
        'for=192.0.2.1;x=", for=198.51.100.7',
        'for=192.0.2.1;x="\\',
    ],
)
async def test_a_quote_that_is_left_open_says_nothing(told: str) -> None:
    client, _, _ = await shown([(b"forwarded", told.encode())], header="forwarded")

    assert (PROXY, 5) == client


async def test_a_header_that_says_nothing_does_not_hide_the_next() -> None:
    headers = [(b"forwarded", b'for="'), (b"forwarded", b"for=198.51.100.7")]

    assert ("198.51.100.7", 0) == (await shown(headers, header="forwarded"))[0]


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded"])
@pytest.mark.parametrize("value", NONSENSE)
async def test_long_nonsense_is_passed_over(header: str, value: bytes) -> None:
    names = (b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")
    headers = [(name, value) for name in names]

    assert ((PROXY, 5), "http", [b"inner"]) == await shown(headers, header=header)
