"""What a team's own template may do: read the data, loop, set, and use our filters; everything else is undefined.

Jinja's sandbox still lets public methods and attributes through, and multiplies strings; this one knows only plain
data. It runs in a process of its own (`own_template.py`), for no sandbox of Python's is a wall by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.postmortem.filters import FILTERS

MOST_ROUNDS: Final = 10_000
MOST_REPEATED: Final = 100_000
"""How far `range` goes, and how long a text or list may become by `*`."""
_BUILT_IN: Final = (
    *(
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "reject",
    ),
    *("rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort", "sum", "trim", "unique", "upper"),
)
_TESTS: Final = (
    *("boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge", "greaterthan", "gt", "in"),
    *("integer", "le", "lessthan", "lower", "lt", "mapping", "ne", "none", "number", "odd", "sequence", "string"),
    *("true", "undefined", "upper", "==", "!=", "<", "<=", ">", ">="),
)
_OF_A_LOOP: Final = frozenset({
    *("depth", "depth0", "first", "index", "index0", "last", "length", "nextitem", "previtem", "revindex", "revindex0"),
})  # fmt: skip


def _printable(value: object) -> object:
    """Return the value; refuse to print what is no data, such as a macro itself."""
    if not isinstance(value, str | int | float | list | tuple | dict | Undefined | None):
        raise SecurityError(f"{type(value).__name__} is no data")
    return value


def numbers(*bounds: int) -> range:
    """Return the range, which is named `range` in a template; refuse a long one."""
    asked = range(*bounds)
    if len(asked) > MOST_ROUNDS:
        raise SecurityError(f"range is longer than {MOST_ROUNDS}")
    return asked


class Confined(ImmutableSandboxedEnvironment):
    """Looks into dictionaries, lists and texts by key and index only, and calls nothing but macros and `range`."""

    intercepted_binops = frozenset({"*", "**", "%", "//", "/"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.filters = {name: self.filters[name] for name in _BUILT_IN} | dict(FILTERS)
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.globals = {"range": numbers}

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's own signature
        """Return what the data holds under this name; of a loop, where it is; of anything else nothing."""
        if isinstance(obj, LoopContext) and attribute in _OF_A_LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja's own signature
        """Return what the data holds at this key or index, or nothing."""
        by_name = isinstance(obj, Mapping) and isinstance(argument, str)
        by_place = isinstance(obj, Sequence) and isinstance(argument, int)
        if by_name or by_place:
            try:
                return obj[argument]
            except LookupError:
                pass
        return self.undefined(obj=obj, name=argument) if isinstance(argument, str) else self.undefined("no such item")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401, ARG002 - Jinja's signature
        """Return that there is none: what may be looked at is looked up above."""
        return False

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 - Jinja's own signature
        """Return whether this is a macro, a recursive loop or our `range`; what is undefined says so when called."""
        return obj is numbers or isinstance(obj, LoopContext | Macro | Undefined)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja's signature
        """Return the result of arithmetic; texts and lists repeat within limits, and `%` formats nothing."""
        numeric = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "*" and not numeric:
            _refuse_long(left, right)
        elif not numeric or operator == "**":
            raise SecurityError(f"the operator {operator} is not for this")
        return super().call_binop(context, operator, left, right)


def _refuse_long(left: object, right: object) -> None:
    times = next((one for one in (left, right) if isinstance(one, int)), 0)
    length = next((len(one) for one in (left, right) if isinstance(one, Sequence)), 0)
    if length * max(times, 0) > MOST_REPEATED:
        raise SecurityError(f"the operator * makes more than {MOST_REPEATED} characters")
