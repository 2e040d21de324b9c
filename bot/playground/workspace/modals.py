"""Each person's stack of modals, at most three high, and what may be put on it."""

from typing import Any

from bot.playground.lint import view_problems
from bot.playground.workspace.controls import state_values, with_ids
from bot.playground.workspace.model import Json, View
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State, made_up

HIGHEST_STACK = 3


def checked_view(state: State, body: Any, kind: str) -> Json:  # noqa: ANN401 - whatever the app sent
    """Return a view with every id filled in.

    Raises Refused: invalid_arguments with the reasons, or duplicate_external_id.
    """
    problems = ["must be an object"] if not isinstance(body, dict) else view_problems(body)
    if not problems and body["type"] != kind:
        problems = [f"must be a {kind} view"]
    if problems:
        raise Refused("invalid_arguments", messages=[f"[ERROR] {problem} [json-pointer:/view]" for problem in problems])
    return {**body, "blocks": with_ids(body["blocks"], state.new_id)}


def new_view(state: State, user: str, body: Json) -> View:
    """Return a view of its own, not shown yet.

    Raises Refused(duplicate_external_id).
    """
    external = body.get("external_id")
    if external and any(view.body.get("external_id") == external for view in shown_views(state)):
        raise Refused("duplicate_external_id")
    view_id = state.new_id("V")
    return View(view_id, user, body, _new_hash(state), view_id)


def open_view(state: State, user: str, body: Json) -> View:
    """Show a modal in place of those that are open."""
    view = new_view(state, user, body)
    state.modals[user] = [view]
    state.touch()
    return view


def push_view(state: State, user: str, body: Json) -> View:
    """Put a modal on top.

    Raises Refused(push_limit_reached).
    """
    stack = state.modals.setdefault(user, [])
    if len(stack) >= HIGHEST_STACK:
        raise Refused("push_limit_reached")
    view = new_view(state, user, body)
    if stack:
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
    stack.append(view)
    state.touch()
    return view


def replace_view(state: State, view: View, body: Json) -> None:
    """Change what a view shows; entries of inputs that keep their ids stay."""
    view.body, view.errors, view.hash = body, {}, _new_hash(state)
    state.touch()


def drop_view(state: State, view: View) -> None:
    """Close one modal."""
    state.modals[view.user].remove(view)
    state.touch()


def shown_views(state: State) -> list[View]:
    """Return every view that somebody has before them."""
    return [*(view for stack in state.modals.values() for view in stack), *state.homes.values()]


def view_json(state: State, view: View) -> Json:
    """Return a view as payloads and answers show it."""
    body = view.body
    return {
        "id": view.id,
        "team_id": state.team_id,
        "app_id": state.app_id,
        "app_installed_team_id": state.team_id,
        "bot_id": state.bot_id,
        "type": body["type"],
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "blocks": view.blocks,
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": body.get("external_id", ""),
        "state": {"values": state_values(view.blocks, view.chosen)},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
    }


def _new_hash(state: State) -> str:
    return f"{int(state.seconds())}.{made_up(8)}"
