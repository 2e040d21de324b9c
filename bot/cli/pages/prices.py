"""What probes cost, as a table."""

from collections.abc import Iterator

from bot.rules.book import Book
from bot.rules.prices import Prices


def prices_page(book: Book) -> str:
    """Return the prices by which the cost of a run is estimated."""
    return "\n".join(_lines(book.prices)) + "\n"


def _lines(prices: Prices) -> Iterator[str]:
    yield "# Prices\n\nBy them the cost of a run's probes is estimated. The longest beginning of a model's id that fits"
    yield "decides; a model that none fits is taken to cost as much as the dearest, so that no estimate is too low.\n"
    yield "| model | $ for a million tokens in | out |\n| --- | ---: | ---: |"
    for model, price in prices.rows.items():
        yield f"| `{model}` | {price.tokens_in:.2f} | {price.tokens_out:.2f} |"
