"""One history of migrations, its snapshot, and hot statements that fit the tables."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from core.errors import ConfigError, StoreUnavailable
from core.storage import (
    schema,
    sql_delivery,
    sql_doubt,
    sql_house,
    sql_intake,
    sql_pace,
    sql_records,
    sql_turn,
    sql_welcome,
    sql_work,
)
from core.storage.address import address
from core.storage.cipher import SivCipher
from core.storage.desk import open_desk
from core.storage.migrate import current, head, migrate, on_connection
from core.storage.migrations.draft import snapshot
from core.storage.open import beyond_us, open_store
from core.storage.sqlite import connect
from core.storage.statement import Statement
from core.storage.tables import METADATA
from core.store import Store
from tests.storage.conftest import OpenStore
from tests.storage.look import Look

MODULES = (
    *(sql_delivery, sql_doubt, sql_house, sql_intake, sql_pace),
    *(sql_records, sql_turn, sql_welcome, sql_work),
)


def statements(module: ModuleType) -> dict[str, Statement]:
    """Every statement a module defines, also those in tuples and tables."""
    found = {}
    for name, value in vars(module).items():
        if isinstance(value, Statement):
            found[name] = value
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, Statement):
                    found[f"{name}[{key}]"] = item
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, tuple) and item and isinstance(item[0], Statement):
                    found[f"{name}[{index}]"] = item[0]
    return found


ALL = {f"{m.__name__}.{n}": s for m in MODULES for n, s in statements(m).items()}


def test_the_snapshot_is_what_the_migrations_make() -> None:
    assert schema.snapshot() == snapshot(), "run python -m core.storage.migrations.draft"


def test_the_snapshot_names_the_newest_revision() -> None:
    assert schema.head() == head()


# Alembic reads no index over an expression from SQLite; on PostgreSQL it is compared
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection.*ix_dialog_ended")
@pytest.mark.filterwarnings("ignore:autogenerate skipping.*ix_dialog_ended")
def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return compare_metadata(context, METADATA)

    migrate(database_url)
    assert current(database_url) == head()
    assert on_connection(database_url, differences) == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    assert current(database_url) == head()


@pytest.mark.parametrize("name", [name for name, found in ALL.items() if found.sqlite])
def test_hot_statements_fit_the_tables_of_sqlite(name: str) -> None:
    database = connect(":memory:", busy=0)
    schema.create(database)
    sql = ALL[name].sqlite
    numbered = max((n for n in range(1, 60) if f"?{n}" in sql), default=0)
    database.execute(f"EXPLAIN {sql}", [None] * (numbered or sql.count("?")))
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        sql_turn.CLAIM,
        sql_turn.LOAD_UPDATES,
        sql_turn.PLACES,
        sql_delivery.CLAIM_CHATS,
        sql_delivery.OPEN_ROWS,
        sql_delivery.RELEASE_CHAT,
        sql_work.CLAIM_CALLS,
        sql_work.DUE_TIMERS,
        sql_intake.FIND_CHAT,
        sql_intake.IS_OVER,
        sql_intake.LOCK_BOTH,
        sql_intake.LOCK_BOTH_OF,
        sql_turn.LOOK_UP,
        sql_records.CANCEL_CHAT,
        sql_welcome.SAID_SINCE,
        sql_welcome.TAKE_CHAT,
        sql_pace.LOCK_PACES,
        sql_house.EVENTS,
        sql_house.IN_HANDS,
    ],
)
def test_no_hot_statement_reads_a_whole_table(statement: Statement) -> None:
    database = connect(":memory:", busy=0)
    schema.create(database)
    sql = statement.sqlite
    numbered = max((n for n in range(1, 60) if f"?{n}" in sql), default=0)
    plan = database.execute(
        f"EXPLAIN QUERY PLAN {sql}", [None] * (numbered or sql.count("?"))
    ).fetchall()
    database.close()
    steps = [str(row[3]) for row in plan]
    allowed = ("SCAN k VIRTUAL TABLE",)
    assert [s for s in steps if s.startswith("SCAN") and not s.startswith(allowed)] == []


@pytest.mark.postgres
async def test_hot_statements_fit_the_tables_of_postgres(postgres_server: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(postgres_server)
    wrong = {}
    for name, statement in ALL.items():
        if statement.postgres:
            try:
                await connection.prepare(statement.postgres)
            except asyncpg.PostgresError as error:
                wrong[name] = str(error)
    await connection.close()
    assert wrong == {}


def test_a_fresh_file_is_made_and_opened_without_alembic_or_sqlalchemy(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from datetime import timedelta
from core.storage.open import open_store
from core.storage.cipher import SivCipher

async def main():
    for _ in range(2):
        async with open_store("sqlite+aiosqlite:///{tmp_path}/new.db", cipher=SivCipher("x" * 32),
                              new_id=str, reopen_window=timedelta(1)) as store:
            await store.events(0, 1)

asyncio.run(main())
heavy = ("alembic", "sqlalchemy", "sqlmodel", "pydantic", "asyncpg", "cryptography", "nats")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_an_older_file_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    from datetime import timedelta

    from core.storage.cipher import SivCipher
    from core.storage.open import open_store

    path = tmp_path / "old.db"
    database = connect(str(path), busy=0)
    database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    database.close()
    url = f"sqlite+aiosqlite:///{path}"

    async def opened() -> None:
        async with open_store(
            url, cipher=SivCipher("x" * 32), new_id=str, reopen_window=timedelta(1)
        ) as store:
            assert await store.events(0, 1) == ()

    asyncio.run(opened())
    assert current(url) == head()


async def test_a_database_of_a_newer_program_is_refused_in_a_sentence(
    store: Store, open_another: OpenStore, database_url: str, look: Look
) -> None:
    assert await beyond_us(database_url) == ""
    await look("UPDATE alembic_version SET version_num = '9999'")
    try:
        said = f"the database is at 9999, this program knows up to {head()}: take the newer program"
        with pytest.raises(ConfigError, match=said):
            await open_another()
        with pytest.raises(ConfigError, match=said):
            await asyncio.to_thread(migrate, database_url)
        assert (await beyond_us(database_url)).startswith(said)
    finally:
        await look(f"UPDATE alembic_version SET version_num = '{head()}'")  # noqa: S608  # ours


def test_a_file_that_is_gone_is_not_made_anew_by_a_look(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no such file"):
        asyncio.run(beyond_us(f"sqlite:///{tmp_path / 'gone.db'}"))
    assert [*tmp_path.iterdir()] == []
    assert asyncio.run(beyond_us("sqlite://")) == ""


@pytest.mark.parametrize(
    ("url", "kind", "target"),
    [
        ("sqlite+aiosqlite:///otklik.db", "sqlite", "otklik.db"),
        ("sqlite+aiosqlite:////var/lib/otklik.db", "sqlite", "/var/lib/otklik.db"),
        ("sqlite+aiosqlite://", "sqlite", ":memory:"),
        ("sqlite+aiosqlite:///:memory:", "sqlite", ":memory:"),
        ("postgresql+asyncpg://u:p@h:5433/n", "postgres", "postgresql://u:p@h:5433/n"),
        ("postgresql+asyncpg://u@/n?host=/run", "postgres", "postgresql://u@/n?host=/run"),
    ],
)
def test_urls_say_which_database(url: str, kind: str, target: str) -> None:
    assert tuple(address(url)) == (kind, target)


@pytest.mark.postgres
@pytest.mark.parametrize("more", ["sslmode=disable", "application_name=ours", "options=-c jit=off"])
def test_an_address_may_say_how_postgres_is_reached(postgres_server: str, more: str) -> None:
    url = f"{postgres_server.replace('postgresql:', 'postgresql+asyncpg:')}&{more}"
    migrate(url)
    assert current(url) == head()

    async def opened() -> None:
        given = {"cipher": SivCipher("x" * 32), "new_id": str, "reopen_window": timedelta(1)}
        async with open_store(url, **given) as store, open_desk(url) as desk:  # type: ignore[arg-type]  # as above
            assert await store.cursor("nobody") == ""
            await desk.accounts()

    asyncio.run(opened())


@pytest.mark.postgres
def test_an_address_that_says_nonsense_is_unavailable(postgres_server: str) -> None:
    for name in ("sslmode", "nonsense"):
        with pytest.raises(StoreUnavailable, match=name) as told:
            current(f"{postgres_server}&{name}=1")
        assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("url", ["", "mysql://h/n", "otklik.db", "sqlite:otklik.db"])
def test_other_urls_are_refused_with_an_example(url: str) -> None:
    with pytest.raises(ConfigError, match="aiosqlite:///otklik"):
        address(url)
