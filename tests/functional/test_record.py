"""The record stays true: what was taken back, marked by others, deleted, moved, said elsewhere or long after."""

import pytest

from bot.clock import SystemClock
from bot.incidents.events import Actor, Captured, Retracted
from bot.playground.faults import Fault
from bot.playground.workspace import acts
from bot.playground.workspace.model import Message, UploadedFile
from bot.slack import ids
from bot.store.database import Database
from bot.store.unit_of_work import Store
from bot.workflows.erase import erase
from tests.functional.test_capture import _entries, _in_it, _kept, _until
from tests.functional.test_declare import PLAIN, _form
from tests.scene import Scene


async def _resolve(desk: Scene, channel: str, name: str = "") -> None:
    """Resolve the incident and wait until its postmortem is shared: by then the channel was caught up."""
    place = desk.slack.channel(channel)
    before = len(place.files)
    await desk.resolve(desk.lena, channel, name)
    await desk.until(lambda: len(place.files) > before, "the postmortem")


async def _moved_in(desk: Scene, title: str, house: str) -> None:
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, {**PLAIN, "title": title, "house": house})
    await desk.see("payments", title)


async def _captured(desk: Scene, number: int) -> list[str]:
    _, story = await desk.record(number)
    return [item.event.text for item in story if isinstance(item.event, Captured)]


async def _standing(desk: Scene, number: int) -> list[int]:
    incident, _ = await desk.record(number)
    return [seq for seq in incident.captured.values() if seq not in incident.retracted]


async def test_what_was_taken_back_stays_so(desk: Scene) -> None:
    """The mark still stands in Slack; catching up puts nothing back that a person took off."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "wrong")
    await desk.slack.react(desk.ravi, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "wrong")])
    incident, _ = await desk.record()
    (seq,) = incident.captured.values()
    await desk.slack.command(desk.lena, channel, f"retract {seq} not ours")
    await _until(desk, [])
    await _resolve(desk, channel)
    assert [] == await _entries(desk)


async def test_a_mark_of_who_may_not_mark_counts_never(desk: Scene) -> None:
    """Neither when it comes nor when the channel is read anew."""
    channel = await _in_it(desk)
    await desk.slack.join(desk.slack.guest, channel)
    said = await desk.slack.say(desk.ravi, channel, "hm")
    await desk.slack.react(desk.slack.guest, channel, said.ts, "pushpin")
    await desk.until(lambda: desk.whispered(desk.slack.guest, "For guests it is not allowed"), "the reason")
    await _resolve(desk, channel)
    assert [] == await _entries(desk)


async def test_an_entry_stays_while_anybody_marks_it(desk: Scene) -> None:
    """Who takes their mark away takes it off only when nobody else has marked the message."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "key fact")
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "key fact")])
    await desk.slack.react(desk.ravi, channel, said.ts, "pushpin")
    await desk.slack.unreact(desk.lena, channel, said.ts, "pushpin")
    other = await desk.slack.say(desk.ravi, channel, "another")
    await desk.slack.react(desk.ravi, channel, other.ts, "pushpin")
    await _until(desk, [("ravi", "key fact"), ("ravi", "another")])
    await desk.slack.unreact(desk.ravi, channel, other.ts, "pushpin")
    await _until(desk, [("ravi", "key fact")])


