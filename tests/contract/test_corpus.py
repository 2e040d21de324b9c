"""The corpus: real and made-up failures are explained as labelled, and the score is printed."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.explain import Explanation, explain

HERE = Path(__file__).resolve().parent
CORPUS = os.environ.get("ANTH_TRIAGE_TEST_CORPUS") or HERE.parents[1].parent / "shared" / "corpus"
SHARED = Path(CORPUS) / "cases.dev.jsonl"
RULES = load_book(read_rules()).rules

BACKOFF = {"backoff_check_status", "backoff_fallback", "retry_stream"}
EITHER = {"ramp_slowly", "cut_concurrency", "wait_retry_after"}  # no case of ours states a time to wait
NEVER = {
    "change_model", "shrink_input", "grant_access", "fix_key", "add_credits", "fix_request", "fix_egress",
    "change_plan", "refresh_oauth", "fix_tls_proxy", "fix_base_url", "fix_auth_header", "contact_support",
    "raise_spend_limit", "lower_max_tokens",
}  # fmt: skip


@dataclass
class Score:
    """How many of how many answers were right; what was wrong is kept to be shown."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, question: str, case: str, *, right: bool, note: str) -> None:
        """Count one answer."""
        self.asked[question] += 1
        self.right[question] += right
        if not right:
            self.wrong.append(f"{case} {question}: {note}")

    def share(self, question: str) -> float:
        """Return the share of right answers, 0-1."""
        return self.right[question] / max(1, self.asked[question])

    def __str__(self) -> str:
        lines = [f"{question}: {self.right[question]}/{total}" for question, total in self.asked.items()]
        return "\n".join(lines + self.wrong)


def cases(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the cases of a file of JSON Lines."""
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def fed(case: dict[str, Any]) -> dict[str, Any]:
    """Return what the command line would be given: never the label."""
    renamed = {"body_excerpt": "body"}
    seen = [{renamed.get(name, name): value for name, value in one.items()} for one in case["what"]]
    return {"id": case["id"], "observations": seen, "context": case["context"], "statuspage": case["statuspage"]}


def wanted_retry(action: str) -> set[str]:
    """Return the retry words that fit an action; empty when it is not scored."""
    if action in BACKOFF:
        return {"backoff"}
    if action in EITHER:
        return {"after", "backoff"}
    return {"no"} if action in NEVER else set()


def judge(case: dict[str, Any], got: Explanation, score: Score) -> None:
    """Compare one explanation with the case's label, as the corpus' own description says."""
    label, family = case["label"], got.branch.partition(".")[0]
    note = f"{got.branch}, wanted {label['branch']}"
    score.ask("branch strict", case["id"], right=family == label["branch"], note=note)
    score.ask("branch lenient", case["id"], right=family in label["acceptable_branches"], note=note)
    if label["severity_scored"]:
        right = got.severity in label["acceptable_severities"]
        score.ask("severity", case["id"], right=right, note=f"{got.severity}, wanted {label['acceptable_severities']}")
    else:
        score.ask("no firm severity", case["id"], right=got.severity is None or got.provisional, note=str(got.severity))
    if retry := wanted_retry(label["recommended_action"]["code"]):
        score.ask("retry", case["id"], right=got.retry in retry, note=f"{got.retry}, wanted {sorted(retry)}")


def scored(paths: list[Path]) -> Score:
    """Return the score over all cases of some files."""
    score = Score()
    for path in paths:
        for case in cases(path):
            judge(case, explain(fed(case), RULES), score)
    return score


def demand(score: Score) -> None:
    """Fail below the figures that we promise."""
    assert score.share("branch strict") >= 0.97, str(score)
    assert score.share("branch lenient") == 1.0, str(score)
    assert score.share("severity") >= 0.95, str(score)
    assert score.share("no firm severity") == 1.0, str(score)
    assert score.share("retry") == 1.0, str(score)


def test_our_own_cases() -> None:
    """Documented errors in the wrappings in which people meet them are explained as labelled."""
    score = scored(sorted((HERE / "cases").glob("*.jsonl")))
    print(score)  # noqa: T201 - the score is the report of this test
    assert score.asked["branch strict"] >= 80
    demand(score)


@pytest.mark.skipif(
    not SHARED.exists(),
    reason="the shared corpus does not travel with the repository; ANTH_TRIAGE_TEST_CORPUS names its directory",
)
def test_the_shared_cases() -> None:
    """Real failures from public reports are explained as labelled."""
    score = scored([SHARED])
    print(score)  # noqa: T201 - the score is the report of this test
    demand(score)


def test_the_label_is_never_fed() -> None:
    """What is explained holds nothing of the answer."""
    path = next((HERE / "cases").glob("*.jsonl"))
    assert {"id", "observations", "context", "statuspage"} == set(fed(next(cases(path))))
