"""Tombstones, by which alone the timeline gives up words or a closed incident; a job's own failures are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORDS = (
    "amended.reason",
    "amended.text",
    "captured.text",
    "evidence_reported.said",
    "evidence_reported.text",
    "noted.text",
    "opened.affected",
    "opened.impact",
    "opened.title",
    "reopened.reason",
    "resolved.action_items",
    "resolved.impact",
    "resolved.mitigation",
    "resolved.root_cause",
    "retracted.reason",
    "severity_changed.reason",
    "stage_set.reason",
    "task_added.text",
    "update_sent.text",
)
"""What people write in their own words, by kind of entry and field: all that an erasure may change."""

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAME = " AND ".join(f"NEW.{name} = OLD.{name}" for name in ("id", "incident_id", "seq", "at", "happened_at", "kind"))
_ENTRY = "SELECT 1 FROM event e WHERE e.incident_id = NEW.incident_id AND e.seq = NEW.seq"
_OVER = "SELECT 1 FROM incident i WHERE i.id = NEW.incident_id AND i.status IN ('resolved', 'closed')"
_TOLD = "SELECT 1 FROM tombstone t WHERE t.incident_id = NEW.incident_id AND t.seq = NEW.seq"
_WHOLE = "SELECT 1 FROM tombstone t WHERE t.seq IS NULL AND t.incident_id = "
_APPEND_ONLY = "the table {} is append-only"
_RULES = (
    "event_no_replace",
    "event_no_update",
    "event_no_delete",
    "tombstone_no_replace",
    "tombstone_no_update",
    "tombstone_no_delete",
    "tombstone_of_entry",
    "tombstone_of_closed",
    "incident_no_delete",
    "incident_no_return",
    "incident_no_move",
)


def upgrade() -> None:
    op.create_table(
        "tombstone",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tombstone_incident_id_seq", "tombstone", ["incident_id", "seq"])
    op.add_column("job", sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("job", sa.Column("away_since", sa.DateTime(timezone=True)))
    _forget_first_rules()
    _keep_events()
    _keep_tombstones()
    _keep_incidents()
    _delete_by_tombstone()
    _refuse_truncate()


def _keep_events() -> None:
    there = "EXISTS (SELECT 1 FROM event WHERE id = NEW.id)"
    _refuse("event_no_replace", "INSERT", f"{there} OR EXISTS ({_ENTRY})")
    same = "t.data::text = NEW.data::text" if _on_postgres() else "t.data = NEW.data"
    _refuse("event_no_update", "UPDATE", f"NOT ({_SAME} AND EXISTS ({_TOLD} AND {same}) AND {_only_words_masked()})")
    _refuse("event_no_delete", "DELETE", f"NOT EXISTS ({_WHOLE} OLD.incident_id)")


def _only_words_masked() -> str:
    """Return the condition that NEW.data is OLD.data, but for marks in the place of words; of the very same shape."""
    kind = "json_typeof({0}.value)" if _on_postgres() else "{0}.type"
    value = "{0}.value::text" if _on_postgres() else "{0}.value"
    same = f"{value.format('n')} {'=' if _on_postgres() else 'IS'} {value.format('o')}"
    marks = """'"[erased]"', '["[erased]"]'""" if _on_postgres() else """'[erased]', '["[erased]"]'"""
    words = ", ".join(f"'{word}'" for word in WORDS)
    masked = f"{value.format('n')} IN ({marks}) AND OLD.kind || '.' || o.key IN ({words})"
    kept = f"n.key = o.key AND {kind.format('n')} = {kind.format('o')} AND ({same} OR ({masked}))"
    counted = "(SELECT count(*) FROM json_each(NEW.data)) = (SELECT count(*) FROM json_each(OLD.data))"
    lost = f"SELECT 1 FROM json_each(OLD.data) o WHERE NOT EXISTS (SELECT 1 FROM json_each(NEW.data) n WHERE {kept})"  # noqa: S608 - our own words
    return f"{counted} AND NOT EXISTS ({lost})"


def _keep_tombstones() -> None:
    _refuse("tombstone_no_replace", "INSERT", "EXISTS (SELECT 1 FROM tombstone WHERE id = NEW.id)")
    _refuse("tombstone_no_update", "UPDATE", "TRUE")
    _refuse("tombstone_no_delete", "DELETE", "TRUE")
    entry = f"NEW.seq IS NOT NULL AND NOT EXISTS ({_ENTRY})"
    _refuse("tombstone_of_entry", "INSERT", entry, "there is no such entry to erase")
    over = f"{_OVER} FOR UPDATE" if _on_postgres() else _OVER
    closed = f"NEW.seq IS NULL AND NOT EXISTS ({over})"
    _refuse("tombstone_of_closed", "INSERT", closed, "only an incident that is over can be deleted")


def _keep_incidents() -> None:
    _refuse("incident_no_delete", "DELETE", f"NOT EXISTS ({_WHOLE} OLD.id)", "an incident goes by its tombstone only")
    _refuse("incident_no_return", "INSERT", f"EXISTS ({_WHOLE} NEW.id)", "this incident was deleted")
    _refuse("incident_no_move", "UPDATE", "NEW.id <> OLD.id", "an incident keeps its number")


def _delete_by_tombstone() -> None:
    """Let the tombstone of a whole incident delete it itself: there is never a moment for a part of it to go alone."""
    rows = "DELETE FROM event WHERE incident_id = NEW.incident_id; DELETE FROM incident WHERE id = NEW.incident_id;"
    if _on_postgres():
        _function("tombstone_deletes", f"IF NEW.seq IS NULL THEN {rows} END IF; RETURN NULL;")
        op.execute(
            "CREATE TRIGGER tombstone_deletes AFTER INSERT ON tombstone "
            "FOR EACH ROW EXECUTE FUNCTION tombstone_deletes()"
        )
        return
    op.execute(f"CREATE TRIGGER tombstone_deletes AFTER INSERT ON tombstone WHEN NEW.seq IS NULL BEGIN {rows} END")


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _refuse(name: str, change: str, when: str, words: str = _APPEND_ONLY) -> None:
    """Let the database refuse this change of a row of the table that the name begins with."""
    table = name.partition("_")[0]
    words = words.format(table)
    if _on_postgres():
        row = "OLD" if change == "DELETE" else "NEW"
        _function(name, f"IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN {row};")
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def _forget_first_rules() -> None:
    """Drop what 0001 made, whose place finer rules take."""
    if not _on_postgres():
        op.execute("DROP TRIGGER event_no_update")
        op.execute("DROP TRIGGER event_no_delete")
        return
    op.execute("DROP TRIGGER event_append_only ON event")
    op.execute("DROP FUNCTION event_is_append_only()")


def _refuse_truncate() -> None:
    if not _on_postgres():
        return
    _function("no_truncate", f"RAISE EXCEPTION '{_APPEND_ONLY.format('%')}', TG_TABLE_NAME;")
    for table in ("event", "tombstone"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION no_truncate()"
        )


def downgrade() -> None:
    op.drop_column("job", "away_since")
    op.drop_column("job", "failures")
    kept = [rule for rule in _RULES if not rule.startswith("tombstone")]  # those go with their table
    if not _on_postgres():
        for rule in kept:
            op.execute(f"DROP TRIGGER {rule}")
        op.drop_table("tombstone")
        for change in ("UPDATE", "DELETE"):
            _refuse(f"event_no_{change.lower()}", change, "TRUE")
        return
    for rule in (*kept, "event_no_truncate"):
        op.execute(f"DROP TRIGGER {rule} ON {rule.partition('_')[0]}")
    op.drop_table("tombstone")
    for function in (*_RULES, "tombstone_deletes", "no_truncate"):
        op.execute(f"DROP FUNCTION {function}()")
    _function("event_is_append_only", f"RAISE EXCEPTION '{_APPEND_ONLY.format('event')}';")
    op.execute(
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()"
    )
