"""Arguments that several commands share."""

import re

import click

_NAME = re.compile(r"(?:inc-)?(\d{1,15})", re.IGNORECASE)


class IncidentName(click.ParamType[int]):
    """`INC-7`, `inc-7` or `7`."""

    name = "incident"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        match = _NAME.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no incident's name; write it like INC-7.", param, ctx)
        return int(match[1])
