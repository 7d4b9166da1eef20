"""Manifests that are nearly right: what a valid one becomes when somebody changes it at random."""

import json
import random

from hypothesis import strategies as st

from tests.registry.hostile.scenes import IMAGE, REFERRER, SIGNED


class Written(str):
    """JSON as it is written, whatever that is."""

    __slots__ = ()


ODD = [None, True, False, 0, 1, 2, -1, 2**63, 10**30, 1.5, "", "x", [], {}, [[]], [None], [1]]
ODD += ["\ud800", "\0", "sha256:" + "a" * 64, "x" * 3000, ["x"], {"a": "b"}, {"digest": "x"}]
WRITTEN = ["NaN", "-Infinity", "1e999", "-0", "9" * 5000, '"\\ud800"', '"\\u0000"', "[" * 3000]
WRITTEN += ["[" * 200 + "]" * 200, '{"a":' * 99 + "1" + "}" * 99, '{"a":1,"a":2}', "tru", "'x'"]
WRITTEN += ["", '"\n"']
KEYS = ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "annotations"]
KEYS += ["artifactType", "digest", "size", "urls", "data", "platform", "fsLayers", "history"]
KEYS += ["signatures", "header", "protected", "jwk", "alg", "x5c", "formatLength", "", "\ud800"]


def changed(content: bytes, seed: int, times: int) -> bytes:
    """Write a document again, changed so many times in places that the seed chooses."""
    numbers = random.Random(seed)
    value = json.loads(content, object_pairs_hook=lambda pairs: tuple(map(list, pairs)))
    for _ in range(times):
        value = _changed(value, numbers)
    return _written(value).encode("utf-8", "surrogatepass")


def _changed(value: object, numbers: random.Random) -> object:
    """Change one thing in what tuples of pairs, lists and others stand for."""
    if isinstance(value, tuple) and value and numbers.random() < 0.9:
        return _changed_object(value, numbers)
    if isinstance(value, list) and value and numbers.random() < 0.8:
        at = numbers.randrange(len(value))
        return [*value[:at], _changed(value[at], numbers), *value[at + 1 :]]
    return _odd(numbers)


def _changed_object(value: tuple[list[object], ...], numbers: random.Random) -> object:
    at = numbers.randrange(len(value))
    key, held = value[at]
    others = (*value[:at], *value[at + 1 :])
    kind = numbers.randrange(8)
    if kind == 0:
        return others
    if kind == 1:
        return (*value, [key, held])
    if kind == 2:
        return (*others, [numbers.choice(KEYS), held])
    if kind == 3:
        return (*value, [numbers.choice(KEYS), _odd(numbers)])
    return (*others, [key, _changed(held, numbers)])


def _odd(numbers: random.Random) -> object:
    if numbers.random() < 0.3:
        return Written(numbers.choice(WRITTEN))
    odd = numbers.choice(ODD)
    return tuple([key, held] for key, held in odd.items()) if isinstance(odd, dict) else odd


def _written(value: object) -> str:
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(held)}" for key, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value)


MANIFESTS = st.builds(
    changed, st.sampled_from([IMAGE, REFERRER, SIGNED]), st.integers(0, 2**32), st.integers(1, 4)
)
