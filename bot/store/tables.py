"""The tables: what is stored, in one place. Migrations build them; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: refuses a naive value, returns an aware one (SQLite itself forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; raise ValueError for a naive one."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a stored moment needs its time zone"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> "Column[int]":
    """Return a primary key that is never reused: reconciling by a reused id would adopt an older message."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _json(name: str) -> "Column[Any]":
    return Column(name, JSON, nullable=False, server_default=text("'{}'"))


slack_event = Table(
    "slack_event",
    metadata,
    Column("event_id", String(80), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)

triage = Table(
    "triage",
    metadata,
    _id(),
    Column("team_id", String(40), nullable=False),
    Column("channel_id", String(40), nullable=False),
    Column("requested_by", JSON, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    _json("checks"),
    Column("report", JSON),
    Column("finished_at", UtcDateTime),
    Column("duration_ms", Integer),
    Column("incident_id", ForeignKey("incident.id")),
    Column("private", Boolean, nullable=False, server_default=text("false")),
    Index(
        "uq_triage_running",
        "team_id",
        unique=True,
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
    sqlite_autoincrement=True,
)

incident = Table(
    "incident",
    metadata,
    _id(),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("channel_id", String(40), index=True),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("state", JSON, nullable=False),
    sqlite_autoincrement=True,
)

event = Table(
    "event",
    metadata,
    _id(),
    Column("incident_id", ForeignKey("incident.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("happened_at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("incident_id", "seq"),
    sqlite_autoincrement=True,
)

tombstone = Table(
    "tombstone",
    metadata,
    _id(),
    Column("incident_id", BigInteger().with_variant(Integer, "sqlite"), nullable=False),  # maybe gone; 0: of none
    Column("seq", Integer),  # the entry whose words were erased; none: the whole incident
    Column("at", UtcDateTime, nullable=False),
    Column("done_by", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("data", JSON, nullable=False),  # what stands in the entry now; of a whole incident: what is still known
    Index("ix_tombstone_incident_id_seq", "incident_id", "seq"),
    sqlite_autoincrement=True,
)

sample = Table(
    "sample",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("source", String(10), nullable=False),
    Column("key", String(10), nullable=False),
    Column("model", String(100)),
    Column("branch", String(60)),
    Column("status", Integer),
    Column("latency_s", Float),
    Column("request_id", String(200)),
    Column("streamed", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

report = Table(
    "report",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("reported_by", JSON, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("failed", Integer),
    Column("total", Integer),
    Column("branch", String(60)),
    Column("since", UtcDateTime),
    Column("text", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("channel_id", String(40)),
    Column("private", Boolean, nullable=False, server_default=text("false")),
    sqlite_autoincrement=True,
)

message = Table(
    "message",
    metadata,
    _id(),
    Column("channel_id", String(40), nullable=False),
    Column("ts", String(40), nullable=False),
    Column("thread_ts", String(40)),
    Column("user_id", String(40), nullable=False),
    Column("author", Text, nullable=False, server_default=text("''")),  # the name of an app; people are asked for
    Column("at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("edited_ts", String(40)),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("channel_id", "ts"),
    sqlite_autoincrement=True,
)

posted_message = Table(
    "posted_message",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("channel_id", String(40), nullable=False),
    Column("ts", String(40), nullable=False),
    Column("posted_at", UtcDateTime, nullable=False),
)

budget = Table(
    "budget",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("paid_at", UtcDateTime, nullable=False),
)

job = Table(
    "job",
    metadata,
    _id(),
    Column("kind", String(60), nullable=False),
    Column("key", String(200), unique=True),
    Column("lane", String(80)),
    Column("uuid", String(36), nullable=False),
    _json("payload"),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("run_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0")),  # attempts that failed by themselves
    Column("first_tried_at", UtcDateTime),
    Column("away_since", UtcDateTime),  # the other side, or the database, at each attempt since then
    Column("lease_until", UtcDateTime),
    Column("lease_token", String(36)),
    Column("dead", Boolean, nullable=False, server_default=text("false")),
    Column("last_error", String(500)),
    Column("incident_id", BigInteger().with_variant(Integer, "sqlite")),
    Column("restored_from", UtcDateTime),  # the moment of the backup that held this job, or the one that put it
    Index("ix_job_due", "run_at", sqlite_where=text("NOT dead"), postgresql_where=text("NOT dead")),
    Index("ix_job_lane", "lane", "id", sqlite_where=text("NOT dead"), postgresql_where=text("NOT dead")),
    sqlite_autoincrement=True,
)
