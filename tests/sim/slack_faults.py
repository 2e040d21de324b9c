"""Slack's troubles as data: every fault of promises.md 4.1, what comes of it, and the calls that it is crossed with."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from itertools import chain, product, zip_longest
from typing import Any

from bot.playground.faults import Fault
from bot.playground.workspace import Workspace

Act = Callable[[Workspace], None]
CHANNEL = "inc-1-overloaded"  # what the incident of the script is called
RENAMED = "inc-renamed"
STANDING = 10**6  # times; such a fault stands until it is taken away


class Fate(Enum):
    """What must come of a call that is hit."""

    PASSES = auto()  # nothing was done; tried again until it gets through
    UNCLEAR = auto()  # it may have been done; looked up before it is tried again
    HELD = auto()  # nothing was done; the work waits until somebody mends the workspace, and goes on by itself
    REFUSED = auto()  # given up, told, and brought out by `db jobs --retry` once the fault is gone
    # Refusals that the bot can do something about:
    ELSEWHERE = auto()  # the text reaches the person by another way
    SKIPPED = auto()  # the incident goes on without it
    ANEW = auto()  # the message is posted anew
    UNSEEN = auto()  # nothing can be looked up, so it is tried again without a look
    RECORDED = auto()  # on the timeline and in the verdict's channel, with a button that tries again
    ANSWERED = auto()  # the person who pressed is told, and presses again


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One fault: `fault` makes it for a method; `about` is what a call must carry to be refused for it."""

    name: str
    fate: Fate
    fault: Callable[[], Fault]
    about: str = "anything"
    wait_s: float = 0.0
    """What Slack asks to wait; the next call of that budget must not come sooner."""
    way: str = ""
    """How the way to Slack is broken (`refused`, `dns`, `tls`), for what happens before a call arrives."""
    in_flight_s: float = 0.0
    """How much time passes while the answer is awaited."""

    happens: Act | None = None
    mends: Act | None = None
    """What people or admins do to the workspace instead of an ordered fault, and what they do to mend it."""
    again_s: tuple[float, ...] = ()
    """So long after the delivery, each time, the same one comes again."""
    early: str = ""
    """What is delivered before its time, ahead of the flow's own delivery; it comes again at its place."""
    everywhere: bool = False
    """The whole app is struck: nobody can be told in Slack, and nothing else goes on."""

    @property
    def on_the_way_out(self) -> bool:
        """Say whether calls of the bot are hit: else people, admins or deliveries are what is strange."""
        return self.happens is None and not self.again_s and not self.early

    @property
    def code(self) -> str:
        """Return Slack's error name, empty when there is none."""
        return self.fault().error or ""


def _connection() -> Iterator[Trouble]:
    def unclear(name: str, **how: Any) -> Trouble:
        return Trouble(name=name, fate=Fate.UNCLEAR, fault=partial(Fault, "", **how))

    for way in ("refused", "dns", "tls"):
        yield Trouble(name=way, fate=Fate.PASSES, fault=partial(Fault, ""), way=way)
    for seconds in (1.0, 5.0):
        fault = partial(Fault, "", delay_s=seconds)
        yield Trouble(name=f"hangs {seconds:g} s", fate=Fate.PASSES, fault=fault, in_flight_s=seconds)
    yield unclear("hangs for ever", hang=True, times=2)
    yield unclear("cut before", cut="before", times=2)
    yield unclear("done, then cut", cut="after")
    for seconds in (0.1, 2.0, 30.0):
        yield unclear(f"cut, done {seconds:g} s later", cut="late", delay_s=seconds)
    # An answer that nobody can read says nothing of the outcome: here it was done. Undone are `cut before` and the 5xx.
    yield unclear("truncated JSON", body='{"ok": tr', done=True)
    yield unclear("slow-loris body", body="{}", trickles=True, done=True)
    yield unclear("200 as HTML", body="<html>sign in</html>", done=True)
    yield unclear("200 as plain text", body="upstream is busy", done=True)
    yield unclear("200 and empty", body="", done=True)
    yield unclear("a list for an object", body="[1]", done=True)
    yield unclear("nested too deep", body="[" * 100_000, done=True)
    yield unclear("broken off", cut="body", done=True, body="")
    done_so_far = partial(Fault, "", body='{"ok": true}', done=True)
    yield Trouble(name="ok and nothing else", fate=Fate.UNCLEAR, fault=done_so_far, about="parts")


