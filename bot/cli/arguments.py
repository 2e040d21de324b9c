"""Arguments that several commands share."""

import click

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
