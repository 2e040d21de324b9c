"""The decision tree as a drawing and in words, and the runbook's symptoms."""

from collections.abc import Iterator

from bot.cli.pages.markdown import link_to_cure, link_to_leaf
from bot.rules.book import Book
from bot.rules.taxonomy import Taxonomy
from bot.rules.tree import Option, Step, Symptom, Tree


def tree_page(book: Book) -> str:
    """Return the page with a drawing."""
    return "\n".join(["# Decision tree\n", *_drawing(book.tree), *_words(book)]) + "\n"


def tree_outline(book: Book) -> str:
    """Return the page without the drawing."""
    return "\n".join(["# Decision tree", *_words(book)]) + "\n"


def _drawing(tree: Tree) -> Iterator[str]:
    common = _common(tree)
    yield "```mermaid\nflowchart LR"
    yield from (line for step in tree.steps.values() if not _ends_alike(step, common) for line in _drawn(step))
    yield '  subgraph advice["What to do"]\n    direction TB'
    yield from (f"  {line}" for step in tree.steps.values() if _ends_alike(step, common) for line in _box(step))
    yield "  end"
    yield from (f'  advice -->|"{option.label}"| {option.next}' for option in common)
    yield "```"


def _common(tree: Tree) -> tuple[Option, ...]:
    """Return the answers that most advices end with: they are shown once for all of them."""
    asked = [step.option for step in tree.steps.values() if step.kind == "advice"]
    return max(asked, key=asked.count, default=())


def _ends_alike(step: Step, common: tuple[Option, ...]) -> bool:
    return step.kind == "advice" and step.option == common


def _drawn(step: Step) -> Iterator[str]:
    yield from _box(step)
    yield from (f'  {step.id} -->|"{option.label}"| {option.next}' for option in step.option)


def _box(step: Step) -> Iterator[str]:
    left, right = {"question": ("{", "}"), "advice": ("[", "]"), "end": ("([", "])")}[step.kind]
    yield f'  {step.id}{left}"{step.question}"{right}'


def _words(book: Book) -> Iterator[str]:
    tree, taxonomy = book.tree, book.rules.taxonomy
    steps, common = tree.steps.values(), _common(tree)
    yield "\nEvery path ends, and what the bot has measured marks the answer that it speaks for.\n\n## Questions"
    yield from (line for step in steps if step.kind == "question" for line in _question(step, tree))
    yield "\n## What to do\n\nAfterwards it is asked how it went:\n"
    yield from _answers(common, tree)
    yield from (line for step in steps if step.kind == "advice" for line in _advice(step, book, common))
    if tree.symptoms:
        yield "\n## The runbook's symptoms\n\nWho sees one of these need not walk the tree."
    yield from (line for row in tree.symptoms for line in _symptom(row, taxonomy))


def _question(step: Step, tree: Tree) -> Iterator[str]:
    yield f"\n### {step.question}\n"
    if step.detail:
        yield f"{step.detail}\n"
    yield from _answers(step.option, tree)


def _advice(step: Step, book: Book, common: tuple[Option, ...]) -> Iterator[str]:
    yield f"\n### {step.question}\n"
    if step.leaf:
        yield f"Kind of failure: {link_to_leaf(book.rules.taxonomy.leaf(step.leaf))}\n"
    cures = book.tree.advice(step, book.rules.taxonomy)
    yield from (f"{number}. {link_to_cure(cure)}" for number, cure in enumerate(cures, 1))
    if not _ends_alike(step, common):
        yield "\nAfterwards:\n"
        yield from _answers(step.option, book.tree)


def _answers(options: tuple[Option, ...], tree: Tree) -> Iterator[str]:
    yield from (f"- *{option.label}*: {tree.steps[option.next].question}" for option in options)


def _symptom(row: Symptom, taxonomy: Taxonomy) -> Iterator[str]:
    yield f"\n### {row.symptom}\n\n- Likely cause: {row.cause}\n- Look first: {row.look}"
    yield f"- Kind of failure, with all that can be done: {link_to_leaf(taxonomy.leaf(row.leaf))}"
    if row.corrects:
        yield f"- *Corrected:* {row.corrects}"