def _statuses() -> Iterator[Trouble]:
    for status, done in ((500, False), (502, False), (503, False), (504, True)):  # a gateway that gave up: it was done
        fault = partial(Fault, "", http_status=status, body="<html>Server Error</html>", done=done)
        yield Trouble(name=f"{status} as HTML", fate=Fate.UNCLEAR, fault=fault)


def _limits() -> Iterator[Trouble]:
    def limit(name: str, wait_s: float, **how: Any) -> Trouble:
        return Trouble(name=f"429 {name}", fate=Fate.PASSES, fault=partial(Fault, "", **how), wait_s=wait_s)

    for seconds in (1, 30, 3600):
        yield limit(f"{seconds} s", seconds, retry_after=seconds)
    yield limit("without a time", 1, http_status=429, error="ratelimited")
    for senseless in ("abc", "-1"):
        yield limit(f"in {senseless}", 1, retry_after=senseless)
    # An HTTP date has no fractions, and neither has the answer's own Date: up to a second is lost in each.
    yield Trouble(
        name="429 as a date", fate=Fate.PASSES, fault=lambda: Fault("", retry_after=timedelta(seconds=30)), wait_s=28
    )
    yield limit("as HTML", 30, retry_after=30, body="<html>slow down</html>")
    yield limit("as plain text", 30, retry_after=30, body="slow down")
    yield limit("as a list", 30, retry_after=30, body="[1]")
    yield limit("cut off", 30, retry_after=30, body='{"ok": fal')
    yield limit("broken off", 30, retry_after=30, cut="body")
    yield limit("slow-loris body", 30, retry_after=30, trickles=True)
    yield limit("by its name only", 1, error="ratelimited")


_CODES: tuple[tuple[Fate, str, tuple[str, ...]], ...] = (
    (Fate.UNCLEAR, "anything", ("internal_error", "fatal_error")),
    (Fate.HELD, "anything", ("invalid_auth", "token_revoked", "token_expired", "account_inactive")),
    (Fate.HELD, "anything", ("team_access_not_granted", "org_login_required", "ekm_access_denied")),
    (Fate.REFUSED, "anything", ("missing_scope", "restricted_action", "unknown_future_error")),
    (Fate.REFUSED, "channel", ("is_archived", "channel_not_found", "not_in_channel")),
    (Fate.REFUSED, "words", ("msg_too_long", "invalid_blocks", "no_text")),
    (Fate.REFUSED, "edit", ("message_not_found", "cant_update_message", "edit_window_closed")),
    (Fate.REFUSED, "user", ("user_not_found", "cannot_dm_bot")),
    (Fate.REFUSED, "name", ("name_taken",)),
    (Fate.REFUSED, "trigger", ("trigger_expired", "expired_trigger_id")),
)


def _errors() -> Iterator[Trouble]:
    for fate, about, codes in _CODES:
        for code in codes:
            fault = partial(Fault, "", error=code, times=2 if fate is Fate.UNCLEAR else STANDING)
            yield Trouble(name=code, fate=fate, fault=fault, about=about)


