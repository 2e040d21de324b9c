"""Which backup a job was restored from; a tombstone for reports and runs that belong to no incident."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OVER = "SELECT 1 FROM incident i WHERE i.id = NEW.incident_id AND i.status IN ('resolved', 'closed')"
_OF_NONE = "NEW.incident_id = 0 AND NEW.seq IS NULL"  # no incident has this number


def upgrade() -> None:
    op.add_column("job", sa.Column("restored_from", sa.DateTime(timezone=True), nullable=True))
    _let_stand(f"NOT ({_OF_NONE}) AND ")


def downgrade() -> None:
    _let_stand("")
    with op.batch_alter_table("job", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("restored_from")


def _let_stand(unless: str) -> None:
    """Make the rule anew that a tombstone without an entry is one of an incident that is over."""
    words = "only an incident that is over can be deleted"
    if op.get_bind().dialect.name == "postgresql":
        when = f"{unless}NEW.seq IS NULL AND NOT EXISTS ({_OVER} FOR UPDATE)"
        body = f"BEGIN IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN NEW; END"
        op.execute(f"CREATE OR REPLACE FUNCTION tombstone_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        return
    when = f"{unless}NEW.seq IS NULL AND NOT EXISTS ({_OVER})"
    op.execute("DROP TRIGGER tombstone_of_closed")
    op.execute(
        f"CREATE TRIGGER tombstone_of_closed BEFORE INSERT ON tombstone WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )
