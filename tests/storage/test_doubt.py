"""A commit that nobody heard of: what it took for a worker of this process is given back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import pytest

from core.effects import Call
from core.errors import StoreUnavailable
from core.storage.doubt import LOOKS
from core.storage.jobs import KINDS
from core.storage.line import Line
from core.storage.postgres import PostgresExecutor
from core.storage.sql_store import SqlStore
from core.store import Store
from tests.fakes.workplace import new_id
from tests.storage.build import LEASE, NOW, done, later, text, turn
from tests.storage.conftest import empty_database, rules_for
from tests.storage.look import Look, look_at
from tests.storage.test_following import Worker

pytestmark = pytest.mark.postgres

T = TypeVar("T")
CALL = Call(key="d:1:1", service="s", arguments={}, timeout=1)


class Deaf:
    """A connection that is lost while it commits: before the commit, or after it."""

    def __init__(self, connection: Any, *, is_done: bool) -> None:
        self._connection = connection
        self._is_done = is_done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, sql: str) -> Any:
        if sql != "COMMIT":
            return await self._connection.execute(sql)
        await self._connection.execute("COMMIT" if self._is_done else "ROLLBACK")
        self._connection.terminate()
        raise ConnectionResetError("nobody answered")


class LosingLine(Line):
    """loses: for the next transactions, whether those whose answer is lost are committed."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, asyncio.get_running_loop().time)
        self.loses: list[bool] = []

    async def _begun(self) -> Any:
        connection = await super()._begun()
        return Deaf(connection, is_done=self.loses.pop(0)) if self.loses else connection


class Losing:
    """A store whose commits in a lane may be lost."""

    def __init__(self, dsn: str) -> None:
        rules = rules_for(new_id)
        executor = PostgresExecutor(dsn, rules)
        self.looks = len(LOOKS)
        self.looked = asyncio.Event()
        self.store: Store = SqlStore(executor, rules, self._sleep)
        self.lines = {kind.lane: LosingLine(dsn) for kind in KINDS.values()}
        executor._lines.update(self.lines)

    async def _sleep(self, seconds: float) -> None:
        """Before each look."""
        self.looks -= 1
        if not self.looks:
            self.looked.set()

    def lose(self, lane: str, *, is_done: bool = True) -> None:
        """The next commit there is not answered."""
        self.lines[lane].loses.append(is_done)


@pytest.fixture
async def losing(postgres_server: str) -> AsyncIterator[Losing]:
    await empty_database(postgres_server)
    made = Losing(postgres_server)
    yield made
    await made.store.close()


@pytest.fixture
def look(postgres_server: str) -> Look:
    return look_at(postgres_server)


@pytest.fixture
def worker(losing: Losing) -> Worker:
    """Follows everything."""
    made = Worker()
    own = made.as_follower()
    losing.store.follow(turns=own, chats=own, calls=own)
    return made


async def told(worker: Worker) -> None:
    """Waits until somebody was told to look."""
    async with asyncio.timeout(10):
        await worker.must_look.wait()


@pytest.mark.parametrize("lane", ["intake", "claim"])
async def test_a_dialog_taken_unheard_is_free_at_once(
    losing: Losing, worker: Worker, lane: str
) -> None:
    taking: Awaitable[object] = losing.store.accept("tg", [text("раз", key="1")], NOW)
    if lane != "intake":
        losing.store.follow()
        await taking
        losing.store.follow(turns=worker.as_follower())
        taking = losing.store.claim("w", later(1), 9, LEASE)
    losing.lose(lane)
    with pytest.raises(StoreUnavailable):
        await taking
    await told(worker)
    assert worker.claims == []
    assert [one.dialog.chat for one in await losing.store.claim("w", later(2), 9, LEASE)] == ["7"]


async def test_what_is_in_work_is_left_alone(losing: Losing, worker: Worker, look: Look) -> None:
    await losing.store.accept("tg", [text("раз", chat="1")], NOW)
    held = worker.dialog()
    losing.lose("intake")
    with pytest.raises(StoreUnavailable):
        await losing.store.accept("tg", [text("раз", chat="2")], later(1))
    await told(worker)
    assert await look("SELECT dialog FROM dialog_run WHERE owner = 'w'") == [(held.dialog.id,)]
    assert await losing.store.save("w", [done(held, turn(held.dialog))], later(2)) == ()


async def claimed_again(
    losing: Losing, worker: Worker, lane: str, claim: Callable[[datetime], Awaitable[Sequence[T]]]
) -> T:
    """The one chat or call that `claim` takes after its taking was not heard of in `lane`: by the
    turn that made it ready, or by a claim before."""
    by_turn = lane == "turn"
    if not by_turn:
        losing.store.follow(turns=worker.as_follower())
    await losing.store.accept("tg", [text("раз")], NOW)
    held = worker.dialog()
    losing.lose(lane)
    saving = losing.store.save("w", [done(held, turn(held.dialog, effects=[CALL]))], later(1))
    if not by_turn:
        await saving
        losing.store.follow(chats=worker.as_follower(), calls=worker.as_follower())
    with pytest.raises(StoreUnavailable):
        await (saving if by_turn else claim(later(2)))
    await told(worker)
    (again,) = await claim(later(3))
    return again


@pytest.mark.parametrize("lane", ["turn", "claim chats"])
async def test_a_chat_taken_unheard_is_free_at_once(
    losing: Losing, worker: Worker, lane: str
) -> None:
    chats = losing.store.claim_chats
    claim = await claimed_again(losing, worker, lane, lambda now: chats("w", now, 9, LEASE))
    # of a chat that was claimed nobody knows whether the sender before left it in doubt
    assert [row.unsure for row in claim.rows] == [lane != "turn"]


@pytest.mark.parametrize("lane", ["turn", "house"])
async def test_a_call_taken_unheard_was_not_tried(
    losing: Losing, worker: Worker, lane: str
) -> None:
    calls = losing.store.claim_calls
    job = await claimed_again(losing, worker, lane, lambda now: calls("w", now, 9, LEASE))
    assert (job.key, job.tries) == (CALL.key, 0)


async def test_what_was_not_stored_leaves_nothing_to_give_back(
    losing: Losing, worker: Worker, look: Look
) -> None:
    losing.lose("intake", is_done=False)
    with pytest.raises(StoreUnavailable):
        await losing.store.accept("tg", [text("раз", key="1")], NOW)
    assert await look("SELECT 1 FROM dialog_run") == []
    (accepted,) = await losing.store.accept("tg", [text("раз", key="1")], later(1))
    assert (accepted.repeat, worker.dialog().dialog.id) == (False, accepted.dialog)
    async with asyncio.timeout(10):
        await losing.looked.wait()
    assert await look("SELECT owner FROM dialog_run") == [("w",)]
