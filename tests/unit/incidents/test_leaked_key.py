"""The procedure for a key in the wrong hands as a fold: what is known of it stays, and what was proved is told."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StaleButton
from bot.incidents import leaked_key
from bot.incidents.events import (
    BOT,
    ContainmentAsked,
    ContainmentConfirmed,
    ContainmentFailed,
    Event,
    KeyContained,
    KeyLookedUp,
    KeyPlanned,
    KeyReported,
    KeyStepMarked,
)
from bot.incidents.leaked_key import KeyCase, Procedure
from bot.rules.api_keys import ApiKey, Wanted
from bot.slack import ids
from bot.slack.cards.leaked_key import procedure_card
from tests.factories import LENA, NOW, RAVI, an_incident

RULE = Procedure(has_admin=True)
KEY = ApiKey(
    id="apikey_1",
    name="notebook",
    hint="sk-ant-api03-R2D...igAA",
    status="active",
    workspace_id=None,
    workspace_name=None,
    created_by="lena",
    created_at=NOW,
    expires_at=None,
)
INACTIVE = replace(KEY, status="inactive")
REPORTED = KeyReported(actor=LENA, happened_at=NOW, wanted="sk-ant-api03-R2D\u2026igAA", looked_up=True)
FOUND = KeyLookedUp(actor=BOT, happened_at=NOW, keys=(KEY,))
PLANNED = KeyPlanned(actor=LENA, happened_at=NOW, replace_first=True)
REPLACED = KeyStepMarked(actor=RAVI, happened_at=NOW, step="replace", title="Make a new key")
ASKED = ContainmentAsked(actor=LENA, happened_at=NOW, key_id=KEY.id, own=True)
CONFIRMED = ContainmentConfirmed(actor=RAVI, happened_at=NOW, key_id=KEY.id)
CONTAINED = KeyContained(actor=BOT, happened_at=NOW, key=INACTIVE, own=True)
BY_HAND = KeyStepMarked(actor=RAVI, happened_at=NOW, step="contain", title="Make the key inactive")
UNKNOWN = ContainmentFailed(actor=BOT, happened_at=NOW, problem="The answer was lost.", unknown=True)


def _case(*story: Event) -> KeyCase:
    case: KeyCase | None = None
    for event in story:
        case = leaked_key.after(case, event)
    assert case is not None
    return case


def _again(wanted: str = KEY.id) -> KeyReported:
    return KeyReported(actor=LENA, happened_at=NOW + timedelta(minutes=1), wanted=wanted, looked_up=True)


def _card(case: KeyCase, rule: Procedure = RULE) -> str:
    return json.dumps(procedure_card(an_incident(), case, rule).blocks)


@pytest.mark.parametrize("wanted", [KEY.id, "sk-ant-api03-R2D\u2026igAA", "notebook", "igAA"])
def test_looked_up_again_the_key_keeps_its_record(wanted: str) -> None:
    """Whoever did what, what comes first, when and by whom it was contained, and its 401 stay with the same key."""
    told = _case(REPORTED, FOUND, PLANNED, REPLACED, ASKED, CONFIRMED, CONTAINED)
    told = replace(told, refused=True)
    looking = leaked_key.after(told, _again(wanted))
    assert looking is not None
    assert ("looking", wanted) == (looking.phase, looking.sought)
    again = leaked_key.after(looking, replace(FOUND, keys=(INACTIVE,)))
    assert again is not None
    assert replace(told, sought=wanted, since=again.since) == again
    assert {"replace": RAVI, "contain": BOT} == again.done
    unread = leaked_key.after(looking, KeyLookedUp(actor=BOT, happened_at=NOW, problem="No answer."))
    assert unread is not None
    assert ("contained", "No answer.", (INACTIVE,)) == (unread.phase, unread.problem, unread.keys)


def test_another_key_begins_anew() -> None:
    """What was done for the one is not done for the other."""
    assert {} == _case(REPORTED, FOUND, REPLACED, _again("batch-nightly")).done


def test_one_of_several_keeps_the_record() -> None:
    """A person who says which one is meant goes on with the same procedure."""
    twin = replace(KEY, id="apikey_2", name="other")
    case = _case(REPORTED, replace(FOUND, keys=(KEY, twin)), PLANNED, REPLACED, _again("apikey_2"))
    assert ({"replace": RAVI}, True, REPORTED.wanted, "apikey_2") == (
        case.done,
        case.replace_first,
        case.wanted,
        case.sought,
    )


def test_a_key_that_reads_active_again_is_not_contained() -> None:
    """Somebody made it active in the Console: the tick and the moment go."""
    case = _case(REPORTED, FOUND, ASKED, CONFIRMED, CONTAINED, _again(), FOUND)
    assert ("found", None, {}) == (case.phase, case.contained_at, case.done)


@pytest.mark.parametrize(
    ("story", "said"), [((ASKED,), "asks to make"), ((ASKED, CONFIRMED), "is being made inactive")]
)
def test_a_containment_under_way_is_ended_by_no_other_report(story: Sequence[Event], said: str) -> None:
    """Neither of the same key nor of another; who confirmed it is named."""
    case = _case(REPORTED, FOUND, *story)
    for wanted in (KEY.id, "batch-nightly"):
        with pytest.raises(StaleButton) as refused:
            leaked_key.key_reported(case, wanted, RULE, actor=RAVI, now=NOW)
        assert said in refused.value.user_message


def test_a_containment_done_by_hand_lets_the_procedure_go_on() -> None:
    """What the bot proves afterwards stands on the timeline; the procedure is about the next key by then."""
    case = _case(REPORTED, FOUND, ASKED, CONFIRMED, BY_HAND)
    event = leaked_key.key_reported(case, "batch-nightly", RULE, actor=RAVI, now=NOW)
    other = leaked_key.after(case, event)
    assert other is not None
    assert other == leaked_key.after(other, CONTAINED)
    assert "contained" == _case(REPORTED, FOUND, ASKED, CONFIRMED, BY_HAND, CONTAINED).phase


def test_an_unknown_end_is_not_told_as_an_active_key() -> None:
    """Nobody knows what became of it: the first thing to press looks it up again, and that settles it."""
    case = _case(REPORTED, FOUND, ASKED, CONFIRMED, UNKNOWN)
    card = _card(case)
    assert "Nobody knows whether the key is still active" in card
    assert "The key is active" not in card
    assert card.index(ids.KEY_AGAIN) < card.index(ids.KEY_CONTAIN)
    assert "The key is active" in _card(_case(REPORTED, FOUND, ASKED, CONFIRMED, UNKNOWN, _again(), FOUND))


def test_a_key_that_was_inactive_already_has_its_step_ticked() -> None:
    """Nobody can press *Done* there: the bot has read it."""
    case = _case(REPORTED, replace(FOUND, keys=(INACTIVE,)))
    assert {"contain": BOT} == case.done
    assert "already before" in _card(case)


def test_more_keys_than_are_shown_are_counted() -> None:
    """Who reads five knows that there are seven."""
    keys = tuple(replace(KEY, id=f"apikey_{number}", name=f"key-{number}") for number in range(7))
    card = _card(_case(REPORTED, replace(FOUND, keys=keys)))
    assert "key-4" in card
    assert "key-5" not in card
    assert "7 keys fit, 5 are shown" in card


@pytest.mark.parametrize(("apart", "said"), [(True, True), (False, False)])
def test_what_waits_says_since_when_and_for_whom(apart: bool, said: bool) -> None:  # noqa: FBT001 - what is compared
    """Where a process of its own holds the Admin key it may be that which does not run; people may do it by hand."""
    rule = replace(RULE, apart=apart)
    for case in (_case(REPORTED), _case(REPORTED, FOUND, ASKED, CONFIRMED)):
        card = _card(case, rule)
        assert ", since <!date" in card
        assert said == ("`anth-triage keys` does not run" in card)
        assert f"{ids.KEY_STEP}contain" in card
    assert ids.KEY_AGAIN in _card(_case(REPORTED), rule)


def test_the_bot_s_own_key_wants_two_people_whatever_the_rule_is() -> None:
    """A typed word alone contains other keys, where the team says so."""
    typed, case = Procedure(confirm="typed", has_admin=True), _case(REPORTED, FOUND)
    own = replace(typed, own=Wanted.read(KEY.hint))
    for rule, kinds in ((typed, [ContainmentAsked, ContainmentConfirmed]), (own, [ContainmentAsked])):
        asked = leaked_key.containment_asked(case, KEY.id, "igAA", rule, actor=LENA, now=NOW)
        assert kinds == [type(event) for event in asked]


def test_a_key_that_the_admin_api_never_lists_is_told_as_that() -> None:
    """An Admin key is no key of another organization because it is not found."""
    report = replace(REPORTED, wanted="sk-ant-admin01-Zq7\u2026q7AA")
    assert "Admin keys in the Console" in _card(_case(report, replace(FOUND, keys=())))
    assert "No key was found" in _card(_case(REPORTED, replace(FOUND, keys=())))
