"""The frame of the HTML report: one file that needs no network and no script."""

from functools import cache
from html import escape
from importlib.resources import files

from storagedriver_conformance.reporters.redaction import redacted


def safe(words: object) -> str:
    """Return words as they may stand in a page: without secrets, and escaped."""
    return escape(redacted(str(words)).encode("utf-8", "backslashreplace").decode())


def page(title: str, *sections: str) -> str:
    """Return a whole page."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Not even an image that a driver's answer may name is fetched.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{safe(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def section(heading: str, body: str, *, id: str) -> str:  # noqa: A002 - it is the attribute's name
    """Return a section, or nothing where nothing is in it."""
    if not body:
        return ""
    return f'<section id="{id}">\n<h2>{safe(heading)}</h2>\n{body}\n</section>'


def table(caption: str, head: list[str], rows: list[list[str]], *, numbers: int = 0) -> str:
    """Return a table of cells that are HTML, of which the first in each row is its header.

    `numbers` columns after the first are figures.
    """
    kinds = [' class="number"' if 0 < at <= numbers else "" for at in range(len(head))]
    top = "".join(
        f'<th scope="col"{kind}>{safe(word)}</th>' for kind, word in zip(kinds, head, strict=True)
    )
    lines = [
        f'<th scope="row">{row[0]}</th>'
        + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds[1:], row[1:], strict=True))
        for row in rows
    ]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f"<table>\n<caption>{safe(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def told(pairs: dict[str, str]) -> str:
    """Return names with what is told about each, which is HTML; nothing of what is empty."""
    items = "".join(
        f"<dt>{safe(name)}</dt><dd>{value}</dd>" for name, value in pairs.items() if value
    )
    return f'<dl class="told">{items}</dl>' if items else ""
