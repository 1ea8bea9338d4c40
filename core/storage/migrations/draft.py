"""For developers: `python -m core.storage.migrations.draft NAME` writes the next migration from
the difference between the tables and the history, and a new snapshot of the schema.

Read what it wrote before you commit it; run it without a name to refresh the snapshot alone.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.migrate import head, migrate, on_connection, scripts
from core.storage.tables import METADATA

_HERE = Path(__file__).parent
_STAMP = "INSERT INTO alembic_version (version_num) VALUES ('REVISION')"
_TEMPLATE = '''"""{title}"""

import sqlalchemy as sa
from alembic import op

from core.storage.columns import BIG_ID, Json, Moment

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema here from the revision before."""
{upgrade}
'''


def snapshot() -> str:
    """What Alembic makes of an empty SQLite file, as statements, stamped with the revision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        migrate(f"sqlite:///{path}")
        database = SqliteConnection(str(path))
        try:
            statements = [
                row[0]
                for row in database.execute(
                    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
                    " AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name"
                ).fetchall()
            ]
        finally:
            database.close()
    stamp = _STAMP.replace("REVISION", head())
    return f"-- revision: {head()}\n" + ";\n".join([*statements, stamp]) + ";\n"


def write_migration(name: str) -> Path:
    """The next migration; with nothing to do it is empty on purpose."""
    known = scripts().get_current_head()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'schema.db'}"
        if known:
            migrate(url)
        code = on_connection(url, _difference)
    number = int(known or 0) + 1
    path = _HERE / "versions" / f"{number:04}_{name.replace(' ', '_')}.py"
    path.write_text(
        _TEMPLATE.format(
            title=name.capitalize() + ".",
            revision=f"{number:04}",
            down=f'"{known}"' if known else None,
            upgrade="    " + code.strip(),
        ),
        encoding="utf-8",
    )
    return path


def _difference(connection: Connection) -> str:
    """What is missing there, as Python."""
    context = MigrationContext.configure(
        connection, opts={"render_item": _rendered, "target_metadata": METADATA}
    )
    upgrade = produce_migrations(context, METADATA).upgrade_ops or UpgradeOps()
    return render_python_code(upgrade, render_item=_rendered, migration_context=context)


def _rendered(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    if kind == "type":
        name = type(item).__name__
        if name in ("Moment", "Json"):
            return f"{name}()"
        if name == "AutoString":
            return "sa.String()"
        if name == "BigInteger":
            return "BIG_ID"
    return False


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_migration(sys.argv[1])
    (_HERE.parent / "schema_sqlite.sql").write_text(snapshot(), encoding="utf-8")
