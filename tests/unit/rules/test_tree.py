"""The decision tree: every path ends, every step is reached, and a bad file is refused with its lines."""

import pytest

from bot.errors import BadRules
from bot.paths import read_rules
from bot.rules.load import FAMILIES
from bot.rules.tree import LABEL_LIMIT, Tree, load_tree
from tests.unit.rules.shipped import TAXONOMY

TEXT = read_rules()["tree"]
TREE = load_tree(TEXT, TAXONOMY)


def _paths(tree: Tree, step_id: str, seen: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    here = (*seen, step_id)
    options = tree.steps[step_id].option
    return [here] if not options else [path for one in options for path in _paths(tree, one.next, here)]


def test_every_path_ends() -> None:
    """Whatever is answered, a walk comes to an end, and every step lies on some walk."""
    paths = _paths(TREE, TREE.start)
    assert all(TREE.steps[path[-1]].kind == "end" for path in paths)
    assert set(TREE.steps) == {step for path in paths for step in path}
    assert all(len(path) == len(set(path)) for path in paths)


def test_every_family_has_an_answer_to_begin_with() -> None:
    """A verdict of any kind speaks for one of the first answers."""
    spoken = {family for option in TREE.step(TREE.start).option for family in option.families}
    assert spoken == FAMILIES


def test_every_label_fits_a_button() -> None:
    """No answer is cut on a button."""
    assert all(len(option.label) <= LABEL_LIMIT for step in TREE.steps.values() for option in step.option)


def test_every_advice_says_what_to_do() -> None:
    """An advice leads to at least one mitigation."""
    advices = [step for step in TREE.steps.values() if step.kind == "advice"]
    assert advices
    assert all(TREE.advice(step, TAXONOMY) for step in advices)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('next = "key"', 'next = "nowhere"', r"tree\.toml:\d+ step symptom, option key: there is no step nowhere"),
        ('leaf = "auth"', 'leaf = "gone"', r"tree\.toml:\d+ step auth: there is no leaf gone"),
        ('start = "symptom"', 'start = "nowhere"', r"tree\.toml:\d+ start: there is no step nowhere"),
        ('leaf = "timeout.slow"', 'leaf = "gone"', r"tree\.toml:\d+ symptom Answers take .*: there is no leaf gone"),
        ('look = "The rate-limit headers', 'lok = "The', r"tree\.toml:\d+ symptom\.1\.look: Field required"),
        ("[advice]", "[advise]", r"tree\.toml:\d+ advise: Unexpected keyword argument"),
        ('question = "Which of these is it?"', "", r"tree\.toml:\d+ step\.1\.question: Field required"),
        ('start = "symptom"', "start = ", r"tree\.toml:4 is not valid TOML"),
    ],
)
def test_a_bad_tree_is_refused_with_its_lines(old: str, new: str, told: str) -> None:
    """Each problem names the file, the line and the step."""
    assert old in TEXT
    with pytest.raises(BadRules, match=told):
        load_tree(TEXT.replace(old, new, 1), TAXONOMY)


def test_the_line_is_the_step_s_own() -> None:
    """The number in a problem is where the step stands in the file."""
    bad = TEXT.replace('leaf = "auth"', 'leaf = "gone"', 1)
    with pytest.raises(BadRules) as refused:
        load_tree(bad, TAXONOMY)
    number = int(refused.value.user_message.splitlines()[1].split(":")[1].split(" ")[0])
    assert 'id = "auth"' == bad.splitlines()[number - 1].strip()


def test_without_leaves_the_walk_is_checked_all_the_same() -> None:
    """Problems of the leaves' own files do not hide those of the tree."""
    with pytest.raises(BadRules, match="there is no step nowhere"):
        load_tree(TEXT.replace('next = "key"', 'next = "nowhere"', 1), None)
    assert TREE == load_tree(TEXT, None)
