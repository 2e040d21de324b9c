"""How a triage looks in a terminal: each check as it finishes, then the verdict."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bot.rules.asking import OVERDUE, Judge
from bot.rules.evidence import CheckStatus, Evidence, Severity, Verdict
from bot.rules.redact import Redactor

_SIGN = {
    CheckStatus.OK: ("ok     ", "green"),
    CheckStatus.FAILED: ("failed ", "red"),
    CheckStatus.SKIPPED: ("skipped", "dim"),
    CheckStatus.TIMEOUT: ("timeout", "yellow"),
}
_OPEN = ("open   ", "yellow")
_COLOUR = {Severity.P1: "red", Severity.P2: "dark_orange", Severity.P3: "yellow", Severity.P4: "blue"}


class Progress:
    """Prints one line for each finished check; on a terminal something turns while others run."""

    def __init__(self, console: Console, redactor: Redactor, judge: Judge) -> None:
        self._console = console
        self._redactor = redactor
        self._judge = judge
        self._seen: dict[str, Evidence] = {}
        self._so_far = ""
        self._status = Status("asking ...", console=console)

    def __enter__(self) -> Self:
        """Begin to turn."""
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop turning."""
        self._status.stop()

    async def show(self, evidence: Evidence) -> None:
        """Print the check's line."""
        word, colour = _OPEN if "open" in evidence.facts else _SIGN[evidence.status]
        took = f" ({evidence.latency_ms / 1000:.1f} s)" if evidence.latency_ms is not None else ""
        name = evidence.check.replace("_", " ")
        summary = self._redactor(evidence.summary)
        self._console.print(Text.assemble((word, colour), " ", (f"{name:<13}", "bold"), summary, (took, "dim")))
        self._seen[evidence.check] = evidence
        if OVERDUE in evidence.facts:
            so_far = headline(self._judge(tuple(self._seen.values()), provisional_deadline=True))
            if so_far != self._so_far:
                self._console.print(Text(f"so far: {so_far}. Waiting for the last answers ...", style="bold"))
            self._so_far = so_far


def headline(verdict: Verdict) -> str:
    """Return severity, whose fault and branch in one line."""
    level = {Severity.NONE: "no incident measured", Severity.UNKNOWN: "severity unknown"}.get(
        verdict.severity, verdict.severity
    )
    provisional = " (provisional)" if verdict.provisional else ""
    parts = [f"{level}{provisional}"]
    if verdict.severity != Severity.NONE:
        parts += [f"fault: {verdict.fault or 'unknown'}", verdict.branch or "unknown"]
    return " · ".join(parts)


def print_verdict(console: Console, verdict: Verdict, duration_ms: int) -> None:
    """Print severity, fault, branch, because, headroom, next steps and what was not tested."""
    colour = _COLOUR.get(verdict.severity, "green" if verdict.severity == Severity.NONE else "default")
    console.print()
    console.print(Text(headline(verdict), style=f"bold {colour}"))
    console.print(Text(verdict.because))
    for bucket in verdict.rate_limits:
        left = f"{bucket.remaining:,} of {bucket.limit:,} left ({bucket.headroom:.0%})"
        console.print(Text(f"  headroom {bucket.bucket}: {left}"))
    for number, step in enumerate(verdict.next_steps, start=1):
        console.print(Text(f"  {number}. {step}"))
    if verdict.request_ids:
        console.print(Text("  request ids: " + " ".join(verdict.request_ids)))
    if verdict.vantage.not_tested and verdict.severity != Severity.NONE:  # there `because` says it
        console.print(Text("  not tested: " + ", ".join(verdict.vantage.not_tested), style="dim"))
    rule = f"rule {verdict.rule}, " if verdict.rule else ""
    console.print(Text(f"  {rule}confidence {verdict.confidence}, {duration_ms / 1000:.1f} s", style="dim"))
