"""What must hold for the suite to be believed."""

from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import TIERS, Tier

# Shares of the animals, and calls in a recipe that change something.
DIE_IN_QUICK = 0.95
EXPECTED = 0.9
CALLS = 3


def deaths_needed(profile: Profile) -> float:
    """Return the share of the animals that must die in a profile."""
    return 1.0 if TIERS.index(profile.tier) >= TIERS.index(Tier.STANDARD) else DIE_IN_QUICK


def share(part: int, whole: int) -> float:
    """Return what part of a whole something is: none of nothing."""
    return part / whole if whole else 0.0
