"""Which edit of a message is the last: two may come in the wrong order."""

import sqlalchemy as sa
from alembic import op

from core.storage.columns import BIG_ID

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.add_column("message", sa.Column("edit_order", BIG_ID, nullable=True))
