"""What a triage is handed, as types: how the world is asked, and how what came back is judged."""

from collections.abc import Awaitable, Callable, Sequence

from bot.rules.evidence import Evidence, Verdict

OnEvidence = Callable[[Evidence], Awaitable[None]]
AskWorld = Callable[[OnEvidence], Awaitable[tuple[Evidence, ...]]]
Judge = Callable[[Sequence[Evidence]], Verdict]
