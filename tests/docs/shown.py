"""The commands that the documents show: taken from their blocks and from inline code, in the order of the page."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if page.name != "CHANGELOG.md"  # what was shown in its time
)
PROGRAMS: Final = ("anth-triage", "make", "docker compose", "pip", "pipx", "uv", "curl", "git", "pytest")
"""What makes a command of inline code; in a block each line is one."""

_BLOCK: Final = re.compile(
    r"^(?P<indent>[ >]*)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
_INLINE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_COMMAND: Final = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:\S+/)?(?:{'|'.join(PROGRAMS)}|python3? -m) \S")
_OPTIONAL: Final = re.compile(r" \[([^\]]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One command: the line of its page on which it begins, and whether it stands in a block."""

    line: int
    text: str
    in_block: bool


def shown_in(page: str) -> list[Shown]:
    """Return the commands of a page (its path from the root)."""
    text = (ROOT / page).read_text("utf-8")
    found = [*_of_blocks(text), *_inline(_BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text))]
    return sorted(found, key=lambda one: one.line)


def _of_blocks(text: str) -> Iterator[Shown]:
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        lines = list(enumerate(textwrap.dedent(block["text"]).splitlines(), first))
        if block["kind"] in {"sh", "bash"}:
            yield from _whole(lines)
        elif block["kind"] in {"console", "text"}:
            yield from _whole([(at, line.removeprefix("$ ")) for at, line in lines if line.startswith("$ ")])


def _whole(lines: list[tuple[int, str]]) -> Iterator[Shown]:
    """Put together what goes on over several lines."""
    begun: list[tuple[int, str]] = []
    for at, line in lines:
        begun.append((at, line))
        text = "\n".join(part for _, part in begun)
        if not _goes_on(text):
            if shlex.split(text, comments=True):
                yield Shown(line=begun[0][0], text=text, in_block=True)
            begun = []
    assert not begun, f"a command without an end: {begun}"


def _goes_on(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:  # a quote is still open
        return True
    return text.rstrip().endswith(("\\", "|"))


def _inline(text: str) -> Iterator[Shown]:
    for code in _INLINE.finditer(text):
        if _COMMAND.match(code[1]):
            line = text.count("\n", 0, code.start()) + 1
            yield from (Shown(line=line, text=one, in_block=False) for one in _variants(code[1]))


def _variants(text: str) -> Iterator[str]:
    """Yield the command with and without each part in brackets."""
    part = _OPTIONAL.search(text)
    if part is None:
        yield text
        return
    before, after = text[: part.start()], text[part.end() :]
    yield from _variants(before + after)
    yield from _variants(f"{before} {part[1]}{after}")
