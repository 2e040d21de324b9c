"""Every metric that `/metrics` shows, from the registry that it is made of."""

import importlib
from collections.abc import Iterator
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

_MADE_BY: Final = "bot.app.serve"  # who loads the bot loads everything that makes a metric
PREFIX: Final = "anth_triage_"
_HEAD: Final = """# Metrics

Made from the registry that `/metrics` shows; a test compares. In Socket Mode `anth-triage serve` shows them beside
its health, on `--host` and `--port`. In HTTP mode that listener may be reached from outside and shows none:
`--admin-port` opens one for the same machine that does. [Alerts on them](../how-to/watch.md).

| metric | type | labels | what it counts |
| --- | --- | --- | --- |"""
_TAIL: Final = """
A counter or histogram comes with `…_created`, the moment (in seconds since 1970) since which it counts: it begins
anew with each process. Each replica shows its own; what the audit found and the queue (`queue_…`, `dead_jobs`) are
read from the database and the same on all of them: take `max`, not `sum`. A histogram named `x`
is read as `x_bucket`, `x_sum` and `x_count`. Labels take words of a list: a kind of work or of interaction, a check,
a severity.

Beside these stand the usual ones of a Python process, `process_…` and `python_…`, as the library for Prometheus
gives them."""


def metrics_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for metric in sorted(_own(), key=_shown_name):
        (family,) = metric.describe()
        labels = ", ".join(f"`{name}`" for name in _labels(metric)) or "-"
        yield f"| `{_shown_name(metric)}` | {family.type} | {labels} | {family.documentation} |"
    yield _TAIL


def _own() -> set[MetricWrapperBase]:
    importlib.import_module(_MADE_BY)
    collectors = REGISTRY._names_to_collectors.items()  # noqa: SLF001 - the library lists them nowhere else
    return {one for name, one in collectors if name.startswith(PREFIX) and isinstance(one, MetricWrapperBase)}


def _labels(metric: MetricWrapperBase) -> tuple[str, ...]:
    return tuple(metric._labelnames)  # noqa: SLF001 - the same


def _shown_name(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    return f"{family.name}_total" if family.type == "counter" else family.name
