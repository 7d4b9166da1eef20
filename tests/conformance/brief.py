"""The profile of tests in which a driver is but a variation of one that is tried by `quick`."""

from dataclasses import replace

from storagedriver_conformance import Profile

BRIEF = replace(Profile.named("quick"), programs=6, calls=600, points=6)
"""All properties of `quick`, each with a few of its programs."""
