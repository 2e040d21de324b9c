"""The stand-in Claude API and its status page."""

from bot.playground.provider.hostile import HANG, Cut, Pause, Script, Send, hostile_server, trickle
from bot.playground.provider.journal import Call, Journal
from bot.playground.provider.server import Provider
from bot.playground.provider.story import (
    HEALTHY,
    ApiFault,
    Conditions,
    Expect,
    Limits,
    Page,
    PageIncident,
    PageUpdate,
    Scenario,
    Step,
)
from bot.playground.provider.wire import Reply, raw_answer, raw_head

__all__ = [
    "HANG",
    "HEALTHY",
    "ApiFault",
    "Call",
    "Conditions",
    "Cut",
    "Expect",
    "Journal",
    "Limits",
    "Page",
    "PageIncident",
    "PageUpdate",
    "Pause",
    "Provider",
    "Reply",
    "Scenario",
    "Script",
    "Send",
    "Step",
    "hostile_server",
    "raw_answer",
    "raw_head",
    "trickle",
]
