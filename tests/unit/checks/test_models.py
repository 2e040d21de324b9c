"""What the models check makes of the catalogue and of each configured model."""

from bot.checks.models import Models
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import MODEL, NOW, a_target, an_error, an_exchange, gathered


def described(**changes: object) -> dict[str, object]:
    """Return a model as the API describes it."""
    usual = {"id": MODEL, "type": "model", "lifecycle": "active", "retires_at": None, "line": "haiku"}
    return usual | changes


def read(model: dict[str, object] | None, listed: list[object] | None = None) -> Evidence:
    """Return the evidence; None for a model is a 404."""
    one = an_exchange(200, model) if model else an_exchange(404, an_error("not_found_error", f"model: {MODEL}"))
    catalogue = an_exchange(200, {"data": [described()] if listed is None else listed})
    raw = gathered(("catalogue", catalogue, True), (MODEL, one, model is not None))
    return Models().interpret(raw, a_target())


def test_an_active_model_is_ok() -> None:
    """Its lifecycle is a fact."""
    found = read(described())
    assert (CheckStatus.OK, "active") == (found.status, found.facts[f"lifecycle:{MODEL}"])


def test_a_missing_model_is_named() -> None:
    """A 404 means unknown or retired."""
    found = read(None)
    assert CheckStatus.FAILED == found.status
    assert f"{MODEL}: not found, so it is unknown or retired." == found.summary


def test_a_retirement_within_sixty_days_is_a_worry() -> None:
    """Days and date are told, and the date is a fact that rules read."""
    found = read(described(lifecycle="deprecated", retires_at="2026-11-30T12:00:00Z"))
    assert CheckStatus.FAILED == found.status
    assert f"{MODEL}: deprecated, retires in 8 days (2026-11-30)." == found.summary
    assert "2026-11-30T12:00:00+00:00" == found.facts[f"retires_at:{MODEL}"]


def test_a_far_retirement_is_only_a_fact() -> None:
    """More than 60 days leave time."""
    found = read(described(lifecycle="deprecated", retires_at="2027-11-30T12:00:00Z"))
    assert CheckStatus.OK == found.status
    assert f"retires_at:{MODEL}" in found.facts


def test_a_date_on_an_active_model_is_no_worry() -> None:
    """It says before when the model will not retire."""
    assert CheckStatus.OK == read(described(retires_at=NOW.isoformat())).status


def test_an_overdue_retirement_and_a_retired_model_are_worries() -> None:
    """Past its date a deprecated model may go any day."""
    assert (
        "overdue since 2026-11-01" in read(described(lifecycle="deprecated", retires_at="2026-11-01T00:00:00Z")).summary
    )
    assert f"{MODEL}: retired." == read(described(lifecycle="retired")).summary


def test_a_model_that_the_list_hides_is_told() -> None:
    """Some names work without being listed."""
    found = read(described(), listed=[{"id": "claude-other"}])
    assert (CheckStatus.OK, "no") == (found.status, found.facts[f"listed:{MODEL}"])
    assert f"Not in the catalogue: {MODEL}." in found.summary


def test_an_alias_is_found_under_its_full_name() -> None:
    """The API answers to an alias with the dated id, which is the one in the list."""
    dated = described(id=f"{MODEL}-20261007")
    assert f"listed:{MODEL}" not in read(dated, listed=[dated]).facts


def test_strange_fields_are_survived() -> None:
    """Numbers for texts, texts for lists and unknown words change nothing."""
    found = read(described(lifecycle="hibernating", retires_at=7, line=[]), listed=["x", {}, {"id": 5}])
    assert (CheckStatus.OK, "hibernating") == (found.status, found.facts[f"lifecycle:{MODEL}"])


def test_an_unreadable_catalogue_hides_nothing() -> None:
    """Without a list nothing can be missing in it, but the check failed."""
    raw = gathered(("catalogue", an_exchange(500), False), (MODEL, an_exchange(200, described()), True))
    found = Models().interpret(raw, a_target())
    assert CheckStatus.FAILED == found.status
    assert f"listed:{MODEL}" not in found.facts


def test_a_model_without_an_answer_is_told() -> None:
    """What is open at the deadline is said so."""
    raw = gathered(("catalogue", an_exchange(200, {"data": []}), True))
    assert f"{MODEL}: no answer." == Models().interpret(raw, a_target()).summary
