import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.registry.logfmt import key, pairs, quoted, redacted
from tests.registry.server.lines import parsed

TEXTS = st.text(alphabet=st.characters(), max_size=50)  # lone surrogates too


@given(TEXTS, TEXTS)
def test_any_values_are_read_back_as_they_were(first: str, second: str) -> None:
    line = pairs([("first", first), ("second", second)])

    assert {"first": first, "second": second} == parsed(line)


@given(TEXTS)
def test_no_value_leaves_its_line_or_plain_ascii(text: str) -> None:
    line = quoted(text)

    assert line.isascii()
    assert line.isprintable()


@given(TEXTS)
def test_any_name_becomes_one_that_can_be_read(name: str) -> None:
    assert {key(name): "x"} == parsed(pairs([(key(name), "x")]))


def test_plain_values_stay_bare_and_none_is_left_out() -> None:
    line = pairs([("path", "/v2/a%20b?x"), ("none", None), ("empty", ""), ("two", "a b")])

    assert 'path=/v2/a%20b?x empty="" two="a b"' == line


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hidden@registry.example.org/v2/",
        "https://hidden@registry.example.org/v2/",
        "Authorization: Bearer hidden",
        "authorization: basic hidden",
        "GET /v2/?_state=hidden&digest=x",
        "https://s3/?X-Amz-Signature=hidden&X-Amz-Security-Token=hidden",
        "https://azure/?sig=hidden",
        "S3Parameters(bucket='b', secretkey='hidden')"[:20] + " secret='hidden'",
        "{'password': 'hidden'}",
        "accountkey=hidden",
    ],
)
def test_what_may_be_secret_is_cut(text: str) -> None:
    assert "hidden" not in redacted(text)


def test_what_is_not_secret_stays() -> None:
    text = "driver: /docker/registry/v2: no token here, see https://example.org/a@b"

    assert text == redacted(text)