async def test_an_entry_goes_with_its_last_mark(desk: Scene) -> None:
    """Whoever set the first; one that came by the shortcut stays."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "key fact")
    other = await desk.slack.say(desk.ravi, channel, "added")
    await desk.slack.message_shortcut(desk.lena, channel, other.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("ravi", "added")])
    for who in (desk.lena, desk.ravi):
        await desk.slack.react(who, channel, said.ts, "pushpin")
        await _until(desk, [("ravi", "added"), ("ravi", "key fact")])
    await desk.slack.react(desk.lena, channel, other.ts, "pushpin")
    for who in (desk.lena, desk.ravi):
        await desk.slack.unreact(who, channel, said.ts, "pushpin")
    await desk.slack.unreact(desk.lena, channel, other.ts, "pushpin")
    await _until(desk, [("ravi", "added")])


async def test_a_reply_that_was_taken_back_stays_so(desk: Scene) -> None:
    """Neither another mark of its root brings it back, nor a preview that Slack adds to it."""
    channel = await _in_it(desk)
    root = await desk.slack.say(desk.ravi, channel, "root")
    reply = await desk.slack.say(desk.ravi, channel, "customer Jane Doe", thread_ts=root.ts)
    await desk.slack.react(desk.lena, channel, root.ts, "pushpin")
    await _until(desk, [("ravi", "root"), ("ravi", "customer Jane Doe")])
    incident, _ = await desk.record()
    await desk.slack.command(desk.lena, channel, f"retract {max(incident.captured.values())} a name")
    await _until(desk, [("ravi", "root")])
    place, shown = desk.slack.channel(channel), desk.slack.message(channel, reply.ts)
    assert shown is not None
    told = {"message": shown.as_json(), "previous_message": shown.as_json(), "ts": desk.slack.state.new_ts()}
    event = {"type": "message", "subtype": "message_changed", "channel": place.id, "channel_type": place.kind}
    desk.slack.state.note({**event, **told, "event_ts": told["ts"]}, place)
    await desk.slack.react(desk.ravi, channel, root.ts, "pushpin")
    last = await desk.slack.say(desk.ravi, channel, "last")
    await desk.slack.react(desk.ravi, channel, last.ts, "pushpin")
    await _until(desk, [("ravi", "root"), ("ravi", "last")])


@pytest.mark.parametrize("closed", [True, False])
async def test_what_is_deleted_after_the_end_is_gone_as_well(desk: Scene, *, closed: bool) -> None:
    """From the channel of the incident, and from another; kept words and entries."""
    channel = await _in_it(desk)
    here = await desk.slack.say(desk.ravi, channel, "password is hunter2")
    there = await desk.slack.say(desk.lena, "#ops", "and swordfish")
    unmarked = await desk.slack.say(desk.ravi, channel, "or 12345")
    await desk.slack.react(desk.ravi, channel, here.ts, "pushpin")
    await _until(desk, [("ravi", "password is hunter2")])
    await desk.slack.message_shortcut(desk.lena, "#ops", there.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("ravi", "password is hunter2"), ("lena", "and swordfish")])
    await _resolve(desk, channel)
    if closed:
        await desk.slack.command(desk.lena, channel, "close")
        await desk.until(lambda: desk.whispered(desk.lena, "is closed"))
    await desk.slack.edit(desk.lena, "#ops", there.ts, "and a fish")
    await _until(desk, [("ravi", "password is hunter2"), ("lena", "and a fish")])
    await desk.slack.delete(desk.lena, "#ops", there.ts)
    await desk.slack.delete(desk.ravi, channel, unmarked.ts)
    await desk.slack.delete(desk.ravi, channel, here.ts)
    await _until(desk, [])
    assert [] == await _kept(desk, channel)


async def test_a_deletion_reaches_the_incident_that_holds_the_message(desk: Scene) -> None:
    """Though another one is run in its channel by now."""
    house = desk.slack.add_channel("payments", [desk.lena, desk.ravi]).id
    await _moved_in(desk, "First", house)
    said = await desk.slack.say(desk.ravi, "#payments", "customer Jane Doe")
    await desk.slack.react(desk.ravi, "#payments", said.ts, "pushpin")
    await desk.eventually(lambda: _captured(desk, 1), ["customer Jane Doe"])
    await _resolve(desk, "payments")
    await _moved_in(desk, "Second", house)
    await desk.slack.delete(desk.ravi, "#payments", said.ts)
    nothing: list[int] = []
    await desk.eventually(lambda: _standing(desk, 1), nothing)


async def test_a_file_without_words_is_captured_by_its_name(desk: Scene) -> None:
    """A screenshot says something as well."""
    channel = await _in_it(desk)
    place = desk.slack.channel(channel)
    shot = Message(place.id, desk.slack.state.new_ts(), desk.ravi, "", subtype="file_share")
    shot.files = [UploadedFile("F1", "graph.png", 3)]
    acts.post(desk.slack.state, place, shot)
    await desk.slack.message_shortcut(desk.lena, channel, shot.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("ravi", "(file: graph.png)")])


async def test_messages_of_other_channels_are_followed_too(desk: Scene) -> None:
    """What was put on the timeline from elsewhere follows edits and deletions there."""
    await _in_it(desk)
    said = await desk.slack.say(desk.lena, "#ops", "tpyo")
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("lena", "tpyo")])
    await desk.slack.edit(desk.lena, "#ops", said.ts, "typo")
    await _until(desk, [("lena", "typo")])
    await desk.slack.delete(desk.lena, "#ops", said.ts)
    await _until(desk, [])


async def test_the_shortcut_means_the_incident_of_its_channel(desk: Scene) -> None:
    """Also when that is over, and another one is open elsewhere."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "root cause: our proxy")
    await _resolve(desk, channel)
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, {**PLAIN, "title": "Another"})
    await desk.until(lambda: desk.whispered(desk.lena, "INC-2 is open"))
    await desk.slack.message_shortcut(desk.lena, channel, said.ts, ids.ADD_TO_TIMELINE)
    await desk.until(lambda: desk.whispered(desk.lena, "goes on the timeline of INC-1"))


