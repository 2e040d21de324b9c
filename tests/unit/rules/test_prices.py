"""Prices are data: the longest fitting name wins, what is unknown is dear, and mistakes are named."""

import pytest

from bot.errors import BadRules
from bot.paths import read_rules
from bot.rules.prices import Price, load_prices

ROW = '[[price]]\nmodel = "claude-a"\ntokens_in = 1\ntokens_out = 5\n'
TWO = ROW + '[[price]]\nmodel = "claude-a-2"\ntokens_in = 9\ntokens_out = 2.5\n'


def test_the_longest_beginning_wins() -> None:
    """A dated id has the price of its model, and a newer version its own."""
    prices = load_prices(TWO)
    assert (Price(1.0, 5.0), Price(9.0, 2.5)) == (prices.of("claude-a-20261122"), prices.of("claude-a-2"))


def test_an_unknown_model_is_as_dear_as_the_dearest() -> None:
    """Each of the two prices is the highest there is."""
    assert Price(9.0, 5.0) == load_prices(TWO).of("claude-unheard-of")


def test_the_shipped_prices_know_the_default_model() -> None:
    """A probe of twelve tokens in and one out costs a fraction of a cent."""
    price = load_prices(read_rules()["prices"]).of("claude-haiku-5-5")
    assert pytest.approx(1.7e-6) == price.of(12, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("price = ", r"prices\.toml:1 is not valid TOML"),
        ("", r"at least one \[\[price\]\]"),
        ("price = 7", r"at least one \[\[price\]\]"),
        ("price = [7]", r"prices\.toml:0 \[\[price\]\]: takes exactly model, tokens_in, tokens_out"),
        (ROW + "more = 1", r"prices\.toml:1 \[\[price\]\]: takes exactly"),
        (TWO.replace("9", "-1"), r"prices\.toml:5 \[\[price\]\]: a price is no number from 0"),
        (ROW.replace("1", "true"), r"prices\.toml:1 \[\[price\]\]: a price is no number"),
        (ROW.replace("1", "nan"), r"prices\.toml:1 \[\[price\]\]: a price is no number"),
        (ROW.replace('"claude-a"', "7"), r"prices\.toml:1 \[\[price\]\]: model is no text"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, problem: str) -> None:
    """The whole file is refused, and says which row to mend."""
    with pytest.raises(BadRules, match=problem):
        load_prices(text)
