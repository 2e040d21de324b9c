"""Tombstones: the timeline gives up an entry's words, or a whole closed incident, only beside one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SAME = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in ("id", "incident_id", "seq", "at", "happened_at", "kind")
)
_ENTRY = "SELECT 1 FROM tombstone t WHERE t.incident_id = OLD.incident_id AND t.seq = OLD.seq"
_WHOLE = "SELECT 1 FROM tombstone t WHERE t.incident_id = OLD.incident_id AND t.seq IS NULL"
_OPEN = "SELECT 1 FROM incident i WHERE i.id = NEW.incident_id AND i.status NOT IN ('resolved', 'closed')"


def upgrade() -> None:
    op.create_table(
        "tombstone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tombstone_incident_id_seq", "tombstone", ["incident_id", "seq"])
    if op.get_bind().dialect.name == "postgresql":
        _on_postgres()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    _drop("event_no_update", "event_no_delete")
    same = _SAME.replace("IS NOT DISTINCT FROM", "IS")
    _refuse("event_no_update", "UPDATE ON event", f"NOT ({same} AND EXISTS ({_ENTRY} AND t.data = NEW.data))", "event")
    _refuse("event_no_delete", "DELETE ON event", f"NOT EXISTS ({_WHOLE})", "event")
    _refuse("tombstone_no_update", "UPDATE ON tombstone", "1", "tombstone")
    _refuse("tombstone_no_delete", "DELETE ON tombstone", "1", "tombstone")
    op.execute(
        f"CREATE TRIGGER tombstone_closed_only BEFORE INSERT ON tombstone WHEN NEW.seq IS NULL AND EXISTS ({_OPEN}) "
        "BEGIN SELECT RAISE(ABORT, 'an open incident cannot be deleted'); END"
    )


def _refuse(name: str, change: str, when: str, table: str) -> None:
    condition = f"WHEN {when} " if when else ""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} {condition}"
        f"BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
    )


def _on_postgres() -> None:
    op.execute("DROP TRIGGER event_append_only ON event")
    op.execute("DROP FUNCTION event_is_append_only()")
    same = f"{_SAME} AND EXISTS ({_ENTRY} AND t.data::text = NEW.data::text)"
    _function(
        "event_keeps",
        f"IF TG_OP = 'UPDATE' AND ({same}) THEN RETURN NEW; END IF; "
        f"IF TG_OP = 'DELETE' AND EXISTS ({_WHOLE}) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'the table event is append-only';",
    )
    _function("refuse_change", "RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME;")
    _function(
        "tombstone_closed",
        f"IF NEW.seq IS NULL AND EXISTS ({_OPEN}) THEN RAISE EXCEPTION 'an open incident cannot be deleted'; END IF; "
        "RETURN NEW;",
    )
    _trigger("event_append_only", "UPDATE OR DELETE ON event FOR EACH ROW", "event_keeps")
    _trigger("event_no_truncate", "TRUNCATE ON event FOR EACH STATEMENT", "refuse_change")
    _trigger("tombstone_append_only", "UPDATE OR DELETE OR TRUNCATE ON tombstone FOR EACH STATEMENT", "refuse_change")
    _trigger("tombstone_closed_only", "INSERT ON tombstone FOR EACH ROW", "tombstone_closed")


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _trigger(name: str, change: str, function: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} EXECUTE FUNCTION {function}()")


def _drop(*triggers: str) -> None:
    for trigger in triggers:
        op.execute(f"DROP TRIGGER {trigger}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER event_no_truncate ON event")
        op.execute("DROP TRIGGER event_append_only ON event")
        op.drop_table("tombstone")
        for function in ("event_keeps", "refuse_change", "tombstone_closed"):
            op.execute(f"DROP FUNCTION {function}()")
        _function("event_is_append_only", "RAISE EXCEPTION 'the table event is append-only';")
        _trigger(
            "event_append_only", "UPDATE OR DELETE OR TRUNCATE ON event FOR EACH STATEMENT", "event_is_append_only"
        )
        return
    _drop("event_no_update", "event_no_delete")
    op.drop_table("tombstone")
    for change in ("UPDATE", "DELETE"):
        _refuse(f"event_no_{change.lower()}", f"{change} ON event", "", "event")
