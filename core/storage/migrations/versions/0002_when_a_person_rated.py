"""When a person last rated: nobody is asked twice a day, whichever dialog asks."""

import sqlalchemy as sa
from alembic import op

from core.storage.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before; ratings given before are remembered."""
    op.add_column("customer", sa.Column("rated_at", Moment(), nullable=True))
    op.execute(
        "UPDATE customer SET rated_at = (SELECT max(r.answered_at) FROM rating r"
        " JOIN dialog d ON d.id = r.dialog WHERE d.customer = customer.id)"
    )
