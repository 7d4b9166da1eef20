"""What clients did at once: a line for a terminal, and a picture with its words for a page."""

from storagedriver_conformance.findings import Race, Span
from storagedriver_conformance.reporters.page import safe

MOST = 16
TWO_DIGITS = 10
EVERY = 25  # From so many moments on, not each is numbered.


def clients(race: Race) -> list[str]:
    """Return the clients in their order, the suite's own calls last."""
    names = {span.client for span in race.spans}
    return sorted(names, key=lambda name: (name == "suite", len(name), name))


def line(race: Race) -> str:
    """Write a race in one line: each client's calls, with their moments in brackets."""
    shown = race.spans[-MOST:]
    left = race.earlier + len(race.spans) - len(shown)
    told = [f"{left} calls before these"] if left else []
    for client in clients(Race(spans=shown)):
        calls = [_words(span) for span in shown if span.client == client]
        told.append(f"{client}: {', '.join(calls)}")
    return " | ".join(told)


def _words(span: Span) -> str:
    answer = f" -> {span.answer}" if span.answer else ""
    return f"{span.call} [{_moments(span, '-', '?')}]{answer}"


def _moments(span: Span, to: str, never: str) -> str:
    return f"{span.began}{to}{never if span.ended is None else span.ended}"


def figure(race: Race) -> str:
    """Draw a race for a page: a row for each client, a bar for each call, and the same in words."""
    last = max(max(span.began, span.ended or 0) for span in race.spans)
    # What is open goes on to the end, and the last moment has a width too.
    columns = last + any(span.ended is None for span in race.spans) - 1
    rows = "\n".join(
        [_axis(columns), *(_row(race, client, columns + 1) for client in clients(race))]
    )
    words = "\n".join(_item(race, place) for place in range(len(race.spans)))
    earlier = f"<p>{race.earlier:,} calls before these are left out.</p>" if race.earlier else ""
    return (
        f'<figure class="race">\n<div class="scroll" tabindex="0" role="region" '
        f'aria-label="The calls of each client over time; the list below has them in words">\n'
        f'<div class="lanes" style="--moments: {columns}; --column: {_narrowest(race)}rem" '
        f'aria-hidden="true">\n{rows}\n</div></div>'
        f"\n<figcaption>Time goes to the right. {_meaning(race)}</figcaption>\n</figure>\n"
        f'{earlier}<ol class="calls">\n{words}\n</ol>{_order(race)}'
    )


def _narrowest(race: Race) -> float:
    """Return the least width of a moment, so that a call's number and its sign have room."""
    is_tight = any(
        _sign(race, place) and place + 1 >= TWO_DIGITS and span.ended == span.began + 1
        for place, span in enumerate(race.spans)
    )
    return 1.6 if is_tight else 1.1


def _axis(columns: int) -> str:
    step = 1 if columns < EVERY else 5
    ticks = [
        f'<span style="grid-column: {moment}">{moment}</span>'
        for moment in range(1, columns + 1)
        if moment == 1 or moment % step == 0
    ]
    return f'<span class="client"></span><span class="axis">{"".join(ticks)}</span>'


def _row(race: Race, client: str, end: int) -> str:
    bars = [
        f'<span class="call {_kind(race, place)}" '
        f'style="grid-column: {span.began} / {span.ended or end}">{place + 1}'
        f'{_sign(race, place)}<span class="what">{safe(_short(span))}</span></span>'
        for place, span in enumerate(race.spans)
        if span.client == client
    ]
    return f'<span class="client">{safe(client)}</span><span class="lane">{"".join(bars)}</span>'


def _short(span: Span) -> str:
    """Return what a bar has room for."""
    return span.call.rpartition(": ")[2].partition("(")[0]


def _kind(race: Race, place: int) -> str:
    if place == race.misfit:
        return "misfit"
    return "open" if race.spans[place].ended is None else "answered"


def _sign(race: Race, place: int) -> str:
    return {"misfit": "\N{MULTIPLICATION X}", "open": "?", "answered": ""}[_kind(race, place)]


def _meaning(race: Race) -> str:
    kinds = {_kind(race, place) for place in range(len(race.spans))}
    told = {
        "misfit": "\N{MULTIPLICATION X} fits nowhere.",
        "open": "? has no answer: it may have taken effect at any moment, or never.",
    }
    return " ".join(words for kind, words in told.items() if kind in kinds)


def _item(race: Race, place: int) -> str:
    span, kind = race.spans[place], _kind(race, place)
    answer = f" &rarr; {safe(span.answer)}" if span.answer else ""
    if kind == "open":
        answer = " &rarr; no answer"
    odd = ' <strong class="bad">fits nowhere</strong>' if kind == "misfit" else ""
    ended = "" if span.ended is None else f"\N{EN DASH}{span.ended}"
    moments = f'<span class="when">moment{"s" if ended else ""} {span.began}{ended}</span>'
    return (
        f'<li class="{kind}">{safe(span.client)}: <code>{safe(span.call)}</code>'
        f'<span class="came">{answer}, {moments}</span>{odd}</li>'
    )


def _order(race: Race) -> str:
    if race.misfit is None:
        return ""
    order = ", ".join(str(place + 1) for place in race.order)
    return (
        f"<p>The longest order that gives these answers: {order or 'none'}. "
        f"Nowhere in it is a place for {race.misfit + 1}.</p>"
    )