TROUBLES: tuple[Trouble, ...] = (*_connection(), *_statuses(), *_limits(), *_errors())


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A call that the bot makes in a flow; `carries` says what it can be refused for.

    `first` is the trouble without which the bot does not make this call: it looks up only what is unclear.
    """

    method: str
    flow: str
    carries: frozenset[str] = frozenset()
    first: Fault | None = None

    @property
    def name(self) -> str:
        """Return what this use is told by."""
        return f"{self.method or 'anything'} / {self.flow}"

    @property
    def pattern(self) -> str:
        """Return the regular expression of the method; every call is meant when none is named."""
        return re.escape(self.method) if self.method else ".*"


_LOST, _LATE = Fault("chat.postMessage", cut="after"), Fault("chat.postMessage", cut="late", delay_s=20)
FLOWS = ("triage", "open", "answer", "severity", "reminder", "stale", "stranger", "resolve", "export")
"""A verdict, opening from it, an answer of the tree, another severity, a reminder, a press that comes too late (by the
lead, and by somebody who is not in the channel), the end of the incident, and one more export."""


def _uses() -> Iterator[Use]:
    def of(method: str, flows: str, carries: str = "", first: Fault | None = None) -> Iterator[Use]:
        for flow in flows.split():
            yield Use(method=method, flow=flow, carries=frozenset(carries.split()), first=first)

    yield from of("chat.postMessage", "triage open answer reminder", "channel words parts")
    yield from of("chat.postMessage", "stranger", "user words parts")
    yield from of("chat.update", "triage open answer severity resolve", "channel words edit")
    yield from of("chat.postEphemeral", "stale stranger", "channel user words")
    yield from of("chat.delete", "answer", "channel", _LATE)
    yield from of("conversations.create", "open", "name parts")
    yield from of("conversations.list", "open", "parts", Fault("conversations.create", cut="after"))
    yield from of("conversations.history", "triage answer", "channel parts", _LOST)
    yield from of(
        "conversations.history", "export", "channel parts", Fault("files.completeUploadExternal", cut="after")
    )
    yield from of("conversations.open", "stranger", "user parts", _LOST)
    yield from of("conversations.invite", "open", "channel user")
    yield from of("conversations.setTopic", "open severity resolve", "channel")
    yield from of("pins.add", "open", "channel")
    yield from of("files.getUploadURLExternal", "resolve export", "parts")
    yield from of("upload", "resolve export")
    yield from of("files.completeUploadExternal", "resolve export", "channel")
    yield from of("views.open", "resolve", "trigger")


USES: tuple[Use, ...] = tuple(_uses())
AT_THE_START = frozenset({"auth.test", "apps.connections.open"})
"""Called before there is any work; tests/functional/test_start.py has their troubles."""

BESIDE_THE_MATRIX = frozenset(
    {
        *("chat.getPermalink", "conversations.replies", "users.info", "views.publish"),
        *("conversations.info", "conversations.join", "bookmarks.list", "bookmarks.add", "bookmarks.edit"),
        *("usergroups.users.list", "conversations.canvases.create", "canvases.edit"),
    }
)
"""Calls of no flow here; tests/functional/test_troubles.py has their troubles."""
OF_THE_DOCTOR = frozenset({"users.conversations"})
"""What only the doctor asks, which says what it could not see (tests/functional/test_doctor.py)."""

_NO_CODE = frozenset({"upload"})  # takes bytes and answers with a status, never with an error's name
_CHANNEL = frozenset({"is_archived", "channel_not_found", "not_in_channel", "restricted_action"})
_BLIND = _CHANNEL | {"missing_scope", "user_not_found", "cannot_dm_bot"}
_MILDER: tuple[tuple[str, frozenset[str] | None, Fate], ...] = (
    ("views.open", None, Fate.ANSWERED),
    ("conversations.create", None, Fate.RECORDED),
    ("chat.update", frozenset({"message_not_found", "cant_update_message", "edit_window_closed"}), Fate.ANEW),
    ("chat.postEphemeral", None, Fate.ELSEWHERE),
    ("conversations.history", _BLIND, Fate.UNSEEN),
    ("conversations.open", _BLIND, Fate.UNSEEN),
    ("conversations.invite", frozenset({"user_not_found"}), Fate.SKIPPED),
    ("pins.add", frozenset({"missing_scope"}), Fate.SKIPPED),
)
"""What a refusal comes to where the bot knows better than to give up: method, codes (None: every one), fate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One trouble of one call in one flow, and what must come of it."""

    trouble: Trouble
    use: Use
    fate: Fate

    @property
    def surplus(self) -> str:
        """Return what may stand twice in the end, by a gap that is known; empty when nothing may.

        `messages`: an older copy that could not be edited or looked up. `private`: a direct message to the stranger,
        which the app may not read (`im:history` is no scope of its manifest). `files`: one that Slack shares late,
        which no sweep takes away.
        """
        if self.fate in {Fate.ANEW, Fate.UNSEEN}:
            return "messages"
        if self.use.flow == "stranger" and (self.fate is Fate.UNCLEAR or self.use.first is not None):
            return "private"
        late = self.use.method == "files.completeUploadExternal" and self.trouble.fault().cut == "late"
        return "files" if late else ""

    @property
    def loosens(self) -> tuple[bool, str]:
        """Return what the last look at the whole incident must let pass because of this cell, beyond its own place."""
        return self.fate is Fate.REFUSED, "" if self.surplus == "private" else self.surplus

    def fault(self, channel: str | None) -> Fault:
        """Return the fault to order, for calls of this channel alone when one is named."""
        return replace(self.trouble.fault(), method=self.use.pattern, channel=channel)

    def __str__(self) -> str:
        """Return what a failure is told by, and what `CELL` takes to play this one alone."""
        return f"{self.trouble.name} / {self.use.name}"


def cells() -> Iterator[Cell]:
    """Yield every cell that can be: a code comes only from methods that carry what it is about."""
    for trouble, use in product(TROUBLES, USES):
        has_no_code = trouble.code and use.method in _NO_CODE
        if not has_no_code and trouble.about in {"anything", *use.carries}:
            yield Cell(trouble=trouble, use=use, fate=_fate(trouble, use))


def _fate(trouble: Trouble, use: Use) -> Fate:
    if use.method == "views.open":
        return Fate.PASSES if trouble.in_flight_s else Fate.ANSWERED
    if trouble.fate is not Fate.REFUSED:
        return trouble.fate
    if use.method == "chat.postMessage" and use.flow in {"triage", "reminder"} and trouble.code in _CHANNEL:
        return Fate.ELSEWHERE
    milder = (
        fate for method, codes, fate in _MILDER if method == use.method and trouble.code in (codes or {trouble.code})
    )
    return next(milder, Fate.REFUSED)


def chosen(every: Collection[Cell]) -> list[Cell]:
    """Return a few of the cells, always the same: each trouble, each call in each flow and each fate at least once."""
    by_trouble: dict[str, list[Cell]] = {}
    for cell in every:
        by_trouble.setdefault(cell.trouble.name, []).append(cell)
    picked: list[Cell] = []
    uses: Counter[str] = Counter()
    flows: Counter[tuple[object, str]] = Counter()
    for choice in sorted(by_trouble.values(), key=len):  # who has no choice chooses first
        cell = min(choice, key=lambda one: (one.surplus, flows[one.loosens, one.use.flow], uses[one.use.name]))
        picked.append(cell)
        uses[cell.use.name] += 1
        flows[cell.loosens, cell.use.flow] += 1
    for cell in every:
        if cell.use.name not in uses or cell.fate not in {one.fate for one in picked}:
            picked.append(cell)
            uses[cell.use.name] += 1
    return picked


def packed(every: Iterable[Cell]) -> list[tuple[Cell, ...]]:
    """Pack the cells into incidents: one trouble a flow, and beside each only what loosens the last look like it."""
    kinds: dict[tuple[bool, str], dict[str, list[Cell]]] = {}
    for cell in every:
        kinds.setdefault(cell.loosens, {}).setdefault(cell.use.flow, []).append(cell)
    rows = chain.from_iterable(zip_longest(*flows.values()) for flows in kinds.values())
    return [tuple(cell for cell in row if cell is not None) for row in rows]


def bound_to(use: Use, stranger: str) -> str | None:
    """Return the channel (or the person) whose calls alone are hit, None for all: no trouble may silence the lead's."""
    if use.method == "chat.postMessage" and use.flow == "stranger":
        return stranger
    if "channel" not in use.carries:
        return None
    return "ops" if use.flow == "triage" or (use.method, use.flow) == ("chat.update", "open") else CHANNEL


