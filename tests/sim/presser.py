"""A process that presses one button of many incidents, and then sends each press again: `python -m tests.sim.presser`.

Arguments: database URL, name of the person, number of incidents, seed. Prints how often it won, lost and was repeated.
"""

import asyncio
import json
import random
import sys
from collections import Counter

from bot.clock import SystemClock
from bot.errors import StaleButton
from bot.incidents.events import Actor
from bot.incidents.walk import Choice
from bot.paths import read_rules
from bot.rules.book import load_book
from bot.store.database import Database
from bot.store.unit_of_work import Repeated, Store
from bot.workflows.answer import answer_step
from bot.workflows.context import Context, Delivery


async def press(url: str, who: str, count: int, seed: int) -> Counter[str]:
    """Press the first question's button in each incident, in an order of this process's own, each press twice."""
    book, database = load_book(read_rules()), Database(url)
    store = Store(database, SystemClock(), lambda data: data)
    context = Context(store=store, clock=SystemClock(), tree=book.tree, rules=book.rules)
    numbers = list(range(1, count + 1))
    random.Random(seed).shuffle(numbers)  # noqa: S311 - a replayable order
    seen: Counter[str] = Counter()
    for number in numbers:
        delivery = Delivery(
            key=f"{who}:{number}", team_id="T1", channel_id="C1", actor=Actor(id=f"U0{who.upper()}", name=who)
        )
        for _ in range(2):
            seen[await _outcome(context, delivery, number)] += 1
    await database.close()
    return seen


async def _outcome(context: Context, delivery: Delivery, number: int) -> str:
    try:
        await answer_step(context, delivery, Choice(incident_id=number, index=0, step="symptom", option="overloaded"))
    except Repeated:
        return "repeated"
    except StaleButton as told:
        return f"lost to {told.user_message.rpartition(' ')[2].rstrip('.')}"
    return "won"


if __name__ == "__main__":
    url_, who_, count_, seed_ = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(press(url_, who_, int(count_), int(seed_)))))
