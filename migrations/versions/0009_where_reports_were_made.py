"""Where a report of production was made, and whether in private; what the events of open incidents say by now."""

from contextlib import suppress

import sqlalchemy as sa
from alembic import context, op
from pydantic import TypeAdapter

from bot.incidents.events import EVENT
from bot.incidents.model import Incident, fold

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("channel_id", sa.String(length=40), nullable=True))
    op.add_column("report", sa.Column("private", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    if not context.is_offline_mode():
        _fold_anew()


def downgrade() -> None:
    with op.batch_alter_table("report", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("private")
        batch.drop_column("channel_id")


def _fold_anew() -> None:
    """Let the states of open incidents be what their events add up to by now: what was tried, for one."""
    incident = sa.table("incident", sa.column("id"), sa.column("status"), sa.column("state", sa.JSON))
    event = sa.table("event", sa.column("incident_id"), sa.column("seq"), sa.column("data", sa.JSON))
    states = TypeAdapter(Incident)
    connection = op.get_bind()
    still_open = sa.select(incident.c.id).where(incident.c.status.not_in(("resolved", "closed")))
    for number in connection.execute(still_open).scalars().all():
        story = connection.execute(
            sa.select(event.c.data).where(event.c.incident_id == number).order_by(event.c.seq)
        ).scalars()
        with suppress(ValueError):  # one that cannot be read stays as it is: the auditor tells of it
            known = fold(number, map(EVENT.validate_python, story.all()))
            if known is not None:
                state = states.dump_python(known, mode="json")
                connection.execute(sa.update(incident).where(incident.c.id == number).values(state=state))
