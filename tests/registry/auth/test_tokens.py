"""Which tokens are taken, and which are refused, and why."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from storagedriver.registry.auth import Access, Principal, WrongCredentialsError
from storagedriver.registry.auth import tokens as subject
from storagedriver.registry.auth.settings import Token
from storagedriver.registry.auth.tokens import LEEWAY, REMEMBERED_SECONDS, Tokens
from storagedriver.registry.auth.trustedkeys import TrustedKeys, names_of
from storagedriver.registry.configuration.config import ConfigError
from tests.registry.auth.scenes import Clock
from tests.registry.auth.signing import (
    ISSUER,
    REALM,
    SERVICE,
    Certified,
    Key,
    claims,
    forged,
    jwk_of,
    new_key,
    signed,
    write_jwks,
)

MAKERS: Mapping[str, Callable[[], Key]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": new_key,
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
GRANT = Access("repository", "a/b", "pull")
ALGORITHMS = [
    ("RS256", "rsa"),
    ("RS512", "rsa"),
    ("PS256", "rsa"),
    ("PS384", "rsa"),
    ("ES256", "p256"),
    ("ES384", "p384"),
    ("ES512", "p521"),
    ("EdDSA", "ed25519"),
]


@cache
def key_of(name: str) -> Key:
    return MAKERS[name]()


def settings(**others: Any) -> Token:  # noqa: ANN401 - fields are of any type
    return Token(realm=REALM, service=SERVICE, issuer=ISSUER, **others)


def with_keys(
    folder: Path,
    *,
    clock: Callable[[], float] = time.time,
    **others: Any,  # noqa: ANN401 - fields are of any type
) -> Tokens:
    members = [jwk_of(key_of(name), kid=name) for name in MAKERS]
    made = settings(jwks=write_jwks(folder / "jwks.json", *members), **others)
    return Tokens(made, TrustedKeys(made), clock=clock)


def with_roots(folder: Path, *roots: Certified) -> Tokens:
    pem = b"".join(root.certificate.public_bytes(Encoding.PEM) for root in roots)
    (folder / "roots.pem").write_bytes(pem)
    made = settings(rootcertbundle=str(folder / "roots.pem"))
    return Tokens(made, TrustedKeys(made))


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return with_keys(tmp_path)


def refused(tokens: Tokens, token: str) -> str:
    with pytest.raises(WrongCredentialsError) as caught:
        tokens.bearer(token)
    return str(caught.value).removeprefix("the token is refused: ")


@pytest.mark.parametrize(("algorithm", "kid"), ALGORITHMS)
def test_a_token_of_each_algorithm_is_taken(tokens: Tokens, algorithm: str, kid: str) -> None:
    token = signed(claims("repository:a/b:pull"), key_of(kid), algorithm, kid=kid)

    assert Principal(name="alice", grants=frozenset({GRANT})) == tokens.bearer(token)


@pytest.mark.parametrize(
    ("algorithm", "key", "kid"),
    [
        ("ES256", "p256", "rsa"),
        ("RS256", "rsa", "p256"),
        ("ES384", "p384", "p256"),
        ("EdDSA", "ed25519", "rsa"),
        ("ES256", "p256", "ed25519"),
    ],
)
def test_a_key_of_another_kind_is_refused(
    tokens: Tokens, algorithm: str, key: str, kid: str
) -> None:
    assert f"its key is not for {algorithm}" == refused(
        tokens, signed(claims(), key_of(key), algorithm, kid=kid)
    )


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "RS1", 5, None, ["RS256"]])
def test_an_algorithm_that_is_not_allowed_is_refused(tokens: Tokens, algorithm: object) -> None:
    token = forged({"alg": algorithm, "typ": "JWT", "kid": "rsa"}, claims())

    assert refused(tokens, token) in {"its algorithm is not allowed", "it is broken"}


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_a_public_key_is_no_secret_to_sign_with(tokens: Tokens, form: PublicFormat) -> None:
    secret = key_of("rsa").public_key().public_bytes(Encoding.PEM, form)
    unsigned = forged({"alg": "HS256", "kid": "rsa"}, claims()).rpartition(".")[0]
    signature = hmac.digest(secret, unsigned.encode(), "sha256")
    token = f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    assert "its algorithm is not allowed" == refused(tokens, token)


def test_only_the_algorithms_that_are_configured_are_taken(tmp_path: Path) -> None:
    tokens = with_keys(tmp_path, signingalgorithms=("RS256",))

    assert "alice" == tokens.bearer(signed(claims(), key_of("rsa"), "RS256", kid="rsa")).name
    assert "its algorithm is not allowed" == refused(
        tokens, signed(claims(), key_of("p256"), "ES256", kid="p256")
    )


def test_a_key_that_is_for_one_algorithm_is_for_no_other(tmp_path: Path) -> None:
    made = settings(jwks=write_jwks(tmp_path / "j", jwk_of(key_of("rsa"), kid="k", alg="PS256")))
    tokens = Tokens(made, TrustedKeys(made))

    assert "alice" == tokens.bearer(signed(claims(), key_of("rsa"), "PS256", kid="k")).name
    assert "its key is not for RS256" == refused(
        tokens, signed(claims(), key_of("rsa"), "RS256", kid="k")
    )


LONG = 100 * 24 * 3600


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "another"}, "it is of another issuer"),
        ({"iss": None}, "a claim is missing"),
        ({"aud": "another"}, "it is for another service"),
        ({"aud": ["one", "two"]}, "it is for another service"),
        ({"aud": None}, "a claim is missing"),
        ({"exp": None}, "a claim is missing"),
        ({"exp": 0}, "it has expired"),
        ({"exp": time.time() - LONG}, "it has expired"),
        ({"nbf": time.time() + LONG}, "it is not valid yet"),
        ({"exp": "soon"}, "it is broken"),
        ({"exp": float("inf")}, "it is broken"),
        ({"access": "all"}, "it is broken"),
        ({"access": {"type": "repository"}}, "it is broken"),
        ({"access": [5]}, "it is broken"),
        ({"access": [{"type": "repository"}]}, "it is broken"),
        ({"access": [{"type": "repository", "name": "a", "actions": "*"}]}, "it is broken"),
        ({"access": [{"type": "repository", "name": "a", "actions": {"*": 1}}]}, "it is broken"),
        ({"access": [{"type": "repository", "name": "a", "actions": [5]}]}, "it is broken"),
        ({"access": [{"type": "repository", "name": None, "actions": ["*"]}]}, "it is broken"),
        ({"sub": 5}, "it is broken"),
    ],
)
def test_a_claim_that_is_not_right_is_refused(
    tokens: Tokens, changed: dict[str, Any], reason: str
) -> None:
    assert reason == refused(tokens, forged_with(claims(**changed)))


def forged_with(claims: dict[str, Any]) -> str:
    """Sign whatever the claims are."""
    unsigned = forged({"alg": "EdDSA", "kid": "ed25519"}, claims).rpartition(".")[0]
    key = key_of("ed25519")
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    signature = base64.urlsafe_b64encode(key.sign(unsigned.encode())).rstrip(b"=").decode()
    return f"{unsigned}.{signature}"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["another", SERVICE]},
        {"nbf": None},
        {"iat": time.time() + LONG},
        {"nbf": time.time() + 50},
        {"jti": 5},
        {"access": None},
        {"access": []},
        {"access": [{"type": "repository", "class": "x", "name": "a", "actions": None}]},
    ],
)
def test_a_claim_that_does_no_harm_is_taken(tokens: Tokens, changed: dict[str, Any]) -> None:
    assert "alice" == tokens.bearer(forged_with(claims(**changed))).name


def test_clocks_may_differ_by_a_minute(tokens: Tokens) -> None:
    # Of the minute, nearly all is left for a slow machine.
    assert "alice" == tokens.bearer(forged_with(claims(exp=time.time() - 1))).name


class Verifications:
    """Counts how often a token was looked at, whatever came of it."""

    def __init__(self, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._verified = tokens._verified
        monkeypatch.setattr(tokens, "_verified", self)

    def __call__(self, token: str) -> Mapping[str, Any]:
        self.count += 1
        return self._verified(token)


def test_a_right_token_is_remembered_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    clock.now = time.time()
    tokens = with_keys(tmp_path, clock=clock)
    verifications = Verifications(tokens, monkeypatch)
    token = signed(claims(), key_of("p256"), kid="p256")
    first = tokens.bearer(token)

    clock.now += REMEMBERED_SECONDS - 1
    again, once = tokens.bearer(token), verifications.count
    clock.now += 1

    assert first == again == tokens.bearer(token)
    assert (1, 2) == (once, verifications.count)


def test_a_token_is_not_remembered_for_longer_than_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    clock.now = time.time() + 1000
    tokens = with_keys(tmp_path, clock=clock)
    verifications = Verifications(tokens, monkeypatch)
    token = signed(claims(exp=int(clock.now) - 30), key_of("p256"), kid="p256")
    tokens.bearer(token)

    clock.now += LEEWAY - 30
    tokens.bearer(token)

    assert 2 == verifications.count


def test_a_wrong_token_is_not_remembered_and_right_ones_not_without_bound(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MOST_REMEMBERED", 2)
    for _ in range(2):
        refused(tokens, signed(claims(exp=0), key_of("p256"), kid="p256"))
    kept = len(tokens._remembered)
    for number in range(3):
        tokens.bearer(signed(claims(jti=str(number)), key_of("p256"), kid="p256"))

    assert (0, 2) == (kept, len(tokens._remembered))


def test_a_token_without_a_subject_is_of_somebody_without_a_name(tokens: Tokens) -> None:
    assert Principal(name="") == tokens.bearer(forged_with(claims(sub=None)))


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..",
        "a.b.c",
        "a.b.c.d",
        "\u00e9.\u00e9.\u00e9",
        "e30.e30.",
        "W10.e30.e30",
        "bnVsbA.e30.",
    ],
)
def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    assert refused(tokens, token) in {"its algorithm is not allowed", "it is broken"}


def test_a_deeply_nested_header_is_refused(tokens: Tokens) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 20_000).decode()

    assert "it is broken" == refused(tokens, f"{nested}.e30.e30")


def test_a_changed_token_is_refused(tokens: Tokens) -> None:
    header, _, signature = signed(claims(), key_of("p256"), kid="p256").split(".")
    payload = json.dumps(claims("repository:a/b:*")).encode()
    token = f"{header}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.{signature}"

    assert "its signature is wrong" == refused(tokens, token)


@pytest.mark.parametrize("header", [{"kid": "other"}, {}, {"kid": "p256", "jwk": {"kid": "x"}}])
def test_a_key_that_is_not_trusted_is_refused(tokens: Tokens, header: dict[str, Any]) -> None:
    reason = "it is signed by a key that is not trusted"

    assert reason == refused(tokens, signed(claims(), key_of("p256"), **header))


def test_a_key_inside_the_token_is_never_used_but_by_its_name(tokens: Tokens) -> None:
    stranger = new_key()
    inside = jwk_of(stranger, kid="p256")

    assert "its signature is wrong" == refused(tokens, signed(claims(), stranger, jwk=inside))
    assert "alice" == tokens.bearer(signed(claims(), key_of("p256"), jwk=inside)).name


def test_an_extension_that_is_critical_is_refused(tokens: Tokens) -> None:
    unknown = signed(claims(), key_of("p256"), kid="p256", crit=["b65"], b65=True)
    detached = signed(claims(), key_of("p256"), kid="p256", crit=["b64"], b64=True)

    assert "it is broken" == refused(tokens, unknown)
    assert "it is broken" == refused(tokens, detached)


@pytest.fixture(scope="module")
def root() -> Certified:
    return Certified.new("root", is_authority=True)


def test_a_chain_that_leads_to_a_root_is_taken(root: Certified, tmp_path: Path) -> None:
    middle = Certified.new("middle", root, is_authority=True)
    leaf = Certified.new("leaf", middle)
    tokens = with_roots(tmp_path, root)

    for chain in ([leaf.x5c, middle.x5c], [leaf.x5c, middle.x5c, root.x5c]):
        assert "alice" == tokens.bearer(signed(claims(), leaf.key, x5c=chain)).name


@pytest.mark.parametrize("name", ["rsa", "p256", "ed25519"])
def test_a_certificate_of_the_bundle_signs_by_itself(tmp_path: Path, name: str) -> None:
    own = Certified.new("own", key=key_of(name))
    tokens = with_roots(tmp_path, own)
    algorithm = {"rsa": "RS256", "p256": "ES256", "ed25519": "EdDSA"}[name]

    for header in ({"x5c": [own.x5c]}, *({"kid": kid} for kid in names_of(own.key.public_key()))):
        assert "alice" == tokens.bearer(signed(claims(), own.key, algorithm, **header)).name


def test_chains_that_lead_nowhere_are_refused(root: Certified, tmp_path: Path) -> None:
    tokens = with_roots(tmp_path, root)
    middle = Certified.new("middle", root, is_authority=True)
    no_authority = Certified.new("middle", root)
    impostor = Certified.new("root", is_authority=True)
    late = Certified.new("late", root, ends=-timedelta(days=1))
    chains = {
        "no middle": [Certified.new("leaf", middle)],
        "no authority": [Certified.new("leaf", no_authority), no_authority],
        "same name": [Certified.new("leaf", impostor), impostor],
        "expired": [late],
        "own": [Certified.new("own", is_authority=True)],
    }

    found = {
        name: refused(tokens, signed(claims(), each[0].key, x5c=[one.x5c for one in each]))
        for name, each in chains.items()
    }

    assert dict.fromkeys(chains, "the certificates lead to none that is trusted") == found


def test_a_root_that_expired_signs_nothing_by_itself(tmp_path: Path) -> None:
    late = Certified.new("late", is_authority=True, ends=-timedelta(days=1))
    tokens = with_roots(tmp_path, late)

    token = signed(claims(), late.key, x5c=[late.x5c])

    assert "the certificate is not valid today" == refused(tokens, token)


def test_a_certificate_is_no_key_of_another_signer(root: Certified, tmp_path: Path) -> None:
    tokens = with_roots(tmp_path, root)
    leaf = Certified.new("leaf", root)

    token = signed(claims(), new_key(), x5c=[leaf.x5c])

    assert "its signature is wrong" == refused(tokens, token)


@pytest.mark.parametrize("x5c", [[], "x", [5], ["!"], ["AAAA"], None, ["AAAA"] * 1000])
def test_what_are_no_certificates_is_refused(root: Certified, tmp_path: Path, x5c: object) -> None:
    tokens = with_roots(tmp_path, root)

    assert refused(tokens, signed(claims(), root.key, x5c=x5c))


def test_a_long_chain_is_not_followed(root: Certified, tmp_path: Path) -> None:
    tokens = with_roots(tmp_path, root)

    assert "x5c is no short list of certificates" == refused(
        tokens, signed(claims(), root.key, x5c=[root.x5c] * 9)
    )


def test_certificates_are_of_no_use_without_a_root(tokens: Tokens, root: Certified) -> None:
    token = signed(claims(), root.key, x5c=[root.x5c])

    assert "no certificate is trusted" == refused(tokens, token)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    short = rsa.generate_private_key(65537, 1024)
    made = settings(jwks=write_jwks(tmp_path / "j", jwk_of(short, kid="k")))
    with pytest.warns(UserWarning, match="minimum"):
        token = signed(claims(), short, "RS256", kid="k")

    assert "its key is not for RS256" == refused(Tokens(made, TrustedKeys(made)), token)


def test_a_key_has_the_names_that_were_written_down_for_it() -> None:
    # The key and its thumbprint of RFC 7638, section 3.1.
    number = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    modulus = int.from_bytes(base64.urlsafe_b64decode(number + "=="))
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()

    thumbprint, grouped = names_of(key)

    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == thumbprint
    assert 12 * ["...."] == ["." * len(part) for part in grouped.split(":")]
    assert hashlib.sha256(encoded).digest()[:30] == base64.b32decode(grouped.replace(":", ""))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is no JSON"),
        ("{}", "is no JSON Web Key Set with keys"),
        ('{"keys": []}', "is no JSON Web Key Set with keys"),
        ('{"keys": [5]}', "key 1: must be of the type RSA, EC or OKP"),
        ('{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "key 1: must be of the type RSA, EC"),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "c2VjcmV0"}]}', "key 1: cannot be under"),
        ('{"keys": [{"kty": "RSA", "n": 5, "e": "AQAB"}]}', "key 1: cannot be understood"),
        ('{"keys": [{"kty": "OKP", "crv": "X25519", "x": "c2Vj"}]}', "key 1: cannot be underst"),
    ],
)
def test_a_key_set_that_cannot_be_used_stops_the_start(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(content)

    with pytest.raises(ConfigError, match=told) as caught:
        TrustedKeys(settings(jwks=str(path)))

    assert str(caught.value).startswith(f"auth.token.jwks: {path}: ")
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "x"])
def test_a_bundle_that_cannot_be_used_stops_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "roots.pem"
    path.write_text(content)

    with pytest.raises(ConfigError, match="holds no certificates in PEM") as caught:
        TrustedKeys(settings(rootcertbundle=str(path)))

    assert str(caught.value).startswith(f"auth.token.rootcertbundle: {path}: ")


@pytest.mark.parametrize("field", ["rootcertbundle", "jwks"])
def test_a_file_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(ConfigError, match=rf"auth\.token\.{field}: /nowhere: cannot be read"):
        TrustedKeys(settings(**{field: "/nowhere"}))


def test_a_private_key_in_a_set_is_used_by_its_public_half(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    raw = base64.urlsafe_b64encode(key.private_bytes_raw()).rstrip(b"=").decode()
    made = settings(jwks=write_jwks(tmp_path / "j", jwk_of(key, kid="k", d=raw)))

    token = signed(claims(), key, "EdDSA", kid="k")

    assert "alice" == Tokens(made, TrustedKeys(made)).bearer(token).name
