"""What is said in an incident's channel: kept, marked, followed, edited, deleted, taken back, and never missed."""

import pytest

from bot.incidents.events import Captured, Retracted
from bot.slack import ids
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.fakes import ManualClock
from tests.scene import Scene

ALL_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
KEY = "sk-ant-api03-" + "k" * 40


async def _entries(desk: Scene) -> list[tuple[str, str]]:
    """Return author and text of each captured message that stands, as corrected."""
    incident, story = await desk.record()
    texts = {item.seq: (item.event.author.name, item.event.text) for item in story if isinstance(item.event, Captured)}
    for item in story:
        if item.event.kind == "amended":
            texts[item.event.seq] = (texts[item.event.seq][0], item.event.text)
    return [said for seq, said in texts.items() if seq not in incident.retracted]


async def _kept(desk: Scene, channel: str) -> list[str]:
    """Return what the record holds of the channel."""
    database = Database(desk.environment()["DATABASE_URL"])
    store = Store(database, ManualClock(), lambda data: data)
    incident, _ = await desk.record()
    async with store.read() as unit:
        said = await unit.messages.of(desk.slack.channel(channel).id, incident.opened_at)
    await database.close()
    return [one.text for one in said if not one.deleted]


async def _until(desk: Scene, wanted: list[tuple[str, str]]) -> None:
    """Wait until exactly these messages stand on the timeline."""
    await desk.eventually(lambda: _entries(desk), wanted)


async def _in_it(desk: Scene) -> str:
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    if desk.ravi not in desk.slack.channel(channel).members:
        await desk.slack.join(desk.ravi, channel)
    return channel


async def test_a_marked_message_stands_on_the_timeline_with_its_replies(desk: Scene) -> None:
    """With author, moment and link; replies that came before the mark and after it follow; a second mark adds none."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "we see <b>529</b> in eu")
    await desk.slack.say(desk.lena, channel, "since 02:40", thread_ts=said.ts)
    await desk.slack.say(desk.lena, channel, "lunch?")
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "we see <b>529</b> in eu"), ("lena", "since 02:40")])
    await desk.slack.react(desk.ravi, channel, said.ts, "pushpin")
    await desk.slack.react(desk.ravi, channel, said.ts, "eyes")
    await desk.slack.say(desk.ravi, channel, "us as well", thread_ts=said.ts)
    await _until(desk, [("ravi", "we see <b>529</b> in eu"), ("lena", "since 02:40"), ("ravi", "us as well")])
    _, story = await desk.record()
    first = next(item.event for item in story if isinstance(item.event, Captured))
    assert f"{float(said.ts):.3f}" == f"{first.happened_at.timestamp():.3f}"
    assert first.permalink
    assert "lena" == first.actor.name
    assert ["we see <b>529</b> in eu", "since 02:40", "lunch?", "us as well"] == await _kept(desk, channel)


async def test_edits_and_deletions_follow(desk: Scene) -> None:
    """An edit corrects the entry; a deletion takes it back, and the record forgets the words."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "it is the databse")
    await desk.slack.react(desk.ravi, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "it is the databse")])
    await desk.slack.edit(desk.ravi, channel, said.ts, "it is the database")
    await _until(desk, [("ravi", "it is the database")])
    await desk.slack.delete(desk.ravi, channel, said.ts)
    await _until(desk, [])
    _, story = await desk.record()
    assert ["captured", "amended", "retracted"] == [item.event.kind for item in story[-3:]]
    assert "ravi" == story[-1].event.actor.name
    assert [] == await _kept(desk, channel)


