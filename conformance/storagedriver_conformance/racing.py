"""Which task made which call, and when: from that, what clients did at once."""

import asyncio
from dataclasses import dataclass
from itertools import count

from storagedriver_conformance.findings import Race, Span

# More than that nobody can see in a picture.
MOST = 40
ASIDE = ("enter the ", "leave the ", "open another ", "close it")
LEAVING = "leave the reader"


@dataclass(slots=True)
class _Noted:
    task: str
    text: str
    began: int
    ended: int | None = None
    answer: str = ""


class Moments:
    """When the calls of a program began and ended, by a clock that counts these moments."""

    def __init__(self) -> None:
        self._clock = count(1)
        self._own = _task()
        self._noted: dict[int, _Noted] = {}

    def begin(self, place: int, text: str) -> None:
        """Note that the call which is the step at this place begins."""
        self._noted[place] = _Noted(task=_task(), text=text, began=next(self._clock))

    def end(self, place: int, answer: str = "") -> None:
        """Note that it was answered."""
        if place in self._noted:
            self._noted[place].ended = next(self._clock)
            self._noted[place].answer = answer

    def race(self, steps: int) -> Race | None:
        """Return what clients did in the first `steps` calls; None if there was one at a time."""
        noted = _read_to_the_end([self._noted[one] for one in range(steps) if one in self._noted])
        shown = noted[-MOST:]
        if not _overlap(shown):
            return None
        clients = {self._own: "suite"}
        for one in noted:
            clients.setdefault(one.task, f"client {len(clients)}")
        spans = [
            Span(
                client=clients[one.task],
                call=one.text,
                began=one.began,
                ended=one.ended,
                answer=one.answer,
            )
            for one in shown
        ]
        return Race(spans=renumbered(spans), earlier=len(noted) - len(shown))


def renumbered(spans: list[Span]) -> tuple[Span, ...]:
    """Return calls with moments from 1 on, without those at which nothing is shown."""
    moments = {one.began for one in spans} | {one.ended for one in spans if one.ended is not None}
    number = {moment: place for place, moment in enumerate(sorted(moments), 1)}
    return tuple(
        Span(
            client=one.client,
            call=one.call,
            began=number[one.began],
            ended=None if one.ended is None else number[one.ended],
            answer=one.answer,
        )
        for one in spans
    )


def _task() -> str:
    """Return the name of the task that runs, which asyncio gives to no other."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return ""
    return task.get_name() if task else ""


def _read_to_the_end(noted: list[_Noted]) -> list[_Noted]:
    """Let the calls for readers last until these are left, and leave out what is no call."""
    readers: dict[str, _Noted] = {}
    kept = []
    for one in noted:
        if one.text == LEAVING and one.task in readers:
            readers[one.task].ended = one.ended
        elif not one.text.startswith(ASIDE):
            kept.append(one)
            if one.text.startswith("reader("):
                readers[one.task] = one
    return kept


def _overlap(noted: list[_Noted]) -> bool:
    """Tell whether a call began while one of another task was going on."""
    ends: dict[str, float] = {}
    for one in noted:
        if any(end > one.began for task, end in ends.items() if task != one.task):
            return True
        ended = float("inf") if one.ended is None else one.ended
        ends[one.task] = max(ends.get(one.task, 0), ended)
    return False
