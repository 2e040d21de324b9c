"""Has the doctor look at how the bot is set up, for one person."""

from bot.incidents.effects import tell_findings
from bot.workflows.context import Context, Delivery


async def ask_doctor(context: Context, delivery: Delivery) -> None:
    """See to it that the person hears what is wrong with the bot; raises as `Store.begin` does."""
    async with context.store.begin(once=delivery.key) as unit:
        await unit.wish(tell_findings(delivery.actor.id, delivery.channel_id, delivery.key))
