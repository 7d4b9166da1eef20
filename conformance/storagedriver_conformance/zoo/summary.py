"""What a matrix proves, in lines for a terminal."""

from collections.abc import Iterator, Sequence

from storagedriver_conformance.zoo.gates import share
from storagedriver_conformance.zoo.proof import Proof


def summary(found: Proof) -> Iterator[str]:
    """Give what each property is there for, what is not as it should be, and the figures."""
    if found.whole:
        width = max(len(one.id) for one in found.properties)
        yield f"{'property':<{width}}  kills what none before it kills"
        for one in found.properties:
            own = found.own(one)
            yield f"{one.id:<{width}}  {', '.join(own) or one.reason or 'NOTHING, and no reason'}"
        yield ""
    surprises = [one for one in found.died if one not in found.expected]
    yield from _block(
        "killed first by a property that was not named:",
        [f"{one.name}: {found.first[one.name]}" for one in surprises],
    )
    yield from _block("hang too often to be tried with all properties:", found.skipped)
    yield from _block(
        "survivors:",
        [f"{one.name}: {one.sentence}" for one in found.animals if one not in found.died],
    )
    yield from figures(found)


def figures(found: Proof) -> Iterator[str]:
    """Give the figures that must hold."""
    animals, died, expected = len(found.animals), len(found.died), len(found.expected)
    yield f"{died} of {animals} died ({share(died, animals):.1%})"
    yield f"{expected} of {died} first by a property named before ({share(expected, died):.1%})"
    if found.whole:
        idle, unexplained = len(found.idle), len(found.unexplained)
        yield (
            f"{len(found.properties) - idle} of {len(found.properties)} properties kill what none "
            f"before them kills, {idle - unexplained} have another reason, {unexplained} have none"
        )


def _block(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield title
        yield from (f"  {line}" for line in lines)
