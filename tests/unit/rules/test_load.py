"""Loading the taxonomy: our own files are sound, and each kind of mistake is named with its place."""

import pytest

from bot.errors import BadRules
from bot.paths import read_rules
from bot.rules.load import FAMILIES, load_taxonomy

CURE = """
[[mitigation]]
id = "cure"
title = "Do it"
steps = ["first"]
source = "ours"
"""
LEAF = """
[[leaf]]
id = "{id}"
title = "t"
fault = "ours"
class = "F"
because = "b"
check = []
mitigations = ["cure"]
action = "gather_data"
retry = "no"
links = []
source = "ours"
"""
ROW = '[[match]]\nbranch = "{id}"\nstatus_any = [{status}]\n'
LAST = '[[match]]\nbranch = "unknown"\n'
OTHERS = sorted(FAMILIES - {"unknown"})
LEAVES = "".join(LEAF.format(id=family) for family in sorted(FAMILIES))
ROWS = "".join(ROW.format(id=family, status=400 + at) for at, family in enumerate(OTHERS))
ERRORS = LEAVES + ROWS + LAST


def problems(errors: str, mitigations: str = CURE) -> str:
    """Return what loading complains about."""
    with pytest.raises(BadRules) as caught:
        load_taxonomy(errors, mitigations)
    return caught.value.user_message


def test_our_own_files_are_sound() -> None:
    """The files that we ship load, with a leaf of its own for each family."""
    texts = read_rules()
    rules = load_taxonomy(texts["errors"], texts["mitigations"])
    assert set(FAMILIES) == {leaf.family for leaf in rules.taxonomy.leaves.values()}


def test_the_smallest_files_load() -> None:
    """One leaf for each family, a row for each leaf and a catch-all are enough."""
    rules = load_taxonomy(ERRORS, CURE)
    assert len(FAMILIES) == len(rules.matches)


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ("[[match", "errors.toml:"),
        ("[[rule]]\nx = 1\n", "errors.toml:1 unknown table 'rule'"),
        ('[[told]]\nbranch = "auth"\nwhy = "x"\n', "[[told]]: unknown key 'why'"),
        ('[[told]]\nbranch = "auth"\nwas = ["nothing"]\n', "[[told]]: no leaf or family 'nothing'"),
        ('[[told]]\nbranch = "auth"\ntold_any = ["("]\n', "'told_any' cannot be ['(']"),
        ('[[told]]\nbranch = "auth"\ntold_any = ["a.*b"]\n', "repeats end: .{0,40} instead of .* or .+"),
        ('[[told]]\nbranch = "auth"\ntold_any = ["\\\\d+ tokens"]\n', "repeats end: .{0,40} instead of .* or .+"),
        ('[[told]]\nbranch = "auth"\npage_any = ["[+*]{2,}"]\n', "repeats end: .{0,40} instead of .* or .+"),
        ('[[told]]\nbranch = "auth.new"\n', "[[told]]: no leaf 'auth.new'"),
        ("[[told]]\nrate_max = 0\n", "'branch' is missing"),
        (LEAF.format(id="auth.lost"), "no row leads to 'auth.lost'"),
        (LEAF.format(id="weather"), "no family 'weather'"),
        (LEAF.format(id="auth"), "'auth' is defined twice"),
        (LEAF.format(id="auth.x").replace('"F"', '"Z"'), "'class' cannot be 'Z'"),
        (LEAF.format(id="auth.x").replace("gather_data", "pray"), "'action' cannot be 'pray'"),
        (LEAF.format(id="auth.x").replace('"cure"', '"luck"'), "no mitigation 'luck'"),
        (LEAF.format(id="auth.x").replace('["cure"]', "[]"), "'auth.x' needs a mitigation"),
        (LEAF.format(id="auth.x").replace('title = "t"\n', ""), "'title' is missing"),
        (LEAF.format(id="auth.x").replace("links = []", 'links = ["javascript:x"]'), "links begin with https://"),
        ('[[match]]\nbranch = "auth"\ntype_any = ["auth_eror"]\n', "the provider's types are api_error"),
    ],
)
def test_a_mistake_is_named(added: str, named: str) -> None:
    """Each problem says the table and what is wrong with it."""
    assert named in problems(added + ERRORS)


def test_a_problem_names_its_line() -> None:
    """The line is that of the table's header."""
    line = ERRORS.count("\n", 0, ERRORS.index('branch = "auth"'))
    assert f"errors.toml:{line} [[match]]: no leaf 'auth.lost'" in problems(
        ERRORS.replace('branch = "auth"', 'branch = "auth.lost"')
    )


@pytest.mark.parametrize(
    "condition", ["text_any = ['TLS']", "status_any = [502]", "status_max = 599", "has_status = true"]
)
def test_a_row_of_our_connection_takes_no_answer(condition: str) -> None:
    """A server's 5xx that names TLS or DNS must not be taken for our own path, so such a row is refused."""
    row = f'[[match]]\nbranch = "network"\n{condition}\n'
    assert "is of the connection" in problems(LEAVES + row + ROWS + LAST)
    assert "is of the connection" not in problems(
        LEAVES + row + "has_status = false\nnonsense = 1\n" + ROWS + LAST
    ) or ("has_status" in condition)


def test_all_problems_are_named_at_once() -> None:
    """A file with three mistakes needs one run to mend."""
    text = problems(ERRORS.replace('"ours"', '"mine"', 1).replace("[402]", '["402"]').replace("[403]", "403"))
    assert 3 == text.count("cannot be")


def test_an_unused_mitigation_is_named() -> None:
    """Advice that nobody is ever given is a mistake."""
    assert "no leaf uses 'other'" in problems(ERRORS, CURE + CURE.replace('"cure"', '"other"'))


@pytest.mark.parametrize("errors", [LEAVES + ROWS, LEAVES + LAST + ROWS, LEAVES + ROWS + LAST + "status_min = 1\n"])
def test_the_last_row_must_catch_all(errors: str) -> None:
    """Without a last row, or with one too early, something would have no branch or be out of reach."""
    assert "the last [[match]] must be branch = 'unknown' without conditions" in problems(errors)


def test_a_row_after_the_catch_all_is_out_of_reach() -> None:
    """What stands behind a row without conditions is never tried."""
    assert "rows after this one are never reached" in problems(LEAVES + LAST + ROWS + LAST)


def test_each_regular_expression_is_checked() -> None:
    """A pattern that does not compile is a problem, not a crash at three in the morning."""
    assert "'text_any' cannot be ['[']" in problems(ERRORS.replace("status_any = [400]", 'text_any = ["["]'))
