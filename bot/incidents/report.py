"""What a person says of production: what fails, how much of it, since when, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.errors import BadInput
from bot.incidents.events import Actor
from bot.rules.evidence import CheckStatus, Evidence
from bot.rules.observation import parse_text
from bot.rules.severity import HumanReport

Kind = Literal["errors", "quality", "compromise"]

COUNTS_FOR: Final = timedelta(minutes=30)
"""So long a report speaks in verdicts; then people are asked anew, for what production sees may have changed."""

_MOST: Final = 2**31 - 1  # what the database's integer holds
_UNTOLD: Final = 0.001  # errors whose share is not told weigh more than none, and less than any that somebody counted
_SAYS: Final = {"errors": "errors", "quality": "poor answers without errors", "compromise": "a key in the wrong hands"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report: `failed` of `total` requests, if they are known; `branch` is what the pasted `text` shows.

    `at` and `since` are UTC. One made in `private`, where not everybody may look, speaks in that channel alone. Raises
    BadInput for counts that cannot be, and for a beginning that is still to come.
    """

    actor: Actor
    at: datetime
    kind: Kind
    failed: int | None = None
    total: int | None = None
    branch: str | None = None
    since: datetime | None = None
    text: str = ""
    changed: str = ""
    channel_id: str | None = None
    private: bool = False

    def __post_init__(self) -> None:
        failed, total = self.failed, self.total
        if (failed is None) != (total is None):
            raise BadInput("Give both numbers, failed and all, or neither.", field="total")
        if failed is not None and total is not None and not 0 <= failed <= total <= _MOST:
            raise BadInput(
                f"{failed} failed of {total} cannot be.", "All requests are at least as many as failed ones."
            )
        if self.since is not None and self.since > self.at + timedelta(minutes=1):
            raise BadInput(
                "It cannot have begun in the future.", "Give the time at which the first request failed.", field="since"
            )

    def as_human(self) -> HumanReport:
        """Return the report as the severity table reads it."""
        numbers = (self.failed, self.total) if self.kind == "errors" and self.total else (None, None)
        return HumanReport(
            kind=self.kind,
            failed=numbers[0],
            total=numbers[1],
            branch=self.branch,
            since=self.since,
            status=parse_text(self.text).http_status if self.text else None,
        )

    def headline(self) -> str:
        """Return the report without any of the words that the person chose."""
        counted = "" if self.total is None else f": {self.failed} of {self.total} requests failed"
        branch = f" ({self.branch})" if self.branch else ""
        since = f", since {self.since:%H:%M} UTC" if self.since else ""
        return f"{_SAYS[self.kind]}{counted}{branch}{since}"

    def sentence(self) -> str:
        """Return the report as people read it, without its pasted text."""
        return self.headline() + (f". Changed before it: {self.changed}" if self.changed else "")

    def as_evidence(self) -> Evidence:
        """Return the report as a check's answer; it carries no samples, for its numbers count by themselves."""
        summary = f"{self.actor.name} reported at {self.at:%H:%M} UTC {self.sentence()}."
        return Evidence(check="production", status=CheckStatus.FAILED, summary=summary)


def weightiest(reports: Sequence[Report]) -> Report | None:
    """Return the report that counts: the worst of what each person said last.

    One who sees less must not hush what another sees; whoever sees it end says so by a newer report. A key in the
    wrong hands outweighs whatever comes after it, also from the same person.
    """
    newest = {report.actor.id: report for report in sorted(reports, key=lambda report: report.at)}
    stolen = [report for report in reports if report.kind == "compromise"]
    return max([*stolen, *newest.values()], key=_weight, default=None)


def _weight(report: Report) -> tuple[bool, bool, float, datetime]:
    share = report.failed / report.total if report.failed is not None and report.total else _UNTOLD
    return report.kind == "compromise", report.kind == "errors", share, report.at
