"""Mutants of Python source: the same text with one small change, as a slip of the hand makes it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Change = tuple[int, str, Callable[[], object]]

PAIRS = [
    (ast.Eq, ast.NotEq),
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
]
SWAPPED = dict(PAIRS) | {second: first for first, second in PAIRS}
DROPPED = ast.Raise | ast.Delete | ast.AugAssign


@dataclass(frozen=True)
class Mutant:
    """A changed text: at which line, what was changed, and all of it."""

    line: int
    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, each text once, in the order of the lines."""
    seen = {ast.unparse(ast.parse(source))}
    found = []
    for number in range(sum(1 for _ in _changes(ast.parse(source)))):
        tree = ast.parse(source)
        line, name, change = list(_changes(tree))[number]
        change()
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text not in seen:
            seen.add(text)
            found.append(Mutant(line, name, text))
    return sorted(found, key=lambda one: one.line)


def _changes(tree: ast.Module) -> Iterator[Change]:
    for node in ast.walk(tree):
        for name, change in (*_swaps(node), *_negations(node), *_values(node)):
            yield getattr(node, "lineno", 0), name, change
        yield from _drops(node)


def _swaps(node: ast.AST) -> Iterator[tuple[str, Callable[[], object]]]:
    """Take the operator for its neighbour."""
    operators = getattr(node, "ops", [getattr(node, "op", None)])
    for at, one in enumerate(operators):
        if other := SWAPPED.get(type(one)):
            name = f"{type(one).__name__} is {other.__name__}"
            if isinstance(node, ast.Compare):
                yield name, lambda at=at, other=other: node.ops.__setitem__(at, other())
            else:
                yield name, lambda other=other: setattr(node, "op", other())


def _negations(node: ast.AST) -> Iterator[tuple[str, Callable[[], object]]]:
    """Ask for the opposite."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        negated = ast.UnaryOp(op=ast.Not(), operand=node.test)
        yield f"negate {ast.unparse(node.test)}", lambda: setattr(node, "test", negated)
    elif isinstance(node, ast.comprehension) and node.ifs:
        negated = ast.UnaryOp(op=ast.Not(), operand=node.ifs[0])
        yield f"negate {ast.unparse(node.ifs[0])}", lambda: node.ifs.__setitem__(0, negated)


def _values(node: ast.AST) -> Iterator[tuple[str, Callable[[], object]]]:
    """Be off by one, or return nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        is_bool = isinstance(node.value, bool)
        for value in (not node.value,) if is_bool else (node.value + 1, node.value - 1):
            yield f"{node.value} is {value}", lambda value=value: setattr(node, "value", value)
    elif isinstance(node, ast.Name) and node.id in {"min", "max"}:
        other = "max" if node.id == "min" else "min"
        yield f"{node.id} is {other}", lambda: setattr(node, "id", other)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield f"return not {ast.unparse(node.value)}", lambda: setattr(node, "value", None)


def _drops(node: ast.AST) -> Iterator[Change]:
    """Forget a statement, or all that follow."""
    for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
        for at, one in enumerate(block if isinstance(block, list) else []):
            is_call = isinstance(one, ast.Expr) and isinstance(one.value, ast.Call | ast.Await)
            is_kept = isinstance(one, ast.Assign) and not isinstance(one.targets[0], ast.Name)
            if is_call or is_kept or isinstance(one, DROPPED):
                drop = f"drop {ast.unparse(one)}"
                yield one.lineno, drop, lambda b=block, at=at: b.__setitem__(at, ast.Pass())
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        start = 1 if ast.get_docstring(node) else 0
        leave = f"return at once from {node.name}"
        yield node.lineno, leave, lambda: node.body.insert(start, ast.Return())
