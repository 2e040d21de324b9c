"""What is given up is told to the person whom it was for, once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import Unsaved
from bot.incidents.effects import CONTAIN_KEY, FIND_KEY, show_card, show_step, show_triage
from bot.incidents.events import BOT, ContainmentConfirmed, KeyLookedUp, KeyReported
from bot.slack.cards.triage import triage_card
from bot.slack.refusals import Refused
from bot.store.jobs import Job
from bot.store.unit_of_work import Store
from bot.workflows.admin_keys import given_up_handlers
from bot.workflows.dead_letter import tell_somebody
from bot.workflows.triage import RUN
from bot.workflows.worker import MAX_ATTEMPTS, MAX_BACKOFF_S, Crew, Worker
from tests.factories import LENA, NOW, opened
from tests.fakes import ManualClock
from tests.unit.incidents.test_leaked_key import KEY


async def test_a_triage_that_cannot_be_shown_is_told_once(store: Store) -> None:
    """Each check that finishes has it shown and refused anew; news is another reason, or the same after a success."""
    async with store.begin() as unit:
        triage = await unit.triages.create("T1", "C1", LENA, unit.now)
        assert triage is not None
    told = []
    for uuid, code in (("a", "no_text"), ("a", "no_text"), ("a", "is_archived"), ("b", "no_text"), ("b", "x" * 200)):
        job = _job(f"triage:{triage.id}", show_triage(triage.id).lane, uuid * 36)
        async with store.begin() as unit:
            await tell_somebody(unit, job, Refused(code))
            told.append(len(await unit.jobs.listed(dead=False)))
            for waiting in await unit.jobs.listed(dead=False):
                await unit.jobs.cancel(key=str(waiting.key))  # it was said
    assert [1, 0, 1, 1, 1] == told


async def test_a_triage_that_cannot_be_carried_out_is_told(store: Store) -> None:
    """Its message says that nothing was measured, who asked hears it, and nobody joins it any more."""
    async with store.begin() as unit:
        triage = await unit.triages.create("T1", "C1", LENA, unit.now)
        assert triage is not None
        job = replace(_job("", f"run:{triage.id}", "a" * 36), kind=RUN)
        await tell_somebody(unit, job, ValueError("the rules are torn"))
        kinds = {waiting.kind for waiting in await unit.jobs.listed(dead=False)}
        given_up = await unit.triages.get(triage.id)
        assert await unit.triages.create("T1", "C1", LENA, unit.now)
    assert {"slack.show", "slack.tell"} == kinds
    assert given_up.given_up
    assert "This triage could not be carried out." == triage_card(given_up, None, ("messages",)).text


async def test_nobody_is_told_of_what_nobody_knows(store: Store) -> None:
    """A message of a run that is not there is given up all the same."""
    async with store.begin() as unit:
        await tell_somebody(unit, _job("triage:77", "triage:77", "a" * 36), Refused("no_text"))
        assert [] == await unit.jobs.listed(dead=False)


async def test_a_database_that_goes_away_meanwhile_is_no_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is committed half: who was to be told is still to be told when it is back."""

    async def away(_number: int) -> None:
        raise Unsaved

    async with store.begin() as unit:
        monkeypatch.setattr(unit.triages, "get", away)
        with pytest.raises(Unsaved):
            await tell_somebody(unit, _job("triage:1", "triage:1", "a" * 36), Refused("no_text"))


@pytest.mark.expects_errors
async def test_the_lead_hears_once_of_one_cause(store: Store, clock: ManualClock) -> None:
    """Also when the message that was refused first was wished for again while the next one was on its way."""

    async def refuse(job: Job) -> None:
        if ":step:" in str(job.payload["name"]):
            async with store.begin() as unit:
                await unit.wish(show_card(incident.id))
        raise Refused("msg_too_long")

    worker = Worker(store, clock, (Crew("slack", {"slack.show": refuse}, slots=1),), lambda: 0.5, tell_somebody)
    async with store.begin() as unit:
        incident = await unit.open(opened(triage_id=None))
        await unit.jobs.cancel(prefix="channel:")  # it has its channel
        await unit.wish(show_card(incident.id))
    told = []
    for number in range(3):
        await worker.drain()
        async with store.begin() as unit:
            told.append("slack.tell" in {job.kind for job in await unit.jobs.listed(dead=False)})
            await unit.jobs.cancel(prefix="dead:")  # it was said
            await unit.wish(show_step(incident.id, number))
    assert [True, False, False] == told


@pytest.mark.expects_errors
@pytest.mark.parametrize(("confirmed", "ends"), [(False, ("unknown", False)), (True, ("found", True))])
async def test_a_job_for_a_key_that_is_given_up_says_so_where_it_was_awaited(
    store: Store, clock: ManualClock, *, confirmed: bool, ends: tuple[str, bool]
) -> None:
    """Nobody waits for what does not come; of a containment nobody knows whether it came to pass."""

    async def fail(_job: Job) -> None:
        raise ValueError("nobody expected this")

    crew = Crew("keys", {FIND_KEY: fail, CONTAIN_KEY: fail}, slots=1)
    worker = Worker(store, clock, (crew,), lambda: 0.5, tell_somebody, within=given_up_handlers())
    reported = KeyReported(actor=LENA, happened_at=NOW, wanted="igAA", looked_up=not confirmed)
    found = KeyLookedUp(actor=BOT, happened_at=NOW, keys=(KEY,))
    story = (reported, found, ContainmentConfirmed(actor=LENA, happened_at=NOW, key_id=KEY.id))
    async with store.begin() as unit:
        incident = await unit.open(opened(triage_id=None))
        for event in story if confirmed else story[:1]:
            incident = await unit.record(incident, event)
    for _ in range(MAX_ATTEMPTS + 1):
        await worker.drain()
        clock.advance(MAX_BACKOFF_S * 2)
    async with store.read() as unit:
        case = (await unit.incidents.get(incident.id)).key_case
    assert case is not None
    assert ends == (case.phase, case.unknown)
    assert "ValueError" in case.problem


def _job(name: str, lane: str, uuid: str) -> Job:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return Job(
        id=1,
        kind="slack.show",
        uuid=uuid,
        lane=lane,
        payload={"name": name},
        revision=0,
        attempts=1,
        failures=1,
        first_tried_at=now,
        away_since=None,
        lease_until=now,
        token="t",
    )
