"""What the probes of a run may cost: each is reserved at its dearest before it is sent, and settled by its answer."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bot.checks.events import events
from bot.checks.exchange import Exchange, fields_of
from bot.rules.prices import Prices

_OVERHEAD_TOKENS: Final = 20  # what the provider adds to a tiny message, generously
_CENT: Final = 0.01
_MOST_TOKENS: Final = 10**6


class Budget:
    """The money of one run. `spent` is what its probes cost at most, in dollars, open ones included."""

    def __init__(self, prices: Prices, cap: float) -> None:
        self.spent = 0.0
        self._prices = prices
        self._cap = cap

    def reserve(self, body: Mapping[str, object]) -> float | None:
        """Set aside what this request can cost at most; None, and nothing set aside, if that passes the cap."""
        most = self._price(body, _most_tokens_in(body), _count(body.get("max_tokens")))
        if self.spent + most > self._cap:
            return None
        self.spent += most
        return most

    def settle(self, body: Mapping[str, object], reserved: float, exchange: Exchange) -> None:
        """Put the real cost in place of the reserved one; what did not say what it used keeps the dearest."""
        used = usage(exchange)
        if used is not None:
            self.spent += self._price(body, *used) - reserved
        elif exchange.status is not None and exchange.status >= HTTPStatus.BAD_REQUEST:
            self.spent -= reserved  # an error is not billed

    def facts(self) -> dict[str, str]:
        """Return spend and cap in words that people read."""
        return {"run_cost": dollars(max(0.0, self.spent)), "cost_cap": dollars(self._cap)}

    def _price(self, body: Mapping[str, object], tokens_in: int, tokens_out: int) -> float:
        return self._prices.of(str(body.get("model"))).of(tokens_in, tokens_out)


def dollars(amount: float) -> str:
    """Return an amount as people read it: cents, and below a cent as many digits as it takes."""
    return f"${amount:.2f}" if amount >= _CENT or amount == 0 else f"${amount:.7f}".rstrip("0")


def cost_sentence(facts: Mapping[str, str]) -> str:
    """Return what the run cost so far and may cost at most; empty when nothing was sent."""
    if "run_cost" not in facts:
        return facts.get("capped", "")
    said = f"Cost of the run so far: at most {facts['run_cost']}, cap {facts['cost_cap']}."
    return f"{facts['capped']} {said}" if "capped" in facts else said


def usage(exchange: Exchange) -> tuple[int, int] | None:
    """Return the tokens in and out that an answer, whole or streamed, says it used; None if it does not say."""
    if exchange.status != HTTPStatus.OK:
        return None
    used = fields_of(exchange.data(), "usage")
    if not used:
        seen = [event.data for event in events(exchange.pieces)]
        begun = (fields_of(fields_of(data, "message"), "usage") for data in seen)
        ended = (fields_of(data, "usage") for data in seen)
        first, last = next(filter(None, begun), {}), next(filter(None, ended), {})
        used = {**first, **last} if first and last else {}
    return (_count(used.get("input_tokens")), _count(used.get("output_tokens"))) if used else None


def _most_tokens_in(body: Mapping[str, object]) -> int:
    """Return more tokens than the input can have: none is shorter than a character."""
    return _OVERHEAD_TOKENS + len(json.dumps(body.get("messages")))


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0
