"""What one person reads for themselves: the bundle's text stays code whatever it holds, and fits what Slack takes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.lint import lint_message
from bot.postmortem.bundle import Api
from bot.postmortem.numbers import numbers
from bot.postmortem.papers import render_bundle
from bot.postmortem.period import period_of
from bot.slack.cards.bundle import bundle_answer
from bot.slack.cards.report import report_text
from tests.factories import NOW
from tests.quarter import contexts, rows

FENCE = "```"
MARKS = st.sampled_from(["```", "<!channel>", "<@U1>", "&lt;", "`", "*", "\n# ", "https://evil.example"])


def _codes(answer: dict[str, object]) -> list[str]:
    blocks = answer["blocks"]
    assert isinstance(blocks, list)
    texts = [block["text"]["text"] for block in blocks]
    return [text.removeprefix(f"{FENCE}\n").removesuffix(f"\n{FENCE}") for text in texts if text.startswith(FENCE)]


def test_an_ordinary_bundle_is_one_block_of_code() -> None:
    """It is copied at one go, and is the same text as the terminal's."""
    text = render_bundle(contexts()[0], Api())
    answer = bundle_answer("INC-1", text)
    assert "ephemeral" == answer["response_type"]
    assert [text.strip("\n")] == _codes(answer)


@given(st.lists(MARKS | st.text(max_size=50), max_size=6).map("".join))
def test_the_provider_s_own_words_stay_code(said: str) -> None:
    """No name of an incident on the page ends the code, mentions anybody, or becomes a link."""
    first = contexts()[0]
    (told,) = first.provider.incidents
    odd = replace(first, provider=replace(first.provider, incidents=(replace(told, name=said, url=said, impact=said),)))
    answer = bundle_answer("INC-1", render_bundle(odd, Api()))
    assert [] == lint_message(answer["blocks"], answer["text"])
    for code in _codes(answer):
        assert FENCE not in code
        assert not set(code) & set("<>")


def test_a_very_long_bundle_is_cut_between_lines() -> None:
    """Each part is whole, and the answer says where all of it is."""
    lines = [f"    req_{number:04}" for number in range(3000)]
    answer = bundle_answer("INC-1", "\n".join(lines))
    shown = "\n".join(_codes(answer)).splitlines()
    assert shown == lines[: len(shown)]
    assert [] == lint_message(answer["blocks"], answer["text"])
    assert "`anth-triage bundle INC-1 -o FILE` writes all of it" in answer["blocks"][-1]["text"]["text"]


def test_the_numbers_hold_no_words_of_any_incident() -> None:
    """Neither a title nor a task nor a name: they may come from a private one."""
    text = report_text(numbers(rows(), period_of("all", NOW)))
    for told in ("7 incidents opened so far", "P1 3, P2 2, P3 2", "by 41 min (median)", "left to do: 3, 1 overdue"):
        assert told in text
    for word in ("ACME", "ravi", "alert on", "Chat answers"):
        assert word not in text
