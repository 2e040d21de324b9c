"""The numbers over incidents in a few lines, without a word of any incident."""

from collections.abc import Iterator

from bot.postmortem.numbers import Average, Counted, Numbers
from bot.postmortem.period import Period
from bot.postmortem.words import span


def counting_text(period: Period) -> str:
    """Return the answer while it is counted."""
    return f"Counting the incidents opened {_when(period)}: the numbers come in a moment, to you alone."


def report_text(numbers: Numbers) -> str:
    """Return the numbers; where nothing is known they say so."""
    if not numbers.count:
        return f"No incident of which you may know was opened {_when(numbers.period)}."
    return "\n".join(_lines(numbers))


def _lines(numbers: Numbers) -> Iterator[str]:
    count = "1 incident" if numbers.count == 1 else f"{numbers.count} incidents"
    private = f" · {numbers.private} private, counted because you may know of them" if numbers.private else ""
    again = f" · {numbers.reopened} reopened" if numbers.reopened else ""
    yield f"*{count} opened {_when(numbers.period)}* · {numbers.open} still open{again}{private}"
    yield f"• severity: {_counts(numbers.severities)}"
    yield f"• whose fault: {_counts(numbers.faults)}"
    yield f"• kind of failure: {_counts(numbers.branches[:5])}" + (" …" if numbers.branches[5:] else "")
    yield f"• mean time to detect {_mean(numbers.detect)}, to acknowledge {_mean(numbers.acknowledge)},"
    yield f"   to mitigate {_mean(numbers.mitigate)}, to resolve {_mean(numbers.resolve)}"
    yield from _page(numbers)
    late = sum(one.overdue for one in numbers.todo)
    yield f"• follow-ups left to do: {len(numbers.todo)}" + (f", {late} overdue" if late else "")
    yield "All of it, by incident: `anth-triage report` in a terminal."


def _page(numbers: Numbers) -> Iterator[str]:
    page = numbers.page
    yield (
        f"• seen failing by the provider's fault: {span(page.failing_s)};"
        f" an incident on its page meanwhile: {span(page.posted_s)}"
    )
    if page.ahead_s is not None:
        yield f"• seen before it stood on the page: {page.first} of {page.compared}, by {span(page.ahead_s)} (median)"


def _when(period: Period) -> str:
    return "so far" if period.since is None else f"since {period.since:%Y-%m-%d %H:%M} UTC"


def _counts(counted: Counted) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted)


def _mean(average: Average) -> str:
    return "not known" if average.mean_s is None else f"{span(average.mean_s)} (n={average.n})"
