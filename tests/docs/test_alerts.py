"""The alert rules name metrics that exist, with their labels, and each says what to do."""

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from bot.cli.pages.metrics import metrics_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
ALERTS = re.split(r"^ +- alert: ", (DOCS / "prometheus-rules.yml").read_text("utf-8"), flags=re.MULTILINE)[1:]
SUFFIX = re.compile("_(bucket|sum|count)$")


def _name(alert: str) -> str:
    return alert.splitlines()[0]


def _said(alert: str, field: str) -> str:
    (found,) = re.findall(rf"^ +{field}: (.+)$", alert, re.MULTILINE)
    return str(found)


def _metrics() -> dict[str, tuple[str, set[str]]]:
    """Return each of our metrics with its type and labels, as the page of metrics lists them."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", metrics_page(), re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


@pytest.mark.parametrize("alert", ALERTS, ids=_name)
def test_an_alert_reads_what_there_is(alert: str) -> None:
    """Every metric exists under this name, every label belongs to it, and only a histogram has buckets."""
    asked, known = _said(alert, "expr"), _metrics()
    names = re.findall(r"anth_triage_\w+", asked)
    assert names
    for name in names:
        kind, labels = known[SUFFIX.sub("", name)]
        assert (kind == "histogram") == (SUFFIX.search(name) is not None)
        chosen = re.findall(rf"{name}\{{([^}}]*)\}}", asked)
        used = set(re.findall(r"(\w+)\s*(?:=|!=|=~|!~)\"", " ".join(chosen)))
        used |= {one.strip() for group in re.findall(r"by \(([^)]*)\)", asked) for one in group.split(",")}
        assert used <= labels | ({"le"} if kind == "histogram" else set())
        assert set(re.findall(r"\$labels\.(\w+)", alert)) <= used


@pytest.mark.parametrize("alert", ALERTS, ids=_name)
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert: str) -> None:
    """It has a severity, a sentence for people, and a section of the how-to of its own."""
    assert _said(alert, "severity") in {"critical", "warning"}
    assert _said(alert, "summary").endswith(".")
    page, _, anchor = _said(alert, "runbook").partition("#")
    assert anchor == _name(alert).lower()
    assert f"\n### {_name(alert)}\n" in (DOCS.parent / page).read_text("utf-8")


def test_the_how_to_explains_no_alert_that_there_is_not() -> None:
    """A section without a rule would be an alert that never comes."""
    told = re.findall(r"^### (\w+)$", (DOCS / "how-to" / "watch.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(map(_name, ALERTS))


def test_labels_take_words_of_a_list() -> None:
    """No label could hold what people write: its name is one of a few."""
    words = {"kind", "outcome", "check", "status", "severity", "fault", "access", "reason", "version", "python"}
    assert set().union(*(labels for _, labels in _metrics().values())) == words | {"invariant"}
    assert REGISTRY.get_sample_value("anth_triage_open_sockets") is not None
