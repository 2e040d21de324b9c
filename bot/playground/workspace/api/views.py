"""views.*: modals by trigger, and the App Home."""

from bot.playground.workspace import acts
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.modals import (
    checked_view,
    new_view,
    open_view,
    push_view,
    replace_view,
    shown_views,
    view_json,
)
from bot.playground.workspace.model import Json, View
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

TRIGGER_LIVES_S = 3.0


def open_modal(state: State, arguments: Arguments) -> Json:
    """Open a modal for whoever caused the trigger."""
    body = checked_view(state, arguments.structure("view"), "modal")
    return {"view": view_json(state, open_view(state, _exchange(state, arguments), body))}


def push_modal(state: State, arguments: Arguments) -> Json:
    """Put a modal on top of the open ones."""
    body = checked_view(state, arguments.structure("view"), "modal")
    return {"view": view_json(state, push_view(state, _exchange(state, arguments), body))}


def update(state: State, arguments: Arguments) -> Json:
    """Change a view by its id or external id."""
    view = _named(state, arguments)
    body = checked_view(state, arguments.structure("view"), view.body["type"])
    _check_hash(view, arguments)
    replace_view(state, view, body)
    return {"view": view_json(state, view)}


def publish(state: State, arguments: Arguments) -> Json:
    """Show somebody their App Home."""
    user = arguments.text("user_id")
    if user not in state.users:
        raise Refused("invalid_arguments", messages=["[ERROR] unknown user [json-pointer:/user_id]"])
    body = checked_view(state, arguments.structure("view"), "home")
    home = state.homes.get(user)
    if home is None:
        home = new_view(state, user, body)
        acts.publish_home(state, home)
    else:
        _check_hash(home, arguments)
        replace_view(state, home, body)
    return {"view": view_json(state, home)}


def _exchange(state: State, arguments: Arguments) -> str:
    """Use a trigger up and return who caused it."""
    trigger_id = arguments.text("trigger_id") or arguments.text("interactivity_pointer")
    trigger = state.triggers.get(trigger_id)
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if state.seconds() - trigger.issued_at > TRIGGER_LIVES_S:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger.user


def _named(state: State, arguments: Arguments) -> View:
    view_id, external_id = arguments.optional("view_id"), arguments.optional("external_id")
    for view in shown_views(state):
        if view_id == view.id or (external_id and external_id == view.body.get("external_id")):
            return view
    raise Refused("not_found")


def _check_hash(view: View, arguments: Arguments) -> None:
    if arguments.optional("hash") not in {None, view.hash}:
        raise Refused("hash_conflict")


HANDLERS = {"views.open": open_modal, "views.publish": publish, "views.push": push_modal, "views.update": update}
