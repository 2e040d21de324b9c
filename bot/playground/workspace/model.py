"""What a workspace is made of: people, channels, messages, files and views, and how Slack writes them as JSON."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass
class User:
    """A person or a bot; `is_restricted` is a guest, `deleted` a deactivated account."""

    id: str
    name: str
    real_name: str
    email: str = ""
    tz: str = "Europe/London"
    is_bot: bool = False
    is_restricted: bool = False
    deleted: bool = False

    def as_json(self, team_id: str) -> Json:
        """Return the user as `users.info` shows them."""
        return {
            "id": self.id,
            "team_id": team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.tz,
            "tz_offset": 0,
            "profile": {"real_name": self.real_name, "display_name": self.name, "email": self.email},
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_admin": False,
            "is_app_user": False,
        }


@dataclass
class UserGroup:
    """A group that can be mentioned, such as an on-call rota."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class UploadedFile:
    """A file; `channel` is empty until the upload is completed with one, `data` None until the bytes arrived."""

    id: str
    name: str
    length: int
    title: str = ""
    data: bytes | None = None
    channel: str = ""
    thread_ts: str | None = None
    completed: bool = False
    permalink: str = ""

    @property
    def bytes(self) -> bytes:
        """Return the content (nothing while it has not arrived)."""
        return self.data or b""

    def as_json(self) -> Json:
        """Return the file as `files.info` shows it."""
        shares = {"public": {self.channel: [{"thread_ts": self.thread_ts}]}} if self.channel else {}
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "size": self.length,
            "mimetype": "text/plain",
            "permalink": self.permalink,
            "channels": [self.channel] if self.channel else [],
            "shares": shares,
        }


@dataclass(frozen=True)
class Version:
    """A message as it once was."""

    text: str
    blocks: list[Json]


@dataclass
class Message:
    """One message; `versions` holds what it said before, oldest first, and what it says now, last."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    username: str | None = None
    metadata: Json | None = None
    attachments: list[Json] = field(default_factory=list)
    files: list[UploadedFile] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited_by: str | None = None
    edited_ts: str = ""
    only_for: str | None = None
    versions: list[Version] = field(default_factory=list)
    chosen: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.versions.append(Version(self.text, self.blocks))

    def say(self, text: str, blocks: list[Json]) -> None:
        """Change what the message says, keeping what it said before."""
        self.text, self.blocks = text, blocks
        self.versions.append(Version(text, blocks))

    @property
    def in_thread(self) -> bool:
        """Say whether the message is shown in a thread only."""
        return self.thread_ts not in {None, self.ts} and self.subtype != "thread_broadcast"

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """Return the message as history and events show it; fields without content are absent."""
        found: Json = {
            "subtype": self.subtype,
            "bot_id": self.bot_id,
            "username": self.username,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": [file.as_json() for file in self.files],
            "edited": {"user": self.edited_by, "ts": self.edited_ts} if self.edited_by else None,
            "reactions": [{"name": name, "users": who, "count": len(who)} for name, who in self.reactions.items()],
            "metadata": self.metadata if with_metadata else None,
        }
        always = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        return always | {name: value for name, value in found.items() if value}


@dataclass
class Channel:
    """A conversation: `kind` says whether public, private or a direct message."""

    id: str
    name: str
    creator: str
    kind: Literal["channel", "group", "im"] = "channel"
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    messages: list[Message] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    files: list[UploadedFile] = field(default_factory=list)
    canvas: str | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    created: int = 0
    ext_shared: bool = False

    @property
    def private(self) -> bool:
        """Say whether only members can see that the channel exists."""
        return self.kind != "channel"

    def message(self, ts: str) -> Message | None:
        """Return the message with this ts, if it is still there."""
        return next((message for message in self.messages if message.ts == ts), None)

    def as_json(self, member: str) -> Json:
        """Return the channel as `conversations.info` shows it to `member`."""
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": self.created,
            "creator": self.creator,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_private": self.private,
            "is_archived": self.archived,
            "is_general": self.name == "general",
            "is_member": member in self.members,
            "is_shared": False,
            "is_ext_shared": self.ext_shared,
            "topic": {"value": self.topic, "creator": self.creator, "last_set": 0},
            "purpose": {"value": self.purpose, "creator": self.creator, "last_set": 0},
            "num_members": len(self.members),
            **({"properties": {"canvas": {"file_id": self.canvas, "is_empty": False}}} if self.canvas else {}),
        }


@dataclass
class View:
    """A modal or an App Home: what the app sent, plus what the person has entered and the errors they see."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    chosen: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """Return the view's blocks."""
        return list(self.body.get("blocks", []))

    @property
    def title(self) -> str:
        """Return the view's title as people read it."""
        return str((self.body.get("title") or {}).get("text", ""))


@dataclass(frozen=True)
class Outcome:
    """What came of something a person did.

    `acked` says whether the bot acknowledged in time (with nothing to deliver it is False and `delivered` is 0),
    `payload` what it answered with, `after_s` the seconds until then, `ts` the message the person wrote, `problems`
    why Slack would have shown an error in place of the bot's answer or would not have let the form go.
    """

    acked: bool
    payload: Json | None = None
    after_s: float = 0.0
    ts: str = ""
    delivered: int = 0
    problems: tuple[str, ...] = ()
    may_retry: bool = True
    failure: str = ""
