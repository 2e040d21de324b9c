"""Words and links that several pages of the rules share."""

from typing import Final

from bot.rules.taxonomy import Leaf, Mitigation

SOURCE: Final = {"runbook": "the runbook's own", "ours": "ours"}


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets where the pages are shown."""
    kept = "".join(char for char in heading.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def leaf_heading(leaf: Leaf) -> str:
    """Return the heading under which a kind of failure stands on its page."""
    return f"{leaf.title} (`{leaf.id}`)"


def link_to_leaf(leaf: Leaf) -> str:
    """Return a link to a kind of failure, from any page."""
    return f"[{leaf.title}](errors.md#{anchor(leaf_heading(leaf))}) (`{leaf.id}`)"


def link_to_cure(cure: Mitigation) -> str:
    """Return a link to a mitigation, from any page, and what must be looked at before it."""
    look = f" (look at the {cure.look} first)" if cure.look else ""
    return f"[{cure.title}](mitigations.md#{anchor(cure.title)}){look}"


def any_of(words: list[str]) -> str:
    """Return alternatives as people say them: a, b or c."""
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def in_percent(share: float) -> str:
    """Return a share of a rule (0-1) in per cent, as exact as it was written."""
    return f"{share * 100:.6g} %"
