"""First schema: incidents with their append-only timeline, triage runs, jobs, deliveries, posted messages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ALIVE = sa.text("NOT dead")
RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("channel_id", sa.String(40)),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_channel_id", "incident", ["channel_id"])
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"])
    op.create_index("ix_incident_status", "incident", ["status"])

    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("incident_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_event_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("incident_id", "seq", name="uq_event_incident_id_seq"),
        sqlite_autoincrement=True,
    )
    _forbid_changes("event")

    op.create_table(
        "triage",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("requested_by", sa.JSON(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("checks", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("report", sa.JSON()),
        sa.Column("finished_at", MOMENT),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("incident_id", ID),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_triage_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_triage"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_triage_running", "triage", ["team_id"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )

    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("lane", sa.String(80)),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("payload", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_tried_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_token", sa.String(36)),
        sa.Column("dead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_error", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("key", name="uq_job_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_due", "job", ["run_at"], sqlite_where=ALIVE, postgresql_where=ALIVE)
    op.create_index("ix_job_lane", "job", ["lane", "id"], sqlite_where=ALIVE, postgresql_where=ALIVE)

    op.create_table(
        "slack_event",
        sa.Column("event_id", sa.String(80), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_slack_event"),
    )
    op.create_index("ix_slack_event_seen_at", "slack_event", ["seen_at"])

    op.create_table(
        "posted_message",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("ts", sa.String(40), nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_posted_message"),
    )


def _forbid_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row of this table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'the table {table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
        )


def downgrade() -> None:
    for table in ("posted_message", "slack_event", "job", "triage", "event", "incident"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_is_append_only()")
