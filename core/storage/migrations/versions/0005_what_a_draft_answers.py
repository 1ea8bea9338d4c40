"""The line a draft answers: another machine shows and sends it with the same quote."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.add_column("draft", sa.Column("reply_n", sa.Integer(), nullable=True))
