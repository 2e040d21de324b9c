"""Telling one person something in private."""

from bot.incidents.effects import Effect, word_to
from bot.workflows.context import Context, Delivery


async def tell(context: Context, delivery: Delivery, text: str, *, once: str | None = None, key: str = "") -> None:
    """Queue an ephemeral message to the person, in the channel where they acted; raises as `Store.begin` does.

    With the hint of a `key` it has a button that begins the procedure for that key.
    """
    async with context.store.begin(once=once) as unit:
        await unit.wish(telling(delivery, text, key))


def telling(delivery: Delivery, text: str, key: str = "") -> Effect:
    """Return the wish for that message, for a transaction that does more."""
    return word_to(delivery.actor.id, text, f"tell:{delivery.key}", channel=delivery.channel_id, hint=key)
