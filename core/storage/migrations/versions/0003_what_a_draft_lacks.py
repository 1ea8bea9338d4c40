"""Variables a draft still wants values for: another machine must not send it unfilled either."""

import sqlalchemy as sa
from alembic import op

from core.storage.columns import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.add_column("draft", sa.Column("missing", Json(), nullable=True))
