"""Tells a person what is wrong with the bot: looked at as a job, for no listener has the time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.incidents.effects import DOCTOR, word_to
from bot.rules.finding import Finding
from bot.slack.cards.doctor import findings_text
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.worker import Finish, Handler


class Doctoring:
    """The handler of the job that looks; `look` is the doctor's visit."""

    def __init__(self, look: Callable[[], Awaitable[Sequence[Finding]]]) -> None:
        self._look = look

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {DOCTOR: self.doctor}

    async def doctor(self, job: Job) -> Finish:
        """Look, and wish that the person is told."""
        user, channel = str(job.payload["user"]), str(job.payload["channel"])
        text = findings_text(await self._look())

        async def finish(unit: UnitOfWork) -> None:
            await unit.wish(word_to(user, text, f"tell:{job.uuid}", channel=channel))

        return finish
