"""Samples of every triage run, and what people reported of production."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("key", sa.String(10), nullable=False),
        sa.Column("model", sa.String(100)),
        sa.Column("branch", sa.String(60)),
        sa.Column("status", sa.Integer()),
        sa.Column("latency_s", sa.Float()),
        sa.Column("request_id", sa.String(200)),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sample_at", "sample", ["at"])
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reported_by", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("failed", sa.Integer()),
        sa.Column("total", sa.Integer()),
        sa.Column("branch", sa.String(60)),
        sa.Column("since", MOMENT),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_report_at", "report", ["at"])


def downgrade() -> None:
    op.drop_table("report")
    op.drop_table("sample")
