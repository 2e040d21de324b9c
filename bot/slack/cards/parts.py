"""The parts of a postmortem in a form: what stands there, who wrote it, and what two people wrote at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.incidents.words import LONGEST
from bot.incidents.writing import Draft, Form, together
from bot.slack.cards import blocks as kit
from bot.slack.cards import form as fields

_SHOWN = 2800  # of a text that does not fit beside another


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """`drafts` is what stands in each part; `form` what a person has written while others wrote `both`."""

    drafts: Mapping[str, Draft]
    form: Form | None = None
    both: Mapping[str, Draft | None] = field(default_factory=dict)

    def warning(self, labels: Mapping[str, str]) -> Iterator[kit.Block]:
        """Yield what has to be said before parts in which two people wrote; `labels` are their names."""
        if self.both:
            named = ", ".join(labels[part] for part in self.both)
            told = f":warning: *Somebody else has written meanwhile: {named}.* Nothing was saved yet."
            yield kit.section(f"{told} Both texts stand below: make one of them, and send the form again.")

    def part(self, name: str, label: str, question: str, *, anew: object = "") -> Iterator[kit.Block]:
        """Yield the input of a part; above it the words of another that do not fit into it."""
        draft = self.drafts.get(name)
        text = self._text(name)
        other = self.both.get(name)
        if other is not None and other.text not in text:
            yield kit.section(f"*{kit.person(other.by)} wrote:*\n{kit.safe(other.text, _SHOWN)}")
        shown = fields.lines(text, most=LONGEST, asks=question)
        by = f"Last written by {draft.by.name}" if draft else ""
        yield fields.field(name, label, shown, optional=True, hint=by, anew=anew)

    def _text(self, name: str) -> str:
        draft = self.drafts.get(name)
        if self.form is None or name not in self.form.texts:
            return draft.text if draft else ""
        mine = self.form.texts[name]
        return together(self.both[name], mine) if name in self.both else mine
