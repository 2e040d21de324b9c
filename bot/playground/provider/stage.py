"""Where in its story the provider is: the conditions of this moment, and what they have used up so far."""

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction

from bot.clock import Clock
from bot.playground.provider.catalogue import Catalogue
from bot.playground.provider.limits import ModelLimits
from bot.playground.provider.story import ApiFault, Endpoint, Limits, Scenario, Step


class Stage:
    """Plays one scenario by the clock."""

    def __init__(self, clock: Clock, scenario: Scenario) -> None:
        self._clock = clock
        self.play(scenario)

    def play(self, scenario: Scenario) -> None:
        """Begin a scenario at this moment, with full buckets."""
        self.scenario = scenario
        self.origin = self._clock.now()
        self._met: Counter[ApiFault] = Counter()
        self._limits: dict[tuple[str, Limits], ModelLimits] = {}

    def hold(self, step: Step) -> None:
        """Leave the story: the conditions of this step stay until the next `play`."""
        self.scenario = replace(self.scenario, steps=(replace(step, at_s=0.0, expect=None),))

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since the scenario began."""
        return (self._clock.now() - self.origin).total_seconds()

    @property
    def step(self) -> Step:
        """Return the step that is on: how the provider behaves now."""
        begun = [step for step in self.scenario.steps if step.at_s <= self.elapsed_s]
        return begun[-1] if begun else self.scenario.steps[0]

    @property
    def next_step_in_s(self) -> float | None:
        """Return the seconds until the next step, or None in the last one."""
        elapsed = self.elapsed_s
        return next((step.at_s - elapsed for step in self.scenario.steps if step.at_s > elapsed), None)

    @property
    def catalogue(self) -> Catalogue:
        """Return the models as they are now."""
        return Catalogue(self.step.models, self.step.retires_in_days, self.origin)

    def limits_of(self, model: str) -> ModelLimits:
        """Return the model's rate limits as they are now."""
        limits = self.step.limits
        return self._limits.setdefault((model, limits), ModelLimits(limits, self._clock.now()))

    def fault_for(self, endpoint: Endpoint | None, model: str | None) -> str | None:
        """Return the name of the answer that spoils this request, or None; the first fault that strikes wins."""
        for fault in self.step.faults:
            asked = not fault.endpoints or endpoint in fault.endpoints
            if asked and (not fault.models or model in fault.models) and self._strikes(fault):
                return fault.answer
        return None

    def _strikes(self, fault: ApiFault) -> bool:
        """Count a matching request; True for the first one and then evenly for the fault's share of them."""
        share, index = Fraction(str(fault.share)), self._met[fault]
        self._met[fault] += 1
        return math.ceil((index + 1) * share) > math.ceil(index * share)
