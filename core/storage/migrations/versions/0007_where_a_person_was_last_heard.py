"""Chats by person: an operator's first word looked through all of them."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.create_index("ix_chat_run_identity", "chat_run", ["identity"])
