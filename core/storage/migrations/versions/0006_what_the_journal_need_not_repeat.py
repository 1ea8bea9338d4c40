"""The number of the update that brought a result: an update says itself whose result it is."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
    op.drop_column("call", "result_seq")
