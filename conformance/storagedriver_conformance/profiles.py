"""How much is tried: programs per property, calls at most, and which tiers."""

from dataclasses import dataclass

from storagedriver_conformance.properties import TIERS, Property, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How thorough a run is.

    `programs` is the number of programs that a property which draws is tried with, `operations` the
    most operations that one has; `calls` is the number of driver calls that one property may spend
    before its search ends early, and `shrinking` what it may spend on making a failure short.
    `points` is how many lines of the driver's code a call may run through to be killed at each of
    them; of more, fewer are chosen.
    `at_once` properties are tried at the same time: where each answer has a long way, they wait
    together.
    """

    name: str
    tier: Tier
    programs: int
    operations: int
    calls: int
    shrinking: int
    points: int
    at_once: int = 1

    @classmethod
    def named(cls, name: str) -> "Profile":
        """Return the profile of this name.

        Raises `ValueError` that names the known ones.
        """
        if name not in PROFILES:
            message = f"no profile is called {name!r}: there are {', '.join(PROFILES)}"
            raise ValueError(message)
        return PROFILES[name]

    def includes(self, one: Property) -> bool:
        """Tell whether the property's tier is tried in this profile."""
        return TIERS.index(one.tier) <= TIERS.index(self.tier)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            tier=Tier.SMOKE,
            programs=5,
            operations=8,
            calls=300,
            shrinking=300,
            points=0,
        ),
        Profile(
            name="quick",
            tier=Tier.QUICK,
            programs=40,
            operations=18,
            calls=4_000,
            shrinking=10_000,
            points=32,
        ),
        Profile(
            name="standard",
            tier=Tier.STANDARD,
            programs=100,
            operations=18,
            calls=15_000,
            shrinking=15_000,
            points=120,
        ),
        Profile(
            name="deep",
            tier=Tier.DEEP,
            programs=1_000,
            operations=40,
            calls=500_000,
            shrinking=50_000,
            points=5_000,
        ),
        Profile(
            name="remote",
            tier=Tier.QUICK,
            programs=3,
            operations=8,
            calls=120,
            shrinking=120,
            points=4,
            at_once=6,
        ),
    )
}
