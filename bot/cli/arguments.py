"""Arguments that several commands share."""

import click

from bot.incidents.events import Actor
from bot.incidents.names import number_in


class IncidentName(click.ParamType[int]):
    """`INC-7`, `inc-7` or `7`."""

    name = "incident"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        number = number_in(str(value))
        if number is None:
            self.fail(f"{value!r} is no incident's name; write it like INC-7.", param, ctx)
        return number


class Person(click.ParamType[Actor]):
    """Who does something in a terminal: a name, kept beside what they did."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Actor:
        """Return the person; their id says that they were no user of Slack's."""
        if isinstance(value, Actor):
            return value
        said = " ".join(str(value).split())
        if not said:
            self.fail("a name is needed.", param, ctx)
        return Actor(id="terminal", name=said[:80])


by = click.option("--by", "who", type=Person(), required=True, help="Your name; it stays on the timeline.")
reason = click.option("--reason", required=True, help="Why; it stays on the timeline.")
