"""The grammar of digests."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.registry.store import Digest
from storagedriver.registry.store.errors import DigestInvalidError
from tests.registry.store.content import unhurried

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_digest_of_content_is_read_back_from_its_text(algorithm: str) -> None:
    digest = Digest.of(b"content", algorithm)

    assert f"{algorithm}:{hashlib.new(algorithm, b'content').hexdigest()}" == str(digest)
    assert digest == Digest.parse(str(digest))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "sha256",
        "sha256:",
        f":{HEX}",
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}0",
        f"sha256:{HEX.upper()}",
        f"sha256:{HEX}\n",
        f" sha256:{HEX}",
        f"SHA256:{HEX}",
        f"sha256:{HEX[:-1]}g",
        f"sha256:sha256:{HEX}",
        f"sha512:{HEX}",
        f"sha256:../{HEX[3:]}",
        f"sha256:{HEX[:-1]}\u0660",
        "sha256:baddigeststring",
    ],
)
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(DigestInvalidError):
        Digest.parse(text)


@pytest.mark.parametrize("algorithm", ["sha384", "blake3", "md5", "sha256+b64"])
def test_another_algorithm_is_refused_with_the_names_of_those_that_are_taken(
    algorithm: str,
) -> None:
    with pytest.raises(DigestInvalidError, match="sha256 and sha512"):
        Digest.parse(f"{algorithm}:{HEX}")


def test_a_refused_text_is_shown_short_and_in_ascii() -> None:
    with pytest.raises(DigestInvalidError) as caught:
        Digest.parse("\ud800\n" + "x" * 10_000)

    shown = caught.value.detail
    assert isinstance(shown, dict)
    assert shown["digest"].startswith("\\ud800\\nxx")
    assert shown["digest"].isascii()
    assert len(shown["digest"]) < 400


@unhurried
@given(st.text())
def test_any_text_is_a_digest_or_refused_as_one(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except DigestInvalidError:
        return
    assert text == str(digest)


@unhurried
@given(st.sampled_from([("sha256", 64), ("sha512", 128)]), st.data())
def test_every_digest_of_the_grammar_is_taken(form: tuple[str, int], data: st.DataObject) -> None:
    algorithm, length = form
    text = data.draw(st.text("0123456789abcdef", min_size=length, max_size=length))

    assert Digest(algorithm, text) == Digest.parse(f"{algorithm}:{text}")
