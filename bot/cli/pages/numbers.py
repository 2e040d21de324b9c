"""The numbers over incidents as a page for a terminal, in columns."""

from collections.abc import Iterator

from bot.postmortem.numbers import Average, Counted, FollowUp, Numbers
from bot.postmortem.period import Period
from bot.postmortem.words import span

_BAR = 30  # signs of the longest one
_NAME = 24  # of a person's name
_UNKNOWN = "not known"


def numbers_page(numbers: Numbers) -> str:
    """Return the page; each mean says over how many incidents, and what nobody knows says so."""
    return "\n".join(_page(numbers)) + "\n"


def _page(numbers: Numbers) -> Iterator[str]:
    yield f"Incidents opened {when(numbers.period)}: {numbers.count}"
    if not numbers.count:
        return
    yield f"{numbers.open} open, {numbers.private} private, {numbers.reopened} reopened"
    yield from _bars("By severity", numbers.severities)
    yield from _bars("By fault", numbers.faults)
    yield from _bars("By kind of failure", numbers.branches)
    yield f"\n{'How quick we were':<28}{'n':>5}{'mean':>14}{'median':>14}"
    yield _times("to detect", numbers.detect)
    yield _times("to acknowledge (MTTA)", numbers.acknowledge)
    yield _times("to mitigate", numbers.mitigate)
    yield _times("to resolve (MTTR)", numbers.resolve)
    yield from _provider(numbers)
    yield f"\nFollow-ups left to do: {len(numbers.todo)}"
    yield from _todo(numbers)


def when(period: Period) -> str:
    """Return the period in words."""
    since = "from the first on, " if period.since is None else f"{period.since:%Y-%m-%d %H:%M} "
    return f"{since}to {period.until:%Y-%m-%d %H:%M} UTC"


def _bars(title: str, counted: Counted) -> Iterator[str]:
    yield f"\n{title}"
    wide, most = max(len(name) for name, _ in counted), max(count for _, count in counted)
    for name, count in counted:
        yield f"  {name:<{wide}}{count:>5}  {'#' * max(1, round(count / most * min(most, _BAR)))}"


def _times(what: str, average: Average) -> str:
    mean, middle = (_UNKNOWN if one is None else span(one) for one in (average.mean_s, average.median_s))
    return f"  {what:<26}{average.n:>5}{mean:>14}{middle:>14}"


def _provider(numbers: Numbers) -> Iterator[str]:
    page = numbers.page
    yield "\nThe provider"
    yield f"  {'seen failing by its fault':<32}{span(page.failing_s)}"
    yield f"  {'an incident on its page':<32}{span(page.posted_s)}, as far as it was read"
    ahead = "" if page.ahead_s is None else f", by {span(page.ahead_s)} (median)"
    yield f"  {'seen before it stood there':<32}{page.first} of {page.compared}{ahead}"
    yield f"  {'its fault, never on its page':<32}{page.unposted}"


def _todo(numbers: Numbers) -> Iterator[str]:
    if numbers.todo:
        name = max(len(_task(one)) for one in numbers.todo)
        owner = max(len(_owner(one)) for one in numbers.todo)
        for one in numbers.todo:
            late = "OVERDUE" if one.overdue else ""
            private = "(private) " if one.private else ""
            due = one.due or "no day"
            yield f"  {_task(one):<{name}}  {due!s:<10}  {late:<7}  {_owner(one):<{owner}}  {private}{_line(one.text)}"


def _task(one: FollowUp) -> str:
    return f"{one.incident} task {one.number}"


def _owner(one: FollowUp) -> str:
    return _line(one.owner)[:_NAME] or "nobody"


def _line(text: str) -> str:
    """Return words of people on one line, without signs that a terminal obeys."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
