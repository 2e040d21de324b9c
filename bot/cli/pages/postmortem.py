"""What a postmortem template may use, as Markdown: every variable with what it holds, and every filter."""

from collections.abc import Iterator

from bot.cli.pages.shapes import parts, says, table
from bot.postmortem.filters import FILTERS
from bot.postmortem.shape import PostmortemContext

_HEAD = """# What a postmortem template may use

Made from `bot/postmortem`; a test compares. [How to write one](../how-to/own-template.md). A template sees plain
data: text, numbers, true and false, lists, and dictionaries with the parts below. Moments are ISO 8601 in UTC.
"""


def postmortem_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Variables\n"
    yield f"{says(PostmortemContext)}\n"
    yield from table(PostmortemContext)
    for part in parts(PostmortemContext):
        yield f"\n## {part.__name__}\n\n{says(part)}\n"
        yield from table(part)
    yield "\n## Filters\n\n| filter | what it gives |\n| --- | --- |"
    for name, function in FILTERS.items():
        gives = says(function).removeprefix("Return ")
        yield f"| `{name}` | {gives[:1].upper()}{gives[1:]} |"
