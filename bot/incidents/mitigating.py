"""What was tried against the failure: who has it in hand, whether it is done, and whether it helped."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.errors import StaleButton
from bot.incidents.events import Actor, Mark, Measured, MitigationMarked
from bot.incidents.recovery import is_clean
from bot.rules.taxonomy import Mitigation

SAYS: Final = {"taken": "has it in hand", "done": "has done it", "undone": "has undone it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One mitigation as it stands: `owner` has it in hand; who marked it last and when (UTC).

    `helped` is what the last measurement that began after it was done says, None before one, or when the bot cannot
    see it.
    """

    id: str
    title: str
    owner: Actor
    mark: Mark
    by: Actor
    at: datetime
    measurable: bool = False
    helped: bool | None = None

    @property
    def is_done(self) -> bool:
        """Return whether it stands as done."""
        return self.mark == "done"


def marked(
    tried: tuple[Tried, ...],
    mitigation: Mitigation,
    mark: Mark,
    *,
    actor: Actor,
    now: datetime,
) -> MitigationMarked:
    """Return that somebody took, did or undid a mitigation; raises StaleButton when it stands so already."""
    before = next((one for one in tried if one.id == mitigation.id), None)
    if mark == "undone" and (before is None or not before.is_done):
        raise StaleButton(f"“{mitigation.title}” is not marked as done.", "Nothing was changed.")
    same = before is not None and before.mark == mark and (mark != "taken" or before.owner == actor)
    if before is not None and (same or (mark == "taken" and before.is_done)):
        raise StaleButton(
            f"{before.by.name} {SAYS[before.mark]} already: “{mitigation.title}”.", "Nothing was changed."
        )
    return MitigationMarked(
        actor=actor,
        happened_at=now,
        mitigation=mitigation.id,
        title=mitigation.title,
        mark=mark,
        measurable=mitigation.verify == "probe",
    )


def after_mark(tried: tuple[Tried, ...], event: MitigationMarked) -> tuple[Tried, ...]:
    """Return what was tried after this mark; who does what nobody had in hand owns it from then on."""
    before = next((one for one in tried if one.id == event.mitigation), None)
    owner = event.actor if before is None or event.mark == "taken" else before.owner
    now = Tried(
        id=event.mitigation,
        title=event.title,
        owner=owner,
        mark=event.mark,
        by=event.actor,
        at=event.happened_at,
        measurable=event.measurable,
    )
    if before is None:
        return (*tried, now)
    return tuple(now if one.id == now.id else one for one in tried)


def after_measurement(tried: tuple[Tried, ...], event: Measured) -> tuple[Tried, ...]:
    """Return what was tried after this measurement: it says of all that was done before it began whether it helped."""
    helped, began = is_clean(event), event.began_at or event.happened_at
    return tuple(
        replace(one, helped=helped) if one.is_done and one.measurable and began > one.at else one for one in tried
    )