def _archive(slack: Workspace, *, archived: bool) -> None:
    slack.channel(CHANNEL).archived = archived


def _kick(slack: Workspace) -> None:
    slack.channel(CHANNEL).members.remove(slack.bot_user_id)


def _invite(slack: Workspace) -> None:
    slack.channel(CHANNEL).members.append(slack.bot_user_id)


def _close(slack: Workspace) -> None:
    slack.channel(CHANNEL).kind = "group"
    _kick(slack)


def _rename(slack: Workspace) -> None:
    slack.channel(CHANNEL).name = RENAMED


def _name_back(slack: Workspace) -> None:
    slack.channel(RENAMED).name = CHANNEL


def _replace_token(slack: Workspace) -> None:
    slack.state.bot_token = f"{slack.bot_token}-revoked"


def _restore_token(slack: Workspace) -> None:
    slack.state.bot_token = slack.bot_token.removesuffix("-revoked")


def _take(names: str, slack: Workspace) -> None:
    slack.state.scopes -= set(names.split())


def _grant(names: str, slack: Workspace) -> None:
    slack.state.scopes |= set(names.split())


def mishaps() -> Iterator[Cell]:
    """Yield what happens to a channel or to the app in the middle of an incident, and the documented repair."""

    def cell(flow: str, fate: Fate, name: str, happens: Act, mends: Act | None, **how: Any) -> Cell:
        fault = partial(Fault, "", error=how.pop("code", None), times=STANDING)
        trouble = Trouble(name=name, fate=fate, fault=fault, happens=happens, mends=mends, **how)
        return Cell(trouble=trouble, use=Use(method="", flow=flow), fate=fate)

    for flow in ("answer", "severity", "resolve"):
        archive, unarchive = partial(_archive, archived=True), partial(_archive, archived=False)
        yield cell(flow, Fate.REFUSED, "archived", archive, unarchive, code="Slack refuses")
        yield cell(flow, Fate.REFUSED, "private without the bot", _close, _invite, code="channel_not_found")
        yield cell(flow, Fate.PASSES, "renamed", _rename, _name_back)
        yield cell(flow, Fate.HELD, "token revoked", _replace_token, _restore_token, everywhere=True)
        posts = "chat:write"
        yield cell(flow, Fate.REFUSED, posts, partial(_take, posts), partial(_grant, posts), everywhere=True)
    yield cell("answer", Fate.REFUSED, "kicked", _kick, _invite, code="not_in_channel")
    topics = "channels:manage channels:write channels:write.topic"
    yield cell("severity", Fate.REFUSED, topics, partial(_take, topics), partial(_grant, topics), code="missing_scope")
    files = "files:write"
    yield cell("export", Fate.REFUSED, files, partial(_take, files), partial(_grant, files), code="missing_scope")


def deliveries() -> Iterator[Cell]:
    """Yield what happens on the way from Slack to the bot: doubled, repeated, out of order."""
    again = {"doubled": (0.0,), "retried at once, after 1 and 5 minutes": (0.0, 60.0, 240.0)}
    for flow in (flow for flow in FLOWS if flow != "reminder"):
        for name, times in again.items():
            trouble = Trouble(name=name, fate=Fate.PASSES, fault=partial(Fault, ""), again_s=times)
            yield Cell(trouble=trouble, use=Use(method="", flow=flow), fate=Fate.PASSES)
    early = Trouble(name="out of order", fate=Fate.PASSES, fault=partial(Fault, ""), early="answer 1")
    yield Cell(trouble=early, use=Use(method="", flow="answer"), fate=Fate.PASSES)
