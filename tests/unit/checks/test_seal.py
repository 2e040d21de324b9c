"""The last step before evidence leaves: no secret, no unwanted character in any text of it."""

from bot.checks.seal import sealed
from bot.rules.evidence import CheckStatus, Evidence, Observation, PageIncident, StatusPage
from bot.rules.redact import Redactor
from tests.check_values import KEY


def everywhere(text: str) -> Evidence:
    """Return evidence that holds a text in every place that can hold one."""
    incident = PageIncident(id=text, name=text, status=text, impact=text, started_at=None, names_api=True, latest=text)
    return Evidence(
        check="messages",
        status=CheckStatus.FAILED,
        summary=text,
        latency_ms=7,
        request_ids=(text,),
        observations=(Observation(http_status=500, headers={"via": text}, message=text, body=text),),
        page=StatusPage(readable=True, description=text, incidents=(incident,)),
        facts={"workspace": text},
    )


def test_no_secret_is_left_anywhere() -> None:
    """The key is gone from the deepest text, and everything else stays."""
    found = sealed(everywhere(f"see {KEY} there"), Redactor([KEY]))
    assert KEY[13:-4] not in repr(found)
    assert found.summary.startswith("see ")
    assert (CheckStatus.FAILED, 7, 500, True) == (
        found.status,
        found.latency_ms,
        found.observations[0].http_status,
        found.page is not None and found.page.incidents[0].names_api,
    )


def test_a_key_behind_a_control_character_is_found() -> None:
    """Characters are cleaned before secrets are looked for."""
    found = sealed(everywhere(f"\x1b[31m{KEY}\x00"), Redactor([KEY]))
    assert KEY[13:-4] not in repr(found)


def test_unwanted_characters_become_visible() -> None:
    """Escapes, direction marks and halves of surrogate pairs are replaced; line ends stay."""
    found = sealed(everywhere("a\x1b\u202e\ud800\nb"), str)
    assert "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\nb" == found.summary
    assert found.summary.encode()
