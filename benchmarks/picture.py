"""How much faster than a peer ours is, row by row, as a picture."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import UnavailableError
from benchmarks.results import OURS, Results, Spread
from benchmarks.tables import number

_OURS_IS_BETTER, _PEER_IS_BETTER = "#2a7f62", "#b5533c"


def draw(results: Results, peer: str, path: Path) -> None:
    """Write an SVG with a bar for each row that has a ratio, and the range of single rounds.

    Raises `UnavailableError` where matplotlib is missing, or the peer was not measured.
    """
    found = ratios(results, peer)
    if not found:
        raise UnavailableError(f"{peer} was not measured")
    if find_spec("matplotlib") is None:
        raise UnavailableError("matplotlib is not installed")
    import matplotlib as mpl  # noqa: PLC0415  the group `benchmark` brings it
    from matplotlib.figure import Figure  # noqa: PLC0415  the same

    # The same figures give the same file, and letters stay letters, which takes a quarter of it.
    with mpl.rc_context({"svg.hashsalt": "storagedriver", "svg.fonttype": "none"}):
        figure = Figure(figsize=(10, 1.5 + 0.25 * len(found)), layout="constrained")
        axes = figure.subplots()
        titles, spreads = list(found), list(found.values())
        middles = [one.middle for one in spreads]
        colours = [_OURS_IS_BETTER if one >= 1 else _PEER_IS_BETTER for one in middles]
        around = [
            [one.middle - one.low for one in spreads],
            [one.high - one.middle for one in spreads],
        ]
        # Bars begin at 1, where both are alike.
        widths = [one - 1 for one in middles]
        axes.barh(titles, widths, left=1, color=colours, xerr=around, ecolor="#777777", log=True)
        for at, one in enumerate(middles):
            axes.annotate(number(one), (one, at), (4, 5), textcoords="offset points", fontsize=7)
        axes.axvline(1, color="black", linewidth=0.8)
        axes.invert_yaxis()
        axes.margins(y=0.01)
        axes.set_title(f"{OURS} beside {peer}: right of 1, {OURS} is better")
        figure.savefig(path, format="svg", metadata={"Date": None})


def ratios(results: Results, peer: str) -> dict[str, Spread]:
    """Return how much better ours is than a peer, by the titles of rows."""
    found: dict[str, Spread] = {}
    for row in results.rows():
        ratio = row.ratio(OURS, peer)
        if ratio is not None and 0 < ratio.low <= ratio.high < float("inf"):
            found.setdefault(row.title, ratio)
    return found
