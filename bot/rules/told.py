"""What people and the status page say around a failure; the page counts for the same as in a triage."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.rules.evidence import PageIncident, StatusPage
from bot.rules.page import PageState, page_state
from bot.rules.prose import page_words

_KEPT: Final = 4_000  # characters of each
_WELL: Final = frozenset({"operational", "under_maintenance"})
_CALM: Final = frozenset({"", "none", "maintenance"})
_ELSEWHERE: Final = re.compile(
    r"\b(?:claude\.ai|console|claude code|cowork|government|mobile|desktop|web app|ios|android|google play|app ?store"
    r"|play store|subscriptions?)\b",
    re.IGNORECASE,
)
_OF_THE_API: Final = re.compile(
    r"\bAPIs?\b|api\.anthropic\.com|\b(?:models?|opus|sonnet|haiku|fable|mythos)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What people and the status page say around the observations; None = not told.

    `rate` is the share of failed requests (0-1); `times` counts how often the failures were seen. `page` are the
    page's own words, `indicator` its colour, `api_down` whether it shows the Claude API itself as troubled.
    """

    scope: str = "unknown"
    rate: float | None = None
    times: int = 0
    words: str = ""
    page: str = ""
    indicator: str = ""
    api_down: bool | None = None

    def page_state(self, family: str) -> PageState:
        """Return what the page counts for, given the branch family of what failed; doubt counts as an incident."""
        seen = self._seen_page()
        return "not_asked" if seen is None else page_state(seen, {family})

    def _seen_page(self) -> StatusPage | None:
        said = "\n".join(filter(None, [self._trouble_on_page(), *map(page_words, self.words.splitlines())]))
        red = self.indicator not in _CALM and self.api_down is not False
        if not (said or red or self.page or self.api_down is not None):
            return None
        # Words that name nothing ("Partially Degraded Service") may mean the API, unless it is shown as well.
        elsewhere = _ELSEWHERE.search(f"{said}\n{self.page}") is not None or self.api_down is False
        names_api = _OF_THE_API.search(said) is not None or not elsewhere
        incident = PageIncident(
            id="told", name=said, status="investigating", impact="unknown", started_at=None, names_api=names_api
        )
        return StatusPage(
            readable=True,
            indicator=self.indicator or None,
            api_component="partial_outage" if self.api_down else "operational",
            incidents=(incident,) if said or red else (),
        )

    def _trouble_on_page(self) -> str:
        return page_words(f"status page: {self.page}").removeprefix("status page: ") if self.page else ""


def told_around(context: object, page: object, times: int) -> Told:
    """Return what a case's `context` and `statuspage` tell; what is missing or of a wrong type is not told."""
    around = context if isinstance(context, Mapping) else {}
    shown = page if isinstance(page, Mapping) else {}
    rate = around.get("error_rate")
    components = shown.get("components")
    return Told(
        scope=str(around.get("scope") or "unknown"),
        rate=rate if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1 else None,
        times=times,
        words=str(around.get("told") or "")[:_KEPT],
        page=str(shown.get("description") or "")[:_KEPT],
        indicator=str(shown.get("indicator") or "").lower(),
        api_down=_api_down(components if isinstance(components, Mapping) else {}),
    )


def _api_down(components: Mapping[object, object]) -> bool | None:
    """Tell whether the status page shows the Claude API itself as troubled; None when it does not say."""
    states = [
        state
        for name, state in components.items()
        if str(name).startswith("Claude API") or "api.anthropic.com" in str(name)
    ]
    return any(str(state) not in _WELL for state in states) if states else None