async def test_the_last_reply_deleted_while_away_is_gone(scene: Scene) -> None:
    """And so is a root without which nothing but Slack's own lines stands in the channel."""
    async with scene.bot():
        channel = await _in_it(scene)
        root = await scene.slack.say(scene.ravi, channel, "root")
        reply = await scene.slack.say(scene.lena, channel, "the password is x", thread_ts=root.ts)
        await scene.slack.react(scene.ravi, channel, root.ts, "pushpin")
        await _until(scene, [("ravi", "root"), ("lena", "the password is x")])
    await scene.slack.delete(scene.lena, channel, reply.ts)
    async with scene.bot():
        await _until(scene, [("ravi", "root")])
    await scene.slack.delete(scene.ravi, channel, root.ts)
    async with scene.bot():
        await _until(scene, [])
        assert [] == await _kept(scene, channel)


@pytest.mark.expects_errors
async def test_half_a_history_deletes_nothing(scene: Scene) -> None:
    """The bot was removed between two pages: what it did not see may stand there all the same."""
    async with scene.bot():
        channel = await _in_it(scene)
        root = await scene.slack.say(scene.ravi, channel, "root cause found")
        await scene.slack.react(scene.ravi, channel, root.ts, "pushpin")
        await _until(scene, [("ravi", "root cause found")])
    place = scene.slack.channel(channel)
    place.messages += [
        Message(place.id, scene.slack.state.new_ts(), scene.ravi, f"line {number}") for number in range(1100)
    ]
    refusal = Fault("conversations.history", error="not_in_channel", after_n=1, times=1, channel=place.id)
    scene.slack.faults.add(refusal)
    async with scene.bot():
        await scene.until(lambda: len(scene.slack.recorder.calls("conversations.history")) >= 2, "two pages")
        await scene.slack.command(scene.lena, channel, "note still here")
        await scene.until(lambda: scene.whispered(scene.lena, "Noted"))
        assert [("ravi", "root cause found")] == await _entries(scene)
        _, story = await scene.record()
        assert not [item for item in story if isinstance(item.event, Retracted)]


async def test_an_alert_of_another_app_is_no_card_of_ours(desk: Scene) -> None:
    """It may carry metadata of its own: marked, it stands on the timeline, and stays there when the channel is read."""
    channel = await _in_it(desk)
    place = desk.slack.channel(channel)
    alert = Message(place.id, desk.slack.state.new_ts(), desk.ravi, "p99 is high")
    alert.metadata = {"event_type": "alert", "event_payload": {}}
    acts.post(desk.slack.state, place, alert)
    await desk.slack.react(desk.lena, channel, alert.ts, "pushpin")
    await _until(desk, [("ravi", "p99 is high")])
    await _resolve(desk, channel)
    assert [("ravi", "p99 is high")] == await _entries(desk)


async def test_an_alert_without_a_user_goes_by_its_app(desk: Scene) -> None:
    """Marked or added by the shortcut, with the replies of people under it."""
    channel = await _in_it(desk)
    place = desk.slack.channel(channel)
    alert = Message(place.id, desk.slack.state.new_ts(), "", "p99 is high", subtype="bot_message")
    alert.bot_id, alert.username = "B0ALERTS01", "grafana"
    acts.post(desk.slack.state, place, alert)
    await desk.slack.say(desk.ravi, channel, "it is the proxy", thread_ts=alert.ts)
    await desk.slack.react(desk.lena, channel, alert.ts, "pushpin")
    await _until(desk, [("grafana", "p99 is high"), ("ravi", "it is the proxy")])
    await desk.slack.unreact(desk.lena, channel, alert.ts, "pushpin")
    await _until(desk, [("ravi", "it is the proxy")])
    await desk.slack.message_shortcut(desk.lena, channel, alert.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("ravi", "it is the proxy"), ("grafana", "p99 is high")])


