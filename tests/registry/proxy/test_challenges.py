import pytest

from storagedriver.registry.proxy.challenges import Challenge, challenges

HUB = (
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",'
    'scope="repository:library/alpine:pull,push",error="invalid_token"'
)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], []),
        ([""], []),
        (["Basic"], [Challenge("basic")]),
        (['BASIC realm="a \\"b\\""'], [Challenge("basic", {"realm": 'a "b"'})]),
        (["Bearer REALM=x , service=y"], [Challenge("bearer", {"realm": "x", "service": "y"})]),
        (
            ['Negotiate, Basic realm="a", Bearer realm="b"', "Digest qop=c"],
            [
                Challenge("negotiate"),
                Challenge("basic", {"realm": "a"}),
                Challenge("bearer", {"realm": "b"}),
                Challenge("digest", {"qop": "c"}),
            ],
        ),
        (['realm="nobody"', ',,="', "\x00"], []),
    ],
)
def test_what_a_registry_wants_is_read(headers: list[str], expected: list[Challenge]) -> None:
    assert expected == challenges(headers)


def test_commas_inside_quotes_end_nothing() -> None:
    (challenge,) = challenges([HUB])

    assert "repository:library/alpine:pull,push" == challenge.parameters["scope"]
    assert "invalid_token" == challenge.parameters["error"]


@pytest.mark.parametrize("piece", ["a", "-", "=", 'a="', 'a="\\', "b= ", '"'])
def test_a_long_header_takes_no_time_that_grows_as_its_square(piece: str) -> None:
    header = f'Basic realm="a", {piece * (100_000 // len(piece))};'

    first, *_ = challenges([header])

    assert ("basic", "a") == (first.scheme, first.parameters["realm"])