async def test_a_mark_can_be_taken_away_and_a_note_back(desk: Scene) -> None:
    """By who set it, or by the verb with a reason; the entry stays, marked as that, and a message may come again."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, "wrong channel")
    await desk.slack.react(desk.ravi, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "wrong channel")])
    await desk.slack.unreact(desk.ravi, channel, said.ts, "pushpin")
    await _until(desk, [])
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await _until(desk, [("ravi", "wrong channel")])
    await desk.slack.command(desk.lena, channel, "note restarted the gateway")
    answer = await desk.until(lambda: desk.whispered(desk.lena, "Noted on the timeline"))
    number = desk.slack.read(answer).partition("as entry ")[2].partition(".")[0]
    await desk.slack.command(desk.lena, channel, f"retract {number} it was another one")
    await desk.until(lambda: desk.whispered(desk.lena, f"Entry {number} of INC-1 is taken back"))
    await desk.slack.command(desk.lena, channel, f"retract {number} again")
    await desk.until(lambda: desk.whispered(desk.lena, "was taken back already"))
    _, story = await desk.record()
    assert "it was another one" == [i.event.reason for i in story if isinstance(i.event, Retracted)][-1]


async def test_any_message_can_be_added_by_its_shortcut(desk: Scene) -> None:
    """From another channel too, while one incident alone is open; else the person is told what to do."""
    said = await desk.slack.say(desk.lena, "#ops", "the vendor has answered")
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.ADD_TO_TIMELINE)
    await desk.until(lambda: desk.whispered(desk.lena, "No incident is open."))
    await _in_it(desk)
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.ADD_TO_TIMELINE)
    await desk.until(lambda: desk.whispered(desk.lena, "goes on the timeline of INC-1"))
    await _until(desk, [("lena", "the vendor has answered")])


async def test_what_was_said_while_the_bot_was_away_is_caught_up(scene: Scene) -> None:
    """Messages, replies, marks, edits and deletions of that time are there after the next connection, once."""
    async with scene.bot():
        channel = await _in_it(scene)
        kept = await scene.slack.say(scene.ravi, channel, "first")
        gone = await scene.slack.say(scene.ravi, channel, "secret plan")
        await scene.slack.react(scene.ravi, channel, kept.ts, "pushpin")
        await _until(scene, [("ravi", "first")])
    await scene.slack.edit(scene.ravi, channel, kept.ts, "first, corrected")
    await scene.slack.delete(scene.ravi, channel, gone.ts)
    missed = await scene.slack.say(scene.lena, channel, "second")
    await scene.slack.say(scene.ravi, channel, "reply", thread_ts=missed.ts)
    await scene.slack.react(scene.ravi, channel, missed.ts, "pushpin")
    async with scene.bot():
        await _until(scene, [("ravi", "first, corrected"), ("lena", "second"), ("ravi", "reply")])
        assert ["first, corrected", "second", "reply"] == await _kept(scene, channel)
    async with scene.bot():
        await scene.until(lambda: len(scene.slack.recorder.calls("conversations.history")) >= 2, "read again")
        await _until(scene, [("ravi", "first, corrected"), ("lena", "second"), ("ravi", "reply")])


async def test_threads_are_caught_up_reply_by_reply(scene: Scene) -> None:
    """A reply that was edited, deleted, marked or missed while the bot was away, though a later one was heard."""
    async with scene.bot():
        channel = await _in_it(scene)
        root = await scene.slack.say(scene.ravi, channel, "root")
        edited = await scene.slack.say(scene.lena, channel, "tpyo", thread_ts=root.ts)
        deleted = await scene.slack.say(scene.lena, channel, "wrong", thread_ts=root.ts)
        await scene.slack.react(scene.ravi, channel, root.ts, "pushpin")
        await _until(scene, [("ravi", "root"), ("lena", "tpyo"), ("lena", "wrong")])
        other = await scene.slack.say(scene.ravi, channel, "other")
        late = await scene.slack.say(scene.lena, channel, "marked late", thread_ts=other.ts)
    await scene.slack.edit(scene.lena, channel, edited.ts, "typo")
    await scene.slack.delete(scene.lena, channel, deleted.ts)
    await scene.slack.say(scene.lena, channel, "missed", thread_ts=root.ts)
    await scene.slack.react(scene.ravi, channel, late.ts, "pushpin")
    async with scene.bot():
        await _until(scene, [("ravi", "root"), ("lena", "typo"), ("lena", "missed"), ("lena", "marked late")])
        assert {"root", "typo", "missed", "other", "marked late"} == set(await _kept(scene, channel))


async def test_a_long_absence_is_caught_up_although_slack_takes_a_few_calls_at_a_time(scene: Scene) -> None:
    """Forty threads and eighty links are more than any burst: what was read is kept, and the rest follows."""
    async with scene.bot():
        channel = await _in_it(scene)
    wanted = set()
    for number in range(40):
        root = await scene.slack.say(scene.lena, channel, f"root {number}")
        await scene.slack.say(scene.ravi, channel, f"reply {number}", thread_ts=root.ts)
        await scene.slack.react(scene.lena, channel, root.ts, "pushpin")
        wanted |= {("lena", f"root {number}"), ("ravi", f"reply {number}")}

    async def caught_up() -> set[tuple[str, str]]:
        await scene.world.jump(2)
        return set(await _entries(scene))

    async with scene.bot():
        await scene.eventually(caught_up, wanted)
    assert 80 == len(await _entries(scene))


async def test_a_key_in_a_message_is_masked_and_its_author_warned(desk: Scene) -> None:
    """Neither record nor timeline has it; the person alone is told what to do, with the address."""
    channel = await _in_it(desk)
    said = await desk.slack.say(desk.ravi, channel, f"try {KEY}")
    await desk.until(lambda: desk.whispered(desk.ravi, "sent a key or a token"))
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await desk.eventually(lambda: _count(desk), 1)
    assert KEY not in str(await desk.record())
    assert KEY not in str(await _kept(desk, channel))


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"channels:history", "groups:history", "im:history"}])
async def test_without_the_scope_to_read_a_shortcut_still_captures(desk: Scene) -> None:
    """What the shortcut itself brings is enough."""
    await _in_it(desk)
    said = await desk.slack.say(desk.lena, "#ops", "seen in eu")
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.ADD_TO_TIMELINE)
    await _until(desk, [("lena", "seen in eu")])


async def _count(desk: Scene) -> int:
    return len(await _entries(desk))
