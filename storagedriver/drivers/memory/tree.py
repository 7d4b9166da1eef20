"""Values under paths, kept in the order of the contract: by component, by code point."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

from storagedriver.paths import ROOT, child_of

T = TypeVar("T")


class Node(Generic[T]):
    """One name: what is stored under it, if anything, and the names below it in order."""

    __slots__ = ("children", "names", "value")

    def __init__(self) -> None:
        self.value: T | None = None
        self.children: dict[str, Node[T]] = {}
        self.names: list[str] = []

    def grow(self, name: str) -> "Node[T]":
        """Return the child of this name, made if it is not there."""
        child = self.children.get(name)
        if child is None:
            child = self.children[name] = Node()
            insort(self.names, name)
        return child

    def cut(self, name: str) -> None:
        """Remove the child of this name."""
        del self.children[name]
        del self.names[bisect_left(self.names, name)]


class Tree(Generic[T]):
    """A sorted map from paths to values, in which a node exists only for what lies at or below it.

    Finding and changing a path costs its depth, and going on from any path in order costs no more:
    nothing is ever sorted or copied as a whole.
    """

    def __init__(self) -> None:
        self._root: Node[T] = Node()

    def find(self, path: str) -> Node[T] | None:
        """Return the node at a path, if there is one."""
        node: Node[T] | None = self._root
        for name in _names(path):
            if node is None:
                return None
            node = node.children.get(name)
        return node

    def get(self, path: str) -> T | None:
        """Return the value at a path, if there is one."""
        node = self.find(path)
        return None if node is None else node.value

    def has_below(self, path: str) -> bool:
        """Tell whether any value lies below a path."""
        node = self.find(path)
        return node is not None and bool(node.names)

    def value_above(self, path: str) -> bool:
        """Tell whether a directory that the path lies in has a value of its own."""
        node = self._root
        for name in _names(path)[:-1]:
            if name not in node.children:
                return False
            node = node.children[name]
            if node.value is not None:
                return True
        return False

    def set(self, path: str, value: T) -> None:
        """Put a value at a path, in place of any other."""
        node = self._root
        for name in _names(path):
            node = node.grow(name)
        node.value = value

    def pop(self, path: str) -> T | None:
        """Take the value away from a path, and return it."""
        node = self.find(path)
        if node is None:
            return None
        value, node.value = node.value, None
        _prune(self._trail(path), node)
        return value

    def detach(self, path: str) -> Iterator[T]:
        """Cut off what is at and below a path, at once, and give its values one by one.

        The nodes are taken apart as the values are given: to free a large tree takes time.
        """
        node = self.find(path)
        if node is None:
            return iter(())
        trail = self._trail(path)
        parent, name = trail.pop()
        parent.cut(name)
        _prune(trail, parent)
        return _take_apart(node)

    def children(self, path: str, after: str | None) -> Iterator[tuple[str, Node[T]]]:
        """Give what lies directly below a path, in order, after the child of that path.

        The tree must not change while this runs.
        """
        node = self.find(path)
        if node is not None:
            first = 0 if after is None else bisect_right(node.names, after.rpartition("/")[2])
            for index in range(first, len(node.names)):
                name = node.names[index]
                yield child_of(path, name), node.children[name]

    def following(self, path: str, after: str | None) -> Iterator[tuple[str, Node[T]]]:
        """Give everything below a path, depth first and in order, after the path `after`.

        The tree must not change while this runs.
        """
        node = self.find(path)
        if node is None:
            return
        stack = _position(path, node, after)
        while stack:
            at, node, index = stack.pop()
            if index < len(node.names):
                stack.append((at, node, index + 1))
                name = node.names[index]
                below, child = child_of(at, name), node.children[name]
                yield below, child
                stack.append((below, child, 0))

    def _trail(self, path: str) -> list[tuple[Node[T], str]]:
        """Return each node above a path that is there, with the name that leads on."""
        trail = []
        node = self._root
        for name in _names(path):
            trail.append((node, name))
            node = node.children[name]
        return trail


def _names(path: str) -> list[str]:
    """Return the components of a path; the root has none."""
    return [] if path == ROOT else path.split("/")[1:]


def _position(path: str, node: Node[T], after: str | None) -> list[tuple[str, Node[T], int]]:
    """Return where a walk below `path` stands when it has just given `after`."""
    if after is None:
        return [(path, node, 0)]
    stack = []
    here: Node[T] | None = node
    for name in _names(after)[len(_names(path)) :]:
        if here is None:
            break
        stack.append((path, here, bisect_right(here.names, name)))
        path, here = child_of(path, name), here.children.get(name)
    if here is not None:
        stack.append((path, here, 0))
    return stack


def _prune(trail: list[tuple[Node[T], str]], node: Node[T]) -> None:
    """Remove a node that holds nothing, and those above it that then hold nothing."""
    while trail and node.value is None and not node.names:
        node, name = trail.pop()
        node.cut(name)


def _take_apart(top: Node[T]) -> Iterator[T]:
    """Give the values of a detached node and below it, letting go of each node in turn."""
    nodes = [top]
    while nodes:
        node = nodes[-1]
        if node.names:
            nodes.append(node.children.pop(node.names.pop()))
            continue
        nodes.pop()
        if node.value is not None:
            yield node.value
