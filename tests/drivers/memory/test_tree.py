"""The sorted tree beside a plain dictionary."""

from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.drivers.memory.tree import Tree
from storagedriver.paths import is_below, order_key, parent_of

NAMES = st.sampled_from(["a", "a-", "a.b", "a0", "b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))
CHANGES = st.lists(st.tuples(st.sampled_from(["set", "set", "pop", "detach"]), PATHS))


def _changed(changes: list[tuple[str, str]]) -> tuple[Tree[int], dict[str, int]]:
    """Make the same changes to a tree and to a dictionary, comparing what they return."""
    tree: Tree[int] = Tree()
    plain: dict[str, int] = {}
    for value, (change, path) in enumerate(changes):
        if change == "set":
            tree.set(path, value)
            plain[path] = value
        elif change == "pop":
            assert plain.pop(path, None) == tree.pop(path)
        else:
            gone = [one for one in plain if one == path or is_below(one, path)]
            assert sorted(plain.pop(one) for one in gone) == sorted(tree.detach(path))
    return tree, plain


def _nodes(plain: dict[str, int]) -> list[str]:
    """All paths that lie at or above a value, in order."""
    found = set(plain)
    for path in plain:
        above = path
        while (above := parent_of(above)) != "/":
            found.add(above)
    return sorted(found, key=order_key)


@settings(derandomize=True, database=None, deadline=None, max_examples=150)
@given(changes=CHANGES, place=PATHS | st.just("/"), after=PATHS)
def test_a_tree_holds_what_a_dictionary_holds_and_in_order(
    changes: list[tuple[str, str]], place: str, after: str
) -> None:
    tree, plain = _changed(changes)

    nodes = _nodes(plain)
    following = [path for path, _ in tree.following("/", after)]
    assert nodes == [path for path, _ in tree.following("/", None)]
    assert [one for one in nodes if order_key(one) > order_key(after)] == following
    assert [one for one in nodes if is_below(one, place)] == [
        path for path, _ in tree.following(place, None)
    ]
    assert [one for one in nodes if one != "/" and parent_of(one) == place] == [
        path for path, _ in tree.children(place, None)
    ]
    assert plain.get(place) == tree.get(place)
    assert any(is_below(one, place) for one in plain) == tree.has_below(place)
    assert any(is_below(place, one) for one in plain) == tree.value_above(place)


@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@given(changes=CHANGES)
def test_a_tree_keeps_no_node_for_what_is_gone(changes: list[tuple[str, str]]) -> None:
    tree, plain = _changed(changes)

    for path in plain:
        tree.pop(path)

    assert [] == list(tree.following("/", None))
