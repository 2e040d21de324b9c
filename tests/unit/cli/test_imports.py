"""A terminal triage starts light."""

import subprocess
import sys

HEAVY = ("slack_bolt", "slack_sdk", "aiohttp", "sqlalchemy", "alembic", "starlette", "uvicorn", "jinja2")


def test_a_terminal_triage_loads_no_slack_library() -> None:
    """The command's file brings in neither Slack's libraries nor the web server nor the database."""
    program = f"import sys, bot.cli.triage; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout
