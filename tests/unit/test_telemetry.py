"""Each line of the log says what it belongs to, whoever writes it, and shows no secret."""

import asyncio
import io
import logging

import pytest
import structlog

from bot import telemetry
from bot.rules.redact import Redactor
from bot.telemetry import about, note

KEY = "sk-ant-api03-" + "k" * 40


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what is written to standard error, with the log as the bot configures it."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    telemetry.configure(Redactor())
    return written


async def test_what_was_found_out_on_the_way_stands_in_each_further_line(lines: io.StringIO) -> None:
    """A task started within knows the request; what it notes is known to who started it, and to nobody outside."""
    ours, theirs = structlog.get_logger("bot.x"), logging.getLogger("other.library")

    async def look() -> None:
        ours.warning("looked")
        note(incident=7)

    with about(request="abc", job=None):
        await asyncio.ensure_future(look())
        ours.warning("found", incident=8)
        theirs.warning("it says so")
    ours.warning("outside")
    first, second, third, last = lines.getvalue().splitlines()
    assert first.endswith("event=looked request=abc level=warning")
    assert second.endswith("event=found incident=8 request=abc level=warning")
    assert third.endswith("other.library it says so request=abc incident=7")
    assert last.endswith("event=outside level=warning")


async def test_two_at_a_time_are_not_mixed_up(lines: io.StringIO) -> None:
    """Each line carries its own request, however they take turns."""
    log = structlog.get_logger()

    async def deal(number: int) -> None:
        with about(request=f"r{number}"):
            for _ in range(3):
                await asyncio.sleep(0)
                log.warning("turn", of=number)

    await asyncio.gather(*(deal(number) for number in range(20)))
    told = lines.getvalue().splitlines()
    assert len(told) == 60
    assert all(f"of={number} request=r{number} " in "\n".join(told) for number in range(20))
    assert all(line.split("of=")[1].split()[0] == line.split("request=r")[1].split()[0] for line in told)


def test_a_secret_in_a_bound_field_is_masked(lines: io.StringIO) -> None:
    """The redactor comes last, behind everything that is bound."""
    with about(request=KEY):
        structlog.get_logger().warning("x", key=KEY)
        logging.getLogger("other").warning("y")
    assert KEY not in lines.getvalue()
    assert "request=" in lines.getvalue()
