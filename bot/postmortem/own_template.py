"""Renders a team's own template in this process alone, which takes its limits first: started by `sandbox.py`.

Standard input: one JSON document, `{"template": text, "variables": {...}}`. Standard output: the text, exit status 0;
or why there is none, in one line, exit status 1.
"""

import json
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from jinja2 import TemplateError, TemplateSyntaxError

from bot.postmortem.confined import Confined

CPU_S: Final = 2
MEMORY: Final = 256 << 20
OUTPUT: Final = 1 << 20
_LIMITS: Final = {
    resource.RLIMIT_CPU: CPU_S,
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_NOFILE: 3,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}


class Refused(Exception):
    """The template cannot be used; the text says why, in one line."""


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Return the text; raises Refused."""
    try:
        return _render(template, variables)
    except TemplateSyntaxError as error:
        raise Refused(f"line {error.lineno}: {error.message}") from None
    except TemplateError as error:
        raise Refused(f"line {_line_of(error)}: {error.message}") from None
    except MemoryError:
        raise Refused(f"it needs more than {MEMORY >> 20} MiB") from None
    except RecursionError:
        raise Refused("it is nested too deeply") from None
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, AssertionError, SyntaxError) as error:
        raise Refused(f"line {_line_of(error)}: {type(error).__name__}: {error}") from None


def _render(template: str, variables: Mapping[str, Any]) -> str:
    parts: list[str] = []
    length = 0
    for part in Confined().from_string(template).generate(dict(variables)):
        length += len(part)
        if length > OUTPUT:
            raise Refused(f"it gives more than {OUTPUT >> 10} KiB")
        parts.append(part)
    return "".join(parts)


def _line_of(error: BaseException) -> int | str:
    """Return the line of the template that was being rendered; Jinja puts it into the traceback."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1] if lines else "?"


def main() -> int:
    """Take the limits, read, render, write."""
    for first_used in ("{{ 'a' ~ 1 }}", "{{ nothing }}"):  # Python and Jinja load parts then, which takes files
        with suppress(Refused):
            render(first_used, {})
    for what, most in _LIMITS.items():
        resource.setrlimit(what, (most, most))
    try:
        given = json.load(sys.stdin.buffer)
        text, status = render(given["template"], given["variables"]), 0
    except Refused as refusal:
        text, status = str(refusal), 1
    except (MemoryError, RecursionError):
        text, status = f"it needs more than {MEMORY >> 20} MiB", 1
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return status


if __name__ == "__main__":
    sys.exit(main())
