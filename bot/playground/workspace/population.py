"""Who and what is in a new workspace: three people, the bot, a user group and two channels."""

from bot.playground.workspace.model import Channel, User, UserGroup
from bot.playground.workspace.state import State

LEAD = "U0LEAD0001"
RESPONDER = "U0RAVI0001"
GUEST = "U0GUS00001"
GENERAL = "C0GENERAL1"
OPS = "C0OPS00001"
ON_CALL = "S0ONCALL01"


def populate(state: State) -> None:
    """Fill an empty workspace: the bot is a member of #ops and not of #general."""
    people = (
        User(LEAD, "lena", "Lena Lead", "lena@stand-in.example"),
        User(RESPONDER, "ravi", "Ravi Responder", "ravi@stand-in.example", tz="Asia/Kolkata"),
        User(GUEST, "gus", "Gus Guest", "gus@stand-in.example", is_restricted=True),
    )
    bot = User(state.bot_user_id, "claude-incident", "Claude Incident", is_bot=True)
    state.users = {user.id: user for user in (*people, bot)}
    state.groups = {ON_CALL: UserGroup(ON_CALL, "oncall", "On call", [LEAD, RESPONDER])}
    ids = [person.id for person in people]
    created = int(state.seconds())
    general = Channel(GENERAL, "general", LEAD, members=list(ids), created=created)
    ops = Channel(OPS, "ops", LEAD, members=[*ids, state.bot_user_id], created=created)
    state.channels = {channel.id: channel for channel in (general, ops)}
