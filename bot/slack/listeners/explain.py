"""Explaining an error that somebody pastes or points at. Nothing of it is stored: no row, no job, no log line."""

import asyncio

from bot.errors import BadInput
from bot.rules.answer import Answer, answer_text
from bot.rules.unwrap import clip
from bot.slack.cards.explain import PASTE, explain_card, explain_form, explained_view
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field
from bot.slack.written import as_written, message_text


async def explain(request: Request, desk: Desk, rest: str) -> Reply:
    """Explain the text after the verb to the person who typed it; without one open the form that asks for it."""
    if not rest:
        await open_form(request, desk.open_view, explain_form())
        return None
    card = explain_card(*await _explained(desk, as_written(rest)))
    return {"response_type": "ephemeral", "text": card.text, "blocks": card.blocks}


async def submit_explain(request: Request, desk: Desk) -> Reply:
    """Show the explanation in place of the form."""
    text = field(request.body["view"], "text")
    if not text:
        raise BadInput("There is nothing to explain.", f"{PASTE}.")
    return {"response_action": "update", "view": explained_view(*await _explained(desk, text))}


async def explain_message(request: Request, desk: Desk) -> Reply:
    """Explain the message to whom chose the shortcut; one without text leads to the form."""
    text = message_text(request.body["message"])
    note = f"That message has no text that could be explained. {PASTE}."
    view = explained_view(*await _explained(desk, text)) if text else explain_form(note)
    await open_form(request, desk.open_view, view)
    return None


async def _explained(desk: Desk, text: str) -> tuple[Answer, str]:
    """Return the answer and what it is about, in a thread: a very long text takes some tenths of a second."""

    def explained() -> tuple[Answer, str]:
        given = str(desk.redact_data(clip(text)))  # first, while every secret still stands in one piece
        return answer_text(given, desk.context.rules), given

    return await asyncio.to_thread(explained)
