"""Which key a person means, read from whatever they have of it, and nothing of a secret kept."""

import pytest

from bot.errors import BadInput
from bot.rules.api_keys import Wanted, is_key_id
from bot.rules.redact import Redactor

HINT = "sk-ant-api03-R2D...igAA"
KEY = "sk-ant-api03-R2D" + "x7Kq" * 22 + "igAA"
OTHERS = ("sk-ant-api03-R2X...igAA", "sk-ant-api03-R2D...xgAA", "sk-ant-oat01-Zt4...p0AA")


@pytest.mark.parametrize(
    "given",
    [
        HINT,
        "sk-ant-api03-R2D\u2026igAA",
        " `sk-ant-api03-R2D...igAA` ",
        "sk-ant-api03-R2D****igAA",
        "R2D...igAA",
        "the key sk-ant-api03-R2D...igAA of our notebook",
        KEY,
        f"ANTHROPIC_API_KEY={KEY}",
        f'"{KEY}"',
        KEY.removeprefix("sk-ant-api03-"),
    ],
)
def test_whatever_shows_both_ends_finds_one_key(given: str) -> None:
    """A hint in any writing and the whole key mean the key with that hint and none that differs in one character."""
    wanted = Wanted.read(given)
    assert wanted.fits("notebook", HINT)
    assert not any(wanted.fits("notebook", other) for other in OTHERS)


@pytest.mark.parametrize("given", ["igAA", "\u2026igAA", "...igAA", "sk-ant-...igAA", Redactor()(KEY)])
def test_the_last_four_are_enough(given: str) -> None:
    """The last four characters, also as our own redactor leaves them, mean every key that ends so."""
    wanted = Wanted.read(given)
    assert [True, True, False] == [wanted.fits("x", hint) for hint in (HINT, OTHERS[0], OTHERS[1])]


@pytest.mark.parametrize("given", ["sk-ant-api03-R2D", "sk-ant-api03-R2D...", KEY[:40], KEY[:70]])
def test_a_key_that_was_cut_is_known_by_its_beginning(given: str) -> None:
    """Of a key without its end the three characters after the prefix count, the last ones there do not."""
    wanted = Wanted.read(given)
    assert [True, False, True] == [wanted.fits("x", hint) for hint in (HINT, OTHERS[0], OTHERS[1])]


@pytest.mark.parametrize("given", [KEY, KEY[:70], KEY.removeprefix("sk-ant-api03-"), f"key: {KEY}", KEY + "..."])
def test_nothing_of_a_secret_is_kept(given: str) -> None:
    """Of a whole or half key no more is kept than a hint shows."""
    wanted = Wanted.read(given)
    assert "x7Kq" not in repr(wanted) + wanted.name


@pytest.mark.parametrize("given", ["{}", "it is {} I think", "{}...igAA"])
def test_of_a_piece_without_its_prefix_no_more_is_kept(given: str) -> None:
    """A long run that mixes capitals, small letters and digits is no name, which would become the public title."""
    piece = "R2DqX7mK9vLpW3nB8tYcZ5fG1hJ4sD6aE0uI2oP7rT9yQ"
    wanted = Wanted.read(given.format(piece))
    assert ("R2D", "") == (wanted.head, wanted.name)
    assert piece[3:-4] not in repr(wanted)
    assert "Batch-nightly-2026-eu-west-1-Prod" == Wanted.read("Batch-nightly-2026-eu-west-1-Prod").name


@pytest.mark.parametrize("given", ["", "  ", "``", "sk-ant-api03-...", "...AA", "sk-ant-api03-R2...AA", "\u2026"])
def test_too_little_is_refused_in_words_without_it(given: str) -> None:
    """What would fit half of all keys is refused with a hint at what would do."""
    with pytest.raises(BadInput) as caught:
        Wanted.read(given)
    assert "key" in caught.value.user_message
    assert "sk-ant" not in str(caught.value)


@pytest.mark.parametrize("name", ["notebook-experiments", "prod", "prod...east", "Lena's key", "x..y", "100 % *"])
def test_a_name_means_the_key_of_that_name(name: str) -> None:
    """Any other text is a key's exact name, also where it could be the end of a key."""
    wanted = Wanted.read(name)
    assert wanted.fits(name, HINT)
    assert not wanted.fits(f"{name}-2", HINT)


def test_an_id_stands_alone() -> None:
    """An id is no name and no end of a key; what only begins like one is a name."""
    assert Wanted(id="apikey_01Rj2N8SVvo6BePZj99NhmiT") == Wanted.read(" apikey_01Rj2N8SVvo6BePZj99NhmiT ")
    assert "" == Wanted.read("apikey_../users").id
    assert [True, False, False] == [is_key_id(text) for text in ("apikey_1a", "apikey_1a\n", "apikey_1/2")]


@pytest.mark.parametrize("hint", ["", "sk-ant-api03", "\ufffd", "no hint at all", "...", "x" * 200])
def test_a_hint_that_is_none_fits_nothing(hint: str) -> None:
    """A key whose hint cannot be read is found by its name only."""
    assert not Wanted.read("igAA").fits("notebook", hint)
    assert Wanted.read("notebook").fits("notebook", hint)


def test_hostile_text_takes_no_time() -> None:
    """A text of a million dots, stars or dashes is read at once."""
    for text in (".", "*", "-", "sk-ant-", "sk-ant-a1-"):
        try:
            Wanted.read(text * 1_000_000)
        except BadInput:
            continue
