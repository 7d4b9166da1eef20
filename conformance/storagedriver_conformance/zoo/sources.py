"""What a verdict depends on: a digest of the code of an animal or a property, and of what it uses.

Of its own file, that is: what the whole suite shares is not in it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def digest(file: str, name: str) -> str:
    """Return a digest of a definition, without its decorators, and of those in its file it uses."""
    return _digests(file)[name]


@cache
def _digests(file: str) -> dict[str, str]:
    defined = dict(_defined(ast.parse(Path(file).read_text(encoding="utf-8"))))
    uses = {name: _names(statement) & defined.keys() for name, statement in defined.items()}
    code = {name: ast.unparse(statement) for name, statement in defined.items()}
    found = {}
    for name in defined:
        whole = "\n".join(code[one] for one in sorted(_reached(name, uses)))
        found[name] = sha256(whole.encode()).hexdigest()[:12]
    return found


def _defined(module: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for statement in module.body:
        if isinstance(statement, Definition):
            statement.decorator_list = []  # words, and what is expected
            yield statement.name, statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement


def _names(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _reached(name: str, uses: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting |= uses[one] - found
    return found
