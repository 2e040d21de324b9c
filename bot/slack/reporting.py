"""Tells a person the numbers over incidents: counted as a job, for no listener has the time."""

from collections.abc import Mapping
from datetime import datetime

from bot.incidents.effects import REPORT, word_to
from bot.postmortem.numbers import numbers
from bot.postmortem.period import Period
from bot.slack.cards.report import report_text
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.report import rows_for
from bot.workflows.worker import Finish, Handler


class Reporting:
    """The handler of the job that counts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {REPORT: self.report}

    async def report(self, job: Job) -> Finish:
        """Count what the person may know of, and wish that they are told."""
        user, channel, since = (str(job.payload[name]) for name in ("user", "channel", "since"))
        moment = datetime.fromisoformat(since) if since else None
        rows = await rows_for(self._context.store, moment, user, channel)
        text = report_text(numbers(rows, Period(since=moment, until=self._context.clock.now())))

        async def finish(unit: UnitOfWork) -> None:
            await unit.wish(word_to(user, text, f"tell:{job.uuid}", channel=channel))

        return finish
