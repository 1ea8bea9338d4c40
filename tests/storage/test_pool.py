"""Connections to PostgreSQL between two jobs."""

import pytest

from core.storage.postgres import open_pool

pytestmark = pytest.mark.postgres


async def test_a_connection_keeps_what_it_was_prepared_with(postgres_server: str) -> None:
    """And nothing is asked of the server for giving it back."""
    pool = await open_pool(postgres_server, connections=1)
    async with pool.acquire() as connection:
        await connection.execute("SET lock_timeout = 7777")
    async with pool.acquire() as connection:
        assert await connection.fetchval("SHOW lock_timeout") == "7777ms"
    await pool.close()


async def test_a_transaction_that_was_left_open_ends_with_the_loan(postgres_server: str) -> None:
    pool = await open_pool(postgres_server, connections=1)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("CREATE TABLE left_open (id int)")
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT to_regclass('left_open')") is None
    await pool.close()
