"""`storagedriver conformance zoo`: the proof that the suite finds what it is there to find."""

import argparse
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from os import cpu_count
from pathlib import Path
from statistics import median

from storagedriver_conformance.profiles import PROFILES, Profile
from storagedriver_conformance.zoo.animals import all_animals
from storagedriver_conformance.zoo.gates import CALLS, DIE_IN_QUICK, EXPECTED, deaths_needed, share
from storagedriver_conformance.zoo.proving import prove
from storagedriver_conformance.zoo.run import Fate, fates

ABOUT = "Try the suite on drivers that are broken on purpose: it must find each of them out."
EPILOG = f"""\
exit codes: 0 if all die (at least {DIE_IN_QUICK:.0%} of them in a profile below standard), at least
{EXPECTED:.0%} of them by a property that was named before, and what was shrunk has at most {CALLS}
changing calls (the median); 1 otherwise. With --matrix, each property must also kill an animal that
none before it kills, or tell why it is there; nothing is shrunk
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "zoo", help="prove that the suite can fail", description=ABOUT, epilog=EPILOG
    )
    parser.add_argument("--profile", choices=sorted(PROFILES), default="quick")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="GLOB", default="*", help="animals of such names")
    parser.add_argument(
        "--aimed", action="store_true", help="try only what is expected to kill each: quicker"
    )
    parser.add_argument(
        "--matrix",
        type=Path,
        metavar="FILE",
        help="try every property on every animal, and keep the verdicts in this file; "
        "another run goes on where it ended, and tries what is new or changed",
    )
    parser.add_argument(
        "--first",
        action="store_true",
        help="with --matrix: try no more on an animal after the first property that kills it",
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="with --matrix: write the result into a page in Markdown, below its heading for it",
    )
    parser.add_argument("--workers", type=int, default=cpu_count(), help="processes at a time")
    parser.set_defaults(call=_zoo)


def _zoo(given: argparse.Namespace) -> int:
    animals = {
        number: one for number, one in enumerate(all_animals()) if fnmatchcase(one.name, given.only)
    }
    if not animals:
        message = f"no animal is called {given.only!r}"
        raise ValueError(message)
    if given.matrix is not None:
        return prove(given, animals)
    if given.first or given.page is not None:
        message = "--first and --page go with --matrix"
        raise ValueError(message)
    width = max(len(one.name) for one in animals.values())
    print(f"{'animal':<{width}}  {'died by':<40}  as expected  changing calls")  # noqa: T201 - a command
    found: list[Fate] = []
    for one in fates(
        animals,
        profile=given.profile,
        seed=given.seed,
        aimed=given.aimed,
        workers=max(1, given.workers),
    ):
        found.append(one)
        print(_line(one, width), flush=True)  # noqa: T201 - a command
    sentences = {one.name: one.sentence for one in animals.values()}
    print(*_summary(found, sentences), sep="\n")  # noqa: T201 - a command
    return 0 if holds(found, Profile.named(given.profile)) else 1


def _line(one: Fate, width: int) -> str:
    calls = "" if one.changing is None else one.changing
    expected = "yes" if one.as_expected else "NO"
    return (
        f"{one.animal:<{width}}  {one.killer or 'SURVIVED':<40}  {expected:<11}  {calls}".rstrip()
    )


def _summary(found: Sequence[Fate], sentences: dict[str, str]) -> list[str]:
    died = [one for one in found if one.killer]
    expected = _expected(died)
    whole, shrunk = _shown(_median(died)), _shown(_median(one for one in died if one.is_shrunk))
    survivors = [f"  {one.animal}: {sentences[one.animal]}" for one in found if not one.killer]
    return [
        "",
        f"{len(died)} of {len(found)} died ({share(len(died), len(found)):.1%})",
        f"{expected} of {len(died)} by a property named before ({share(expected, len(died)):.1%})",
        f"median of changing calls in a recipe: {whole}; where it was shrunk: {shrunk}",
        *(["survivors:", *survivors] if survivors else []),
    ]


def holds(found: Sequence[Fate], profile: Profile) -> bool:
    """Tell whether the suite has proved itself in a run."""
    died = [one for one in found if one.killer]
    shrunk = _median(one for one in died if one.is_shrunk)
    return (
        share(len(died), len(found)) >= deaths_needed(profile)
        and share(_expected(died), len(died)) >= EXPECTED
        and (shrunk is None or shrunk <= CALLS)
    )


def _median(some: Iterable[Fate]) -> float | None:
    counts = [one.changing for one in some if one.changing is not None]
    return median(counts) if counts else None


def _expected(died: Sequence[Fate]) -> int:
    return sum(one.as_expected for one in died)


def _shown(number: float | None) -> str:
    return "none" if number is None else f"{number:g}"
