from tests.mutants.mutating import mutants

SOURCE = """
def first(values):
    if not values and values is not None:
        raise ValueError
    values.sort()
    return values[0]
"""


def test_each_mutant_has_one_change() -> None:
    found = [(one.line, one.change) for one in mutants(SOURCE)]

    assert [
        (2, "return at once from first"),
        (3, "negate not values and values is not None"),
        (3, "And is Or"),
        (3, "IsNot is Is"),
        (4, "drop raise ValueError"),
        (5, "drop values.sort()"),
        (6, "return not values[0]"),
        (6, "0 is 1"),
        (6, "0 is -1"),
    ] == found


def test_no_mutant_is_the_module_itself_or_comes_twice() -> None:
    texts = [one.source for one in mutants("def f(a):\n    return a == 1 or not a\n")]

    assert len(texts) == len({*texts, "def f(a):\n    return a == 1 or not a"}) - 1
