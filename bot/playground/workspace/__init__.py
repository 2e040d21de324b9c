"""The stand-in Slack workspace."""

from bot.playground.workspace.model import Channel, Message, Outcome, UploadedFile, User, View
from bot.playground.workspace.refusal import NotPossible
from bot.playground.workspace.seen import NotSeen
from bot.playground.workspace.workspace import Workspace

__all__ = [
    "Channel",
    "Message",
    "NotPossible",
    "NotSeen",
    "Outcome",
    "UploadedFile",
    "User",
    "View",
    "Workspace",
]
