"""What a run has found as a text, and in a page: `python -m benchmarks.document FOLDER PAGE`.

FOLDER is where `python -m benchmarks` has written to. Everything between two comments of the page
is replaced, and the picture is copied to beside it.
"""

import argparse
import shutil
from pathlib import Path

from benchmarks import growth, machine, tables, targets
from benchmarks.results import Results

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PICTURE = "performance.svg"
RESULTS = "results.json"


def text(results: Results, picture: str = "") -> str:
    """Return the command, the machine, its limits, the targets, and all tables, in Markdown."""
    limits = [group for group in results.groups if group.name == "limits"]
    others = [group for group in results.groups if group.name != "limits"]
    parts = [f"```sh\n{results.command}\n```\n"]
    if machine.is_busy(results.machine):
        parts.append(
            "**Taken on a busy machine: times and rates say little here;"
            " CPU times, memory, requests and syncs do.**\n"
        )
    parts.append(tables.table(["machine", ""], map(list, results.machine.items())))
    parts += map(tables.group, limits)
    titles = ["target", "wanted", "reached", "met"]
    parts += ["### Targets\n", tables.table(titles, targets.lines(results))]
    if picture:
        parts.append(f"![Ours beside docker-registry, row by row]({picture})\n")
    parts += map(tables.group, others)
    if grown := growth.result(results.groups):
        parts.append(tables.group(grown))
    return "\n".join(parts)


def inserted(page: str, measured: str) -> str:
    """Return a page with what stands between the comments replaced.

    Raises `ValueError` where the page has them not once, in their order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs {BEGIN} and {END} once, in this order")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{measured}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Read the arguments, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.document", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("page", type=Path, metavar="PAGE")
    options = parser.parse_args()
    results = Results.from_json((options.folder / RESULTS).read_text())
    picture = options.folder / PICTURE
    if picture.exists():
        shutil.copy(picture, options.page.parent / PICTURE)
    measured = text(results, PICTURE if picture.exists() else "")
    options.page.write_text(inserted(options.page.read_text(), measured))


if __name__ == "__main__":
    main()
