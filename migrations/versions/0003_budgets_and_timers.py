"""Budgets of calls to Slack; the incident that a job belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_budget"),
    )
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))


def downgrade() -> None:
    # SQLite builds the table anew, and its numbers must still never be used again.
    with op.batch_alter_table("job", table_kwargs={"sqlite_autoincrement": True}) as job:
        job.drop_column("incident_id")
    op.drop_table("budget")
