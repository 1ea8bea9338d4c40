"""How fast processes may write to a channel together, and pauses that a platform wants of all."""

import sqlalchemy as sa
from alembic import op

from core.storage.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.create_table(
        "pace",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("speed", sa.Float(), nullable=False),
        sa.Column("slowed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "scope", name=op.f("pk_pace")),
    )
    op.create_index("ix_pace_at", "pace", ["at"], unique=False)
    op.create_index(
        "ix_pace_slowed",
        "pace",
        ["at"],
        unique=False,
        sqlite_where=sa.text("strikes > 0 OR speed > 0"),
        postgresql_where=sa.text("strikes > 0 OR speed > 0"),
    )
