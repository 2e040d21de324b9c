"""The checks of the doctor: what each finds, and what there is to mend."""

from collections.abc import Iterator
from typing import Final

from bot.app.doctor.visit import CHECKS

_HEAD: Final = """# What the doctor looks at

Made from `bot/app/doctor`; a test compares. `anth-triage doctor` asks all of it side by side, each check under a
deadline of its own, and ends within seconds also when nothing answers. `/anth-triage doctor` tells the same of the
running bot, to the bot's admins alone (`[response] admins`) or to whom `[policy.doctor]` names.

- **A line** says how it is, which check says so, what is, and after an arrow what to mend: the variable, the setting
  with its file and line, the line of the app's manifest, or Slack's page. Problems stand first, the counts last.
- **How it is:** *problem*; *note*, which need not be mended; *not looked at*, because of what another line says or
  because it cannot be told from here; *ok*. The exit status is 1 where there is a problem, else 0.
- **`--json`** prints `{"ok": bool, "findings": [{"check", "status", "what", "mend"}]}`; the status is `problem`,
  `note`, `not_looked_at` or `ok`.
- **`--manifest FILE`** compares the app's manifest, the JSON of its page *App Manifest*, with what this version needs:
  Slack tells no bot which events, commands, shortcuts and switches its app has.
- **Nothing is changed**, nothing is sent to a webhook or to PagerDuty, no Socket Mode line is opened, and no request
  costs money. A secret, or what others answered in their words, is never shown.
"""


def doctor_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| check | what it finds | what is mended |\n| --- | --- | --- |"
    for check in CHECKS:
        yield f"| `{check.name}` | {check.finds} | {check.mend} |"
