"""The models that the stand-in knows, with the lifecycle that the real catalogue gives each of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.playground.provider.paging import page_of
from bot.playground.provider.wording import rfc3339

Lifecycle = Literal["active", "deprecated", "retired"]
Line = Literal["haiku", "sonnet", "opus", "fable", "mythos"]


@dataclass(frozen=True, slots=True)
class Model:
    """One model: dates are ISO days, limits are tokens."""

    id: str
    line: Line
    created: str
    lifecycle: Lifecycle = "active"
    retires: str | None = None
    max_input: int = 200_000
    max_output: int = 64_000

    @property
    def display_name(self) -> str:
        """Return the name people read: `Claude Haiku 5.5` for `claude-haiku-5-5`."""
        version = [part for part in self.id.split("-")[2:] if part.isdigit() and len(part) < len("20251001")]
        return f"Claude {self.line.title()} {'.'.join(version)}".strip()


MODELS: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model("claude-fable-5-2", "fable", "2026-09-29", max_input=1_000_000, max_output=128_000),
        Model("claude-opus-5-5", "opus", "2026-10-07", max_input=1_000_000, max_output=128_000),
        Model("claude-sonnet-5-5", "sonnet", "2026-10-07", max_input=1_000_000),
        Model("claude-haiku-5-5", "haiku", "2026-10-07"),
        Model("claude-opus-4-8", "opus", "2026-05-12", max_output=128_000),
        Model("claude-sonnet-4-6", "sonnet", "2026-02-17"),
        Model("claude-haiku-4-5-20251001", "haiku", "2025-10-15"),
        Model("claude-sonnet-4-5-20250929", "sonnet", "2025-09-29", "deprecated", "2026-11-30"),
        Model("claude-opus-4-1-20250805", "opus", "2025-08-05", "retired", "2026-08-05", max_output=32_000),
        Model("claude-sonnet-4-20250514", "sonnet", "2025-05-22", "retired", "2026-06-15"),
        Model("claude-opus-4-20250514", "opus", "2025-05-22", "retired", "2026-06-15", max_output=32_000),
    )
}
LISTED = tuple(MODELS)
"""The ids the API knows unless a scenario names others."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The known models as they are at the moment `now`.

    `retires_in_days` counts from `origin`, the start of the scenario; from 0 down the model is retired.
    """

    ids: tuple[str, ...]
    retires_in_days: Mapping[str, int]
    origin: datetime

    def __iter__(self) -> Iterator[Model]:
        """Yield the models, newest first as the real list does."""
        return iter(sorted((self._current(MODELS[id_]) for id_ in self.ids), key=lambda m: m.created, reverse=True))

    def get(self, model_id: str) -> Model | None:
        """Return the model with this id, or None if the API does not know it."""
        return self._current(MODELS[model_id]) if model_id in self.ids else None

    def _current(self, model: Model) -> Model:
        days = self.retires_in_days.get(model.id)
        if days is None:
            return model
        lifecycle: Lifecycle = "deprecated" if days > 0 else "retired"
        retires = (self.origin + timedelta(days=days)).date().isoformat()
        return replace(model, lifecycle=lifecycle, retires=retires)


def model_record(model: Model) -> dict[str, object]:
    """Return the model as `GET /v1/models` shows it."""
    deprecated = None if model.retires is None else datetime.fromisoformat(model.retires + "T00:00:00+00:00")
    return {
        "id": model.id,
        "type": "model",
        "display_name": model.display_name,
        "created_at": f"{model.created}T00:00:00Z",
        "lifecycle": model.lifecycle,
        "deprecated_at": None if deprecated is None else rfc3339(deprecated - timedelta(days=60)),
        "retires_at": None if model.retires is None else f"{model.retires}T00:00:00Z",
        "line": model.line,
        "max_input_tokens": model.max_input,
        "max_tokens": model.max_output,
        "capabilities": {},
    }


def model_page(models: Iterable[Model], query: Mapping[str, list[str]]) -> dict[str, object] | str:
    """Return one page of `GET /v1/models`, or what is wrong with the query.

    Leaves out retired models unless `lifecycle[]=retired` asks for them.
    """
    wanted = query.get("lifecycle[]", ["active", "deprecated"])
    return page_of([model_record(model) for model in models if model.lifecycle in wanted], query)
