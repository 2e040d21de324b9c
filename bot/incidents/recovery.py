"""Whether it is over: clean measurements in a row of every model that had failed, and the provider's own incident.

It only says when *Resolve* can be offered. Nothing resolves by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import Measured
from bot.rules.recovery import Recovery

_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What measurements since the opening add up to.

    `failed` are the models of which a request failed. `clean` counts the clean measurements in a row, which span from
    `clean_since` to `clean_at` (UTC). The last one did not ask `unasked`, of those that had failed, and saw these open
    incidents of the `provider`; `gone` are those that the team uses no more. `measured` counts the measurements since
    somebody began to watch; `offered`: people were told of the present row.
    """

    failed: tuple[str, ...] = ()
    clean: int = 0
    clean_since: datetime | None = None
    clean_at: datetime | None = None
    unasked: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    measured: int = 0
    offered: bool = False

    @property
    def lasted(self) -> timedelta:
        """Return how long the row of clean measurements spans."""
        return _NONE if self.clean_since is None or self.clean_at is None else self.clean_at - self.clean_since

    def lacks(self, rule: Recovery) -> tuple[str, ...]:
        """Return what still speaks against the end, in words; nothing when *Resolve* can be offered."""
        return tuple(self._lacks(rule))

    def _lacks(self, rule: Recovery) -> Iterator[str]:
        if self.clean < rule.checks:
            yield f"{self.clean} of {rule.checks} clean measurements in a row"
        elif self.lasted < rule.lasting:
            yield f"clean for {_minutes(self.lasted)} of {_minutes(rule.lasting)} min"
        for model in self.unasked:
            yield f"{model} had failed and was not measured again"
        for name in self.provider:
            yield f"the provider's incident {name} is still open"


def is_clean(event: Measured) -> bool:
    """Tell whether everything that was asked answered well and in time, and production said nothing else meanwhile."""
    asked = [model for model in event.models if not model.compared]
    works = event.samples_total > 0 and event.samples_failed == 0 and not any(one.failed or one.slow for one in asked)
    return works and not event.contradicted


def watched(watch: Watch, event: Measured) -> Watch:
    """Return the watch after this measurement; an unreadable page says nothing, so it never holds the end up."""
    asked = {one.model for one in event.models if one.total and not one.compared}
    failing = {one.model for one in event.models if one.failed and not one.compared}
    failed = tuple(sorted({*watch.failed, *failing}))
    gone = tuple(model for model in failed if event.in_use and model not in {*event.in_use, *asked})
    watch = replace(
        watch,
        failed=failed,
        unasked=tuple(model for model in failed if model not in {*asked, *gone}),
        gone=gone,
        provider=event.provider or (),
        measured=watch.measured + 1,
    )
    if not is_clean(event):
        return replace(watch, clean=0, clean_since=None, clean_at=None, offered=False)
    since = watch.clean_since or event.happened_at
    return replace(watch, clean=watch.clean + 1, clean_since=since, clean_at=max(event.happened_at, since))


def begun(watch: Watch) -> Watch:
    """Return the watch when somebody begins to watch: measurements are counted anew."""
    return replace(watch, measured=0)


def relapsed(watch: Watch) -> Watch:
    """Return the watch of an incident that goes on: the row is broken; what had failed is remembered."""
    return Watch(failed=watch.failed)


def _minutes(span: timedelta) -> str:
    return f"{span // timedelta(minutes=1)}"  # never more than there is
