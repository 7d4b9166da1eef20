"""Tries a healthy or spoilt driver with the suite, and prints the first property that fails.

It is a process of its own: a mutant may spin, or eat all memory.
"""

import resource
import sys
from dataclasses import replace

from storagedriver import open_driver
from storagedriver_conformance import Profile, Status, Target
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.variants import all_variants

MEMORY = 4 << 30  # bytes
PATIENCE = 30.0  # seconds for one call
SPENT = 120  # seconds of a processor: no machine is too busy for that


def targets(name: str) -> list[Target]:
    """Return the driver where a name is a file or a directory, and where it may be both."""
    if name == "reference":
        healthy = {one.name: one.target() for one in all_variants()}
        return [replace(healthy[name], patience=PATIENCE) for name in ("Reference", "Flat")]
    return [
        Target(open=lambda: open_driver("memory")),
        Target(open=lambda: open_driver("memory", exclusive_names=False)),
    ]


def end(strict: Target, loose: Target, programs: int) -> str:
    """Return the first property that fails, or that it survived.

    Properties that draw are tried with so many programs; else it is the profile `quick`. The loose
    driver is tried with what does not apply to the strict one, and with the broadest.
    """
    known = all_properties()
    tried = [(strict, one) for one in known]
    tried += [(loose, one) for one in known if one.absent or one.group == "model"]
    profile = replace(Profile.named("quick"), programs=programs)
    errors = []
    for target, one in tried:
        report = check_now(target, profile=profile, properties=[one])
        if report.having(Status.FAILED) or report.trouble:
            return one.id
        errors += [one.id for _ in report.having(Status.ERROR)]
    return f"survived; the suite itself failed in {', '.join(errors)}" if errors else "survived"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SPENT, SPENT))
    print(end(*targets(sys.argv[1]), programs=int(sys.argv[2])))
