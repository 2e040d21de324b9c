"""The rules as pages that people read: conditions in words, not in the vocabulary of the files."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.rules.book import Book
from bot.rules.fault import DIMENSIONS, FaultRow
from bot.rules.severity import Row
from bot.rules.taxonomy import Leaf, Mitigation
from bot.rules.tree import Step, Tree

_REPORTS: Final = {"errors": "errors", "quality": "poor answers", "compromise": "a compromised key", "none": "nothing"}
_WHEN: Final[Mapping[str, Callable[[Any], str]]] = {
    "attempts_min": lambda n: f"at least {n} valid attempt{'s' if n != 1 else ''}",
    "attempts_max": lambda n: f"at most {n} valid attempts" if n else "no valid attempt",
    "failing_min": lambda n: f"at least {n} of them failed",
    "failing_share_min": lambda share: "all of them failed" if share >= 1 else f"at least {share:.0%} of them failed",
    "failing_share_proven": lambda share: f"at least {share:.0%} of them failed, proven",
    "only_500_529": lambda yes: f"each failure {'is' if yes else 'is not always'} HTTP 500 or 529",
    "only_rate_limited": lambda yes: "all failures are 429" if yes else "not all failures are 429",
    "limited_share_min": lambda share: f"at least {share:.0%} got 429 (of those that did not fail otherwise)",
    "poor_share_proven": lambda share: f"at least {share:.0%} were refused by the model or cut short, proven",
    "part_down": lambda yes: "one model, or streaming, failed every time" if yes else "no part failed every time",
    "p99_s_above": lambda seconds: f"the p99 latency is above {seconds:g} s (100 attempts or more)",
    "late_min": lambda n: f"at least {n} took longer than 10 s",
    "timed_max": lambda n: f"at most {n} attempts were timed",
    "left_out_min": lambda n: f"at least {n} request was refused as invalid, beside valid ones that pass",
    "bots_key_min": lambda n: f"at least {n} probe failed for the bot's own key",
    "bots_key_max": lambda n: "no probe failed for the bot's own key" if not n else f"at most {n} did for its key",
    "page_trouble": lambda yes: f"the status page {'reports' if yes else 'reports no'} trouble of the API",
    "report": lambda kinds: "a person reports " + " or ".join(_REPORTS[kind] for kind in kinds),
    "deadlines_min": lambda _: "something is due: headroom below 20 %, a model's or key's end, a spend limit",
}
_DIMENSION: Final = {
    "probes": "our probes",
    "production": "production's evidence",
    "control": "the control endpoint",
    "page": "the status page",
    "scope": "scope",
}
_CLASS: Final = {"F": "failed", "A": "access", "R": "rate limit", "Q": "quality", "none": "no failure"}
_RETRY: Final = {
    "no": "no",
    "after": "after the time that the provider names",
    "backoff": "yes, with backoff and jitter",
}
_SOURCE: Final = {"runbook": "the runbook's own", "ours": "ours"}


def severity_page(book: Book) -> str:
    """Return the published severity table: first match wins, from top to bottom."""
    return "\n".join(_severity(book)) + "\n"


def _severity(book: Book) -> Iterator[str]:
    yield "# Severity\n\nThe first row that holds decides. Each verdict names its row and the row's numbers.\n"
    yield "| row | severity | when | source | provisional |\n| --- | --- | --- | --- | --- |"
    yield from map(_severity_row, book.severity)
    yield (
        "\nA share of failures is the point estimate from 100 attempts on; below that, *proven* means that the lower"
        " end of Wilson's 95 % interval reaches it (2 of 5 or of 10, 3 of 20, 5 of 40, 7 of 60 for 5 %). p99 is never"
        " said of fewer than 100 attempts. The status page can raise a severity, never lower it. A person may override"
        " it with a reason; the measured value stays beside it.\n"
    )
    yield "Response times: P1 at once, P2 within 15 minutes, P3 within an hour, P4 on the next business day."


def _severity_row(row: Row) -> str:
    when = "; ".join(_WHEN[name](value) for name, value in row.when.items()) or "none of these"
    below = f"below {row.provisional_below} attempts" if row.provisional_below else ""
    level = {"none": "no incident", "unknown": "unknown"}.get(row.severity, f"**{row.severity}**")
    provisional = "always" if row.provisional else below or "no"
    return f"| `{row.id}` | {level} | {when} | {_SOURCE[row.source]} | {provisional} |"


def fault_page(book: Book) -> str:
    """Return the truth table of whose fault it is: first match wins, from top to bottom."""
    return "\n".join(_fault(book)) + "\n"


def _fault(book: Book) -> Iterator[str]:
    yield "# Whose fault\n\nThe first row that holds decides; what a row does not name may be anything."
    yield "A failure of ours and one of theirs are told by the [kind of failure](errors.md).\n"
    yield "| when | fault | confidence | because |\n| --- | --- | --- | --- |"
    yield from map(_fault_row, book.fault)
    cells = 1
    for values in DIMENSIONS.values():
        cells *= len(values)
    yield f"\nEach of the {cells:,} combinations meets exactly one row, and each row is met by some; a test holds it."


def _fault_row(row: FaultRow) -> str:
    said = (
        f"{_DIMENSION[name]}: {' or '.join(value.replace('_', ' ') for value in values if value in row.when[name])}"
        for name, values in DIMENSIONS.items()
        if name in row.when
    )
    return f"| {'; '.join(said) or 'anything else'} | **{row.fault}** | {row.confidence} | {row.because} |"


def errors_page(book: Book) -> str:
    """Return every kind of failure: whose fault, what to check, what to do, whether to retry, links."""
    return "\n".join(_errors(book)) + "\n"


def _errors(book: Book) -> Iterator[str]:
    leaves = book.rules.taxonomy.leaves.values()
    yield f"# Kinds of failure\n\n{len(leaves)} kinds in {len({leaf.family for leaf in leaves})} families."
    yield (
        "A failure is unwrapped first (JSON in JSON, Python reprs, event streams, gateways' envelopes, HTML, cut-off"
        " bodies). Then decide, in this order: the transport's error, `error_code`, `error.type` refined by the"
        " message where it is generic, the HTTP status, the exception's class."
        f" {len(book.rules.matches)} rows, first match wins."
    )
    for leaf in leaves:
        yield from _leaf(leaf, book.rules.taxonomy.mitigations)


def _leaf(leaf: Leaf, cures: Mapping[str, Mitigation]) -> Iterator[str]:
    yield f"\n## {leaf.title} (`{leaf.id}`)\n\n{leaf.because}\n"
    yield f"- Usually **{leaf.fault}**; counts as {_CLASS[leaf.severity_class]}; {_SOURCE[leaf.source]}"
    yield f"- Retry: {_RETRY[leaf.retry]}"
    yield from (f"- Check: {check}" for check in leaf.check)
    yield from (
        f"- Do: [{cures[name].title}](mitigations.md#{_anchor(cures[name].title)})" for name in leaf.mitigations
    )
    yield from (f"- <{link}>" for link in leaf.links)


def mitigations_page(book: Book) -> str:
    """Return everything that a responder can do, with samples and what is corrected of the runbook."""
    return "\n".join(_mitigations(book)) + "\n"


def _mitigations(book: Book) -> Iterator[str]:
    cures = book.rules.taxonomy.mitigations.values()
    yield f"# Mitigations\n\n{len(cures)} of them. *Corrected* says where the runbook is wrong or out of date."
    for cure in cures:
        yield f"\n## {cure.title}\n"
        if cure.look:
            yield f"*Look at the {cure.look} first: this cannot be undone, or costs money.*\n"
        yield from (f"{number}. {step}" for number, step in enumerate(cure.steps, 1))
        yield f"\nSource: {_SOURCE[cure.source]}."
        if cure.corrects:
            yield f"*Corrected:* {cure.corrects}"
        if cure.snippet:
            language = "python" if "import " in cure.snippet.split("\n", 2)[1] else "sh"
            yield f"\n```{language}\n{cure.snippet.strip()}\n```"


def tree_page(book: Book) -> str:
    """Return the decision tree as a drawing and as questions with their answers."""
    return "\n".join(_tree(book)) + "\n"


def _tree(book: Book) -> Iterator[str]:
    yield "# Decision tree\n\n```mermaid\nflowchart TD"
    for step in book.tree.steps.values():
        yield from _drawn(step, book.tree)
    yield "```\n\nEvery path ends; the same answers end each advice."
    for step in book.tree.steps.values():
        if step.kind == "question":
            yield f"\n## {step.question}\n\n{step.detail}\n"
            yield from (f"- *{option.label}*: {book.tree.steps[option.next].question}" for option in step.option)


def _drawn(step: Step, tree: Tree) -> Iterator[str]:
    shape = {"question": ("{", "}"), "advice": ("[", "]"), "end": ("([", "])")}[step.kind]
    yield f'  {step.id}{shape[0]}"{step.question}"{shape[1]}'
    if step.kind == "question":
        yield from (f'  {step.id} -->|"{option.label}"| {tree.steps[option.next].id}' for option in step.option)


def _anchor(title: str) -> str:
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


PAGES: Final[Mapping[str, Callable[[Book], str]]] = {
    "severity": severity_page,
    "fault": fault_page,
    "errors": errors_page,
    "mitigations": mitigations_page,
    "tree": tree_page,
}
