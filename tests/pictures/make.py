"""Draws every card and form as a picture: `python -m tests.pictures.make FOLDER`, with Debian's Chromium."""

import shutil
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from bot.playground.page.blocks import message_html, view_html
from bot.slack.cards.blocks import Message
from tests.pictures.cards import MESSAGES, NAMES, VIEWS

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-device-scale-factor=1",
    ),
)


def page(inner: str) -> str:
    """Return a whole page around what is drawn."""
    style = resources.files("bot.playground.page").joinpath("style.css").read_text("utf-8")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>card</title><style>{style}</style>{inner}</html>'
    )


def pages() -> dict[str, str]:
    """Return the page of each card and form, by name."""
    return {name: page(_message(message)) for name, message in MESSAGES.items()} | {
        name: page(view_html(view, NAMES)) for name, view in VIEWS.items()
    }


def _message(message: Message) -> str:
    return message_html("claude-incident", "3:00 AM", message.blocks, message.text, NAMES)


def shoot(chromium: str, name: str, text: str, folder: Path) -> None:
    """Take one picture; the page is as high as it needs to be."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "page.html"
        file.write_text(text, "utf-8")
        height = _height(chromium, file, place)
        target = folder / f"{name}.png"
        _run(chromium, place, f"--window-size=680,{height}", f"--screenshot={target}", file.as_uri())


def _height(chromium: str, file: Path, place: str) -> int:
    """Return how high the page is: a script of its own writes that into it."""
    probe = file.with_name("probe.html")
    script = "<script>document.title = document.documentElement.scrollHeight</script>"
    probe.write_text(file.read_text("utf-8") + script, "utf-8")
    told = _run(chromium, place, "--window-size=680,100", "--dump-dom", probe.as_uri())
    return max(120, int(told.partition("<title>")[2].partition("<")[0]))


def _run(chromium: str, place: str, *arguments: str) -> str:
    command: list[Any] = [chromium, *_FLAGS, f"--user-data-dir={place}/profile", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def main(folder: Path) -> None:
    """Draw all of them."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not here: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        shoot(chromium, name, text, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
