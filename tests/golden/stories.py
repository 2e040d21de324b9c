"""The incidents whose exports are kept as golden files, by name, and what is rendered of each."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from bot.postmortem.context import build
from bot.postmortem.record_json import story_json
from bot.postmortem.render import render_markdown
from tests.golden import hostile, long, ours, outages, people, scripts
from tests.golden.telling import Told

STORIES: Final[Mapping[str, Callable[[], Told]]] = {
    story.__name__: story
    for story in (
        outages.one_minute_blip,
        outages.three_days,
        ours.key_compromise,
        people.nothing_measured,
        outages.reopened_twice,
        scripts.many_scripts,
        hostile.hostile_markup,
        outages.clock_change,
        outages.one_model_of_three,
        people.private,
        people.never_resolved,
        ours.severity_overridden_twice,
        ours.balance_used_up,
        people.mended_words,
        outages.page_first,
        outages.page_unreadable,
        people.rewritten_postmortem,
    )
}
LONG: Final = long.ten_thousand_events
"""Too long for a file: of this one only the structure is tested."""
ALL: Final[Mapping[str, Callable[[], Told]]] = {**STORIES, LONG.__name__: LONG}
_NO_JSON: Final = frozenset({"three_days"})
"""800 measurements are long enough in Markdown."""


def markdown_of(told: Told) -> str:
    """Return the incident's export as Markdown."""
    return render_markdown(build(told.incident, told.story))


def json_of(told: Told) -> str:
    """Return the incident's export as JSON, as the command line prints it."""
    return json.dumps(story_json(told.incident, told.story), ensure_ascii=False, indent=2) + "\n"


def exports() -> dict[str, bytes]:
    """Return every golden file by name."""
    files: dict[str, bytes] = {}
    for name, story in STORIES.items():
        told = story()
        files[f"{name}.md"] = markdown_of(told).encode()
        if name not in _NO_JSON:
            files[f"{name}.json"] = json_of(told).encode()
    return files
