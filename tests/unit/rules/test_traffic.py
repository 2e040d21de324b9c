"""Production's own evidence: every line counts, a bad one is named, old ones are left out."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.evidence import CheckStatus
from bot.rules.traffic import read_traffic
from tests.unit.rules.cases import messages, probes
from tests.unit.rules.shipped import judged

NOW = datetime(2026, 11, 24, 3, 1, tzinfo=UTC)
RULES = load_book(read_rules()).rules


def _lines(*found: dict[str, object]) -> str:
    return "\n".join(map(json.dumps, found))


def test_each_request_becomes_a_sample() -> None:
    """Status and error type decide the branch, as they do for our probes."""
    text = _lines(
        {"at": "2026-11-24T03:00:00Z", "status": 200, "latency_s": 0.5, "model": "m"},
        {"at": "2026-11-24T03:00:01Z", "status": 529, "error_type": "overloaded_error", "request_id": "req_1"},
        {"at": "2026-11-24T03:00:02Z", "status": 429, "error_type": "rate_limit_error"},
    )
    found = read_traffic(text, RULES, NOW)
    assert [None, "overloaded", "rate_limit"] == [sample.branch for sample in found.samples]
    assert (CheckStatus.FAILED, ("req_1",)) == (found.status, found.request_ids)
    assert {"traffic"} == {sample.source for sample in found.samples}


def test_a_request_without_an_answer_failed() -> None:
    """No status means that nothing came back."""
    (sample,) = read_traffic(_lines({"status": None, "exception": "ConnectTimeout"}), RULES, NOW).samples
    assert "network.connect_timeout" == sample.branch


def test_a_redirect_is_no_answer_of_the_api() -> None:
    """The API never redirects, so a 302 is a wrong address or a login page in between."""
    (sample,) = read_traffic(_lines({"status": 302}), RULES, NOW).samples
    assert "network.base_url" == sample.branch


@pytest.mark.parametrize(("minutes", "stale"), [(4, False), (6, True), (14, True), (3_000, True)])
def test_requests_of_an_earlier_time_are_called_so(minutes: int, stale: bool) -> None:  # noqa: FBT001 - a cell of the table
    """Yesterday's outage is told as yesterday's, with its date, and what follows from it is provisional."""
    newest = NOW - timedelta(minutes=minutes)
    found = read_traffic(_lines({"at": newest.isoformat(), "status": 529}), RULES, NOW)
    assert stale == ("stale" in found.facts)
    assert stale == (f"{newest:%Y-%m-%d %H:%M} UTC" in found.summary)


def test_the_first_day_of_the_calendar_is_a_date_too() -> None:
    """A clock that was never set gives a date, however early, and not a failure of ours."""
    found = read_traffic(_lines({"at": "0001-01-01T00:00:00Z", "status": 500}), RULES, NOW)
    assert "stale" in found.facts


def test_only_the_last_five_minutes_count() -> None:
    """An outage that is over does not colour the present."""
    text = _lines({"at": "2026-11-24T02:00:00Z", "status": 500}, {"at": "2026-11-24T03:00:00+00:00", "status": 200})
    found = read_traffic(text, RULES, NOW)
    assert (1, CheckStatus.OK) == (len(found.samples), found.status)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nonsense", "line 2"),
        ("[1]", "no JSON object"),
        ('{"foo": 1}', "it tells nothing: give `status`"),
        ('{"status": "x"}', "no HTTP status"),
        ('{"status": true}', "no HTTP status"),
        ('{"status": 999}', "no HTTP status"),
        ('{"status": 200, "at": "2026-11-24T03:09:00Z"}', "in the future"),
        ('{"status": 200, "at": "2026-11-24T03:00:00Z"}', "give it on every line or on none"),
        ('{"at": "0001-01-01T00:00:00+23:59"}', "line 2"),
        ('{"at": "soon"}', "line 2"),
    ],
)
def test_a_bad_line_is_named(line: str, problem: str) -> None:
    """Nobody searches a file for the line that could not be read."""
    with pytest.raises(BadInput, match=problem):
        read_traffic('{"status": 200}\n' + line, RULES, NOW)


def test_nothing_is_no_evidence() -> None:
    """An empty file is a mistake, not an all-clear."""
    with pytest.raises(BadInput, match="is empty"):
        read_traffic("\n\n", RULES, NOW)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    """Whatever is piped in ends in evidence or in a clear error."""
    try:
        assert read_traffic(text, RULES, NOW).samples
    except BadInput as refused:
        assert refused.hint  # noqa: PT017 - either way is right, and an error must help


@pytest.mark.parametrize(
    ("line", "branch"),
    [
        ({"status": 200, "exception": "httpx.RemoteProtocolError: peer closed connection"}, "streaming_error.dropped"),
        ({"status": 200, "message": "Overloaded", "error_type": "overloaded_error"}, "overloaded"),
        ({"status": 200, "body": '{"type":"message","role":"assistant","content":[],"stop_reason":"refusal"}'},
         "quality.refusal"),
        ({"status": 200, "body": '{"type":"message","role":"assistant","content":[1],"stop_reason":"end_turn"}'}, None),
        ({"status": 200, "latency_s": 14.0, "message": "fine"}, None),
        ({"exception": "httpx.ReadTimeout", "latency_s": 60.0}, "timeout"),
    ],
)  # fmt: skip
def test_what_a_line_says_is_read_whatever_its_status(line: dict[str, object], branch: str | None) -> None:
    """A stream that broke after its 200 is a failure; a late answer is late, not failed."""
    (sample,) = read_traffic(_lines(line), RULES, NOW).samples
    assert branch == sample.branch


def test_of_too_many_lines_the_newest_count() -> None:
    """What happened last stands at the end of a log."""
    text = "\n" * 200_001 + '{"status": 529}\n' * 9
    assert 9 == sum(sample.branch == "overloaded" for sample in read_traffic(text, RULES, NOW).samples)


GONE = {"status": 404, "error_type": "not_found_error", "model": "claude-3-haiku-20240307"}
ANSWER = {"status": 200, "model": "claude-haiku-5-5"}


@pytest.mark.parametrize(
    ("lines", "branch"),
    [
        ([GONE, ANSWER], "model_not_found.gone"),
        ([{**GONE, "message": "The requested resource could not be found."}, ANSWER], "model_not_found.gone"),
        ([{"status": 404, "model": "m"}, ANSWER], "model_not_found.gone"),
        ([GONE, GONE], "invalid_request.path"),
        ([GONE, {**ANSWER, "model": GONE["model"]}, ANSWER], "invalid_request.path"),
        ([{**GONE, "model": None}, ANSWER], "invalid_request.path"),
        ([{**GONE, "message": "file file_123 not found"}, ANSWER], "invalid_request.path"),
        ([{**GONE, "status": 500, "error_type": "api_error"}, ANSWER], "server_error"),
    ],
)
def test_a_model_that_alone_is_not_found_is_gone(lines: list[dict[str, object]], branch: str) -> None:
    """A 404 of one model while others answer on the same path is about the model; else it is about the path."""
    assert branch == read_traffic(_lines(*lines), RULES, NOW).samples[0].branch


def test_a_model_that_is_gone_is_one_model_down() -> None:
    """Half of production's requests meet a retired model: P2 by the row of one model, with the advice to replace it."""
    found = judged(read_traffic(_lines(*[GONE] * 20, *[ANSWER] * 20), RULES, NOW), messages(*probes((5, None))))
    assert ("P2", "5-part-down", "model_not_found.gone") == (str(found.severity), found.rule, found.branch)
    assert any("Use a model that is served now" in step for step in found.next_steps)
