"""What people really wrote: Slack's escapes and tags taken back, and the text of a message wherever it stands."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# `<@U1|lena>`, `<#C1|ops>`, `<!subteam^S1|@oncall>`, `<https://a.example|a.example>`: only what Slack itself makes, so
# that a pasted `<html>` stays.
_TAG = re.compile(
    r"<(?:(?P<sign>[@#!])(?P<name>\w+)(?:\^[^<>|]*)?|(?P<link>(?:https?|mailto|tel):[^<>|\s]+))(?:\|(?P<label>[^<>]*))?>"
)
_INNER = ("pretext", "author_name", "title", "text", "fields", "blocks", "footer")
_INLINE = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote"})
_PARTS = ("text", "title", "value", "fields", "elements", "rows", "blocks", "alt_text")


def as_written(text: str) -> str:
    """Return the text of a command or a message as the person typed it; links as their words, `&lt;` as `<`."""
    plain = _TAG.sub(_untagged, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message_text(message: Mapping[str, Any]) -> str:
    """Return what a message says: its text, or its blocks' text when that is empty, and that of its attachments."""
    said = _joined(message.get("text")) or _joined(message.get("blocks"))
    attached = [_attachment(item) for item in message.get("attachments") or []]
    return as_written("\n".join(part for part in (said, *attached) if part))


def file_names(message: Mapping[str, Any]) -> str:
    """Return the names of a message's files, for one that says nothing else; empty without any."""
    names = (str(file.get("title") or file.get("name") or "without a name") for file in message.get("files") or [])
    return "\n".join(f"(file: {name})" for name in names)


def _untagged(tag: re.Match[str]) -> str:
    label = tag["label"] or ""
    if tag["link"]:
        return label or tag["link"].removeprefix("mailto:").removeprefix("tel:")
    sign = "#" if tag["sign"] == "#" else "@"
    if tag["name"] == "date":
        return label
    return f"{sign}{label.removeprefix(sign) or tag['name']}"


def _attachment(item: Mapping[str, Any]) -> str:
    """Return an attachment's text; its fallback only when it has no other."""
    return "\n".join(filter(None, (_joined(item.get(name)) for name in _INNER))) or _joined(item.get("fallback"))


def _joined(part: object) -> str:
    return "\n".join(_texts(part)).strip()


def _texts(part: object) -> Iterator[str]:
    """Yield the texts of a block, of a part of one, or of a list of them; what stands in one line stays in one."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, Mapping):
        inner = [text for name in _PARTS for text in _texts(part.get(name))] or [str(part.get("url") or "")]
        yield from ["".join(inner)] if part.get("type") in _INLINE else filter(None, inner)
