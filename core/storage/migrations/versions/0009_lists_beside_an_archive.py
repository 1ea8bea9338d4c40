"""Lists and counts beside an archive: open dialogs, and closed ones in the order of their end."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    _partial("ix_dialog_open", "dialog", "state IN ('bot', 'queued', 'with_operator')", "opened_at")
    _partial(
        "ix_dialog_ended",
        "dialog",
        "state IN ('rating', 'closed')",
        sa.text("coalesce(closed_at, updated_at)"),
        "id",
    )
    _partial(
        "ix_escalation_unanswered",
        "escalation",
        "first_n = 0 AND ended_at IS NULL",
        "escalated_at",
    )
    _partial("ix_chat_run_unreachable", "chat_run", "unreachable <> ''", "unreachable_at")


def _partial(name: str, table: str, where: str, *columns: str | sa.TextClause) -> None:
    op.create_index(
        name, table, [*columns], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
