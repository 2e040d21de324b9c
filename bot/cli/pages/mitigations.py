"""Every mitigation with its steps, its sample and what it corrects of the runbook."""

from collections.abc import Iterator

from bot.cli.pages.markdown import SOURCE, link_to_leaf
from bot.rules.book import Book
from bot.rules.taxonomy import Leaf, Mitigation


def mitigations_page(book: Book) -> str:
    """Return everything that a responder can do, with samples and what is corrected of the runbook."""
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Book) -> Iterator[str]:
    cures = book.rules.taxonomy.mitigations.values()
    leaves = book.rules.taxonomy.leaves.values()
    own = sum(cure.source == "runbook" for cure in cures)
    yield f"# Mitigations\n\n{len(cures)} of them; {own} are the runbook's own. *Corrected* says where the runbook is"
    yield "wrong or out of date, and what holds instead ([all of it in one table](../runbook-errata.md)). Samples take"
    yield "key and model from the environment: `ANTHROPIC_API_KEY`, `ANTHROPIC_MODEL`."
    for cure in cures:
        yield from _cure(cure, [leaf for leaf in leaves if cure.id in leaf.mitigations])


def _cure(cure: Mitigation, helped: list[Leaf]) -> Iterator[str]:
    yield f"\n## {cure.title}\n"
    if cure.look:
        yield f"*Look at the {cure.look} first: this cannot be undone, or costs money.*\n"
    yield from (f"{number}. {step}" for number, step in enumerate(cure.steps, 1))
    if cure.corrects:
        yield f"\n*Corrected:* {cure.corrects}"
    if cure.snippet:
        yield f"\n```{_language(cure.snippet)}\n{cure.snippet.strip()}\n```"
    seen = "the bot measures it" if cure.verify == "probe" else "look at production and tell the bot what it sees"
    yield f"\n*Whether it helped:* {seen}."
    yield f"\n`{cure.id}`, {SOURCE[cure.source]}. Helps with: {', '.join(map(link_to_leaf, helped))}."


def _language(snippet: str) -> str:
    return "python" if snippet.lstrip().startswith(("import ", "from ")) else "sh"