async def test_the_bots_own_files_are_nothing_that_was_said(desk: Scene) -> None:
    """Neither kept nor taken for a message when somebody marks it."""
    channel = await _in_it(desk)
    await _resolve(desk, channel)
    shared = next(m for m in desk.slack.messages(channel) if m.files)
    await desk.slack.react(desk.lena, channel, shared.ts, "pushpin")
    said = await desk.slack.say(desk.ravi, channel, "thanks")
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "thanks")])
    assert ["thanks"] == await _kept(desk, channel)


async def test_what_is_said_after_the_end_is_nobody_s(desk: Scene) -> None:
    """In a channel that people had before: neither kept after the close, nor taken for the incident before."""
    house = desk.slack.add_channel("payments", [desk.lena, desk.ravi]).id
    await _moved_in(desk, "First", house)
    await _resolve(desk, "payments")
    await desk.world.jump(7200)
    await _moved_in(desk, "Second", house)
    said = await desk.slack.say(desk.ravi, "#payments", "only the second")
    await desk.slack.react(desk.ravi, "#payments", said.ts, "pushpin")
    await desk.eventually(lambda: _captured(desk, 2), ["only the second"])
    await desk.slack.command(desk.lena, "#payments", "reopen INC-1 again")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-2 is run in the channel of INC-1 by now"))
    await _resolve(desk, "payments", "INC-2")
    await desk.slack.command(desk.lena, "#payments", "close INC-2")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-2 is closed"))
    await desk.world.jump(7200)
    await desk.slack.say(desk.ravi, "#payments", "about salaries")
    files = len(desk.slack.channel("payments").files)
    for name in ("INC-1", "INC-2"):
        await desk.slack.command(desk.lena, "#payments", f"export {name}")
    await desk.until(lambda: len(desk.slack.channel("payments").files) == files + 2, "both postmortems")
    assert [] == await _captured(desk, 1)
    assert "about salaries" not in await _kept(desk, "payments")


async def test_a_reopened_incident_hears_its_channel_again(desk: Scene) -> None:
    """Though a newer one was run there in the meantime."""
    house = desk.slack.add_channel("payments", [desk.lena, desk.ravi]).id
    for number in (1, 2):
        await _moved_in(desk, f"Number {number}", house)
        await _resolve(desk, "payments", f"INC-{number}")
    await desk.slack.command(desk.lena, "#payments", "reopen INC-1 again")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is open again"))
    said = await desk.slack.say(desk.ravi, "#payments", "it is back")
    await desk.slack.react(desk.ravi, "#payments", said.ts, "pushpin")
    await desk.eventually(lambda: _captured(desk, 1), ["it is back"])
    assert [] == await _captured(desk, 2)


async def test_erased_and_deleted_words_are_gone_from_the_record_too(desk: Scene) -> None:
    """Of a message of the channel, and of one that was put on the timeline from another."""
    channel = await _in_it(desk)
    here = await desk.slack.say(desk.ravi, channel, "customer Jane Doe")
    there = await desk.slack.say(desk.lena, "#ops", "customer Joe Bloggs")
    await desk.slack.react(desk.ravi, channel, here.ts, "pushpin")
    await _until(desk, [("ravi", "customer Jane Doe")])
    await desk.slack.message_shortcut(desk.lena, "#ops", there.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("ravi", "customer Jane Doe"), ("lena", "customer Joe Bloggs")])
    incident, _ = await desk.record()
    database = Database(desk.database_url)
    store = Store(database, SystemClock(), lambda data: data)
    someone = Actor(id="cli", name="somebody")
    await erase(store, 1, seq=min(incident.captured.values()), reason="privacy", actor=someone)
    assert "customer Jane Doe" not in await _kept(desk, channel)
    await _resolve(desk, channel)
    async with store.begin() as unit:
        gone = await unit.incidents.get(1)
        await unit.tombstones.delete(gone, actor=someone, reason="privacy", now=unit.now)
    async with store.read() as unit:
        assert [] == await unit.messages.of(desk.slack.channel("#ops").id, gone.opened_at)
    await database.close()
