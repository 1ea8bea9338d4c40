"""`otklik migrate`: brings the database to this version; safe to run again, and beside others."""

import argparse
import os
import sys

from bots import wiring
from core.errors import StoreUnavailable


def run(words: argparse.Namespace) -> int:
    """Migrates and says from where to where."""
    from sqlalchemy.exc import SQLAlchemyError

    from core.storage.migrate import current, head, migrate

    settings = wiring.load_settings(os.environ)
    try:
        before = current(settings.database_url)
        migrate(settings.database_url)
    except (OSError, SQLAlchemyError) as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from error
    after = head()
    if before == after:
        sys.stdout.write(f"the database is at {after} already\n")
    else:
        sys.stdout.write(f"the database was at {before or 'nothing'}, now it is at {after}\n")
    return 0
