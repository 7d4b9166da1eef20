"""The algorithms that tokens may be signed by: those with a public key."""

ALGORITHMS = (
    "EdDSA",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
)

_SYMMETRIC = ("HS256", "HS384", "HS512")


def read_algorithms(value: object) -> tuple[str, ...]:
    """Read a list of algorithms. Raises `ValueError` that names one that is not taken."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"must be a list of {', '.join(ALGORITHMS)}")
    for each in value:
        if each in _SYMMETRIC:
            raise ValueError(f"has {each}, which needs a secret, and the keys here are public")
        if each not in ALGORITHMS:
            raise ValueError(f"has {each!r}, and knows {', '.join(ALGORITHMS)}")
    return tuple(value)
