"""What people write of the postmortem are words of theirs, too: an erasure may change them."""

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MORE = tuple(f"postmortem_written.{part}" for part in ("impact", "root_cause", "detection", "mitigation", "lessons"))
"""What an erasure may change besides, by kind of entry and field."""

_FIRST = "'step_answered.reason'"
_ALL = ", ".join([_FIRST, *(f"'{word}'" for word in MORE)])


def upgrade() -> None:
    _rewrite(_FIRST, _ALL)


def downgrade() -> None:
    _rewrite(_ALL, _FIRST)


def _rewrite(old: str, new: str) -> None:
    """Let the rule that refuses changes of entries be as it stands, but for its list of words."""
    if context.is_offline_mode():
        raise RuntimeError("0008 rewrites a rule as it stands in the database: it needs one")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        rule = connection.execute(sa.text("SELECT pg_get_functiondef('event_no_update'::regproc)")).scalar_one()
        connection.exec_driver_sql(rule.replace(old, new))
        return
    wanted = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'event_no_update'")
    rule = connection.execute(wanted).scalar_one()
    connection.exec_driver_sql("DROP TRIGGER event_no_update")
    connection.exec_driver_sql(rule.replace(old, new))
