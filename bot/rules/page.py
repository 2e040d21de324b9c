"""What the provider's status page may count for: it can raise a suspicion, never give the all-clear."""

import re
from collections.abc import Collection
from typing import Final, Literal

from bot.rules.evidence import PageIncident, StatusPage

PageState = Literal["ok", "incident_api", "auth_or_billing_incident", "unreadable", "not_asked"]

KEY_WORDS: Final = re.compile(
    r"\b(?:auth\b|authenticat|authoriz|permission|(?:x-)?api[- ]keys?\b|invalid keys?\b|credential|40[13]s?\b"
    r"|log(?:ging)?[- ]?ins?\b|sign(?:ing)?[- ]?ins?\b|oauth|(?:access|bearer|refresh) tokens?\b"
    r"|organi[sz]ations? (?:access|incorrectly|wrongly|disabled))",
    re.IGNORECASE,
)
"""Words of an open incident that explains refused keys (anthropic-api.md, trap 9)."""

MONEY_WORDS: Final = re.compile(
    r"\b(?:credits?\b|billing|payment|purchas|balance|spend|usage limit|402s?\b|invoic|auto[- ]?reload|funds?\b"
    r"|top[- ]?ups?\b|quotas?\b|charges?\b|cards?\b)",
    re.IGNORECASE,
)
"""Words of an open incident that explains a missing balance: credits arrived late twice in 2026."""

KEY_FAMILIES: Final = frozenset({"auth", "permission"})
MONEY_FAMILIES: Final = frozenset({"billing", "quota_or_plan"})

_CONSUMER: Final = re.compile(
    r"\b(?:google play|app ?store|play store|subscriptions?|subscribers?|claude\.ai|claude code|pro|max|team plans?"
    r"|mobile|desktop|ios|android)\b",
    re.IGNORECASE,
)
"""Words of the provider's products for people, whose sign-in, payments and limits are not those of the API."""

_NOT_API: Final = re.compile(
    r"\bAPI\b[^.]{0,40}\b(?:not (?:been )?(?:affected|impacted)|un(?:affected|impacted)|normal)"
    r"|\bnot (?:affect|impact)[^.]{0,40}\bAPI\b",
    re.IGNORECASE,
)

_NAMES_API: Final = re.compile(r"\bAPI\b|(?i:\bapi\.anthropic\.com|\bx-api-key)")
_OVER: Final = frozenset({"resolved", "postmortem", "completed"})


def open_incidents(page: StatusPage | None) -> tuple[PageIncident, ...]:
    """Return the incidents of a readable page that are not over."""
    if page is None or not page.readable:
        return ()
    return tuple(incident for incident in page.incidents if incident.status not in _OVER)


def api_trouble(page: StatusPage | None) -> str | None:
    """Return what the page says against the API or our models in a few words, None if it says nothing bad."""
    for incident in open_incidents(page):
        if incident.names_api and incident.impact != "none":
            return f'"{incident.name}" ({incident.status})'
    if page is None or not page.readable or page.api_component in {None, "operational"}:
        return None
    return f"Claude API: {str(page.api_component).replace('_', ' ')}"


def access_incident(page: StatusPage | None, families: Collection[str]) -> PageIncident | None:
    """Return an open incident that explains failures of these branch families, whatever its impact.

    Refused keys need an incident of the API, since claude.ai has sign-in trouble of its own. Late credits were
    announced tied to no component under an all-green page, so for money no component is asked for, but the payments
    and limits of the products for people are left out.
    """
    for incident in open_incidents(page):
        said = f"{incident.name} {incident.latest}"
        of_api = incident.names_api or (_NAMES_API.search(said) and not _NOT_API.search(said))
        if of_api and KEY_FAMILIES.intersection(families) and KEY_WORDS.search(said):
            return incident
        for_people = _CONSUMER.search(said) and not of_api
        if MONEY_FAMILIES.intersection(families) and MONEY_WORDS.search(said) and not for_people:
            return incident
    return None


def page_state(page: StatusPage | None, families: Collection[str]) -> PageState:
    """Return what the page counts for, given the branch families of what failed.

    A page without a word about the API component is unreadable: unknown, never green.
    """
    if page is None:
        return "not_asked"
    if access_incident(page, families):
        return "auth_or_billing_incident"
    if api_trouble(page):
        return "incident_api"
    return "ok" if page.readable and page.api_component else "unreadable"
