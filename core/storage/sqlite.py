"""One writer thread over SQLite: whatever is queued shares one transaction and one fsync."""

import asyncio
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from core.errors import ConfigError, StoreReplaced, StoreUnavailable
from core.storage.apsw_driver import open_file
from core.storage.executor import (
    Doubted,
    Gathering,
    Hand,
    RowsRefused,
    deliver,
    nobody,
    nobody_doubts,
)
from core.storage.jobs import Kind
from core.storage.own_file import OwnFile
from core.storage.rules import Rules
from core.storage.statement import Plan, Rows, Statement

log = logging.getLogger(__name__)

#: Jobs per transaction; beyond it answers would come late.
GROUP = 500
#: See core.storage.executor.Gathering; one customer alone brings up to three at a time.
CROWD = 4
_MEMORY_PAGES = -32_000  # KiB
#: 16 MB of log: hot pages are rewritten many times before they must go to the file.
_CHECKPOINT_PAGES = 4000
_REFUSED = (
    apsw.ConstraintError,
    apsw.MismatchError,
    apsw.TooBigError,
    apsw.BindingsError,
    UnicodeEncodeError,
)
#: Said of a value that SQLite cannot hold; elsewhere these are faults of ours.
_UNFIT = (TypeError, OverflowError)


class _Job(NamedTuple):
    kind: Kind
    argument: Any
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


def connect(path: str, *, busy: float, max_pages: int = 0) -> apsw.Connection:
    """A connection as the writer wants it. busy: seconds to wait for another process.

    max_pages: the file's limit in pages, 0 for none. Raises apsw.Error."""
    connection = open_file(path, busy=busy)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = {_MEMORY_PAGES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if max_pages:
            connection.execute(f"PRAGMA max_page_count = {max_pages}")
    except BaseException:
        connection.close()
        raise
    return connection


def lock_for_serving(path: str) -> apsw.Connection:
    """The lock that only one `serve` holds; the system lets go of it when the process dies.

    A lock file of SQLite's own making works alike on every system; it lies beside the file itself,
    whichever link led there. Raises ConfigError where another one holds it, StoreUnavailable where
    there can be none."""
    name = f"{os.path.realpath(path)}.lock"
    try:
        lock = open_file(name, busy=0)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except BaseException:
            lock.close()
            raise
    except apsw.BusyError as error:
        raise ConfigError(
            [f"another `otklik serve` already works on {path}: stop it, or give this one its own"]
        ) from error
    except apsw.Error as error:
        raise StoreUnavailable(f"SQLite: {name}: {error}") from error
    return lock


def free_of_the_dead(connection: apsw.Connection) -> None:
    """Ends all leases: whoever holds the lock for serving knows that their owners are dead.

    Should one live after all (`otklik chat` beside us), its epoch makes it harmless."""
    connection.execute("BEGIN IMMEDIATE")
    for table in ("dialog_run", "chat_run", "call"):
        connection.execute(
            f"UPDATE {table} SET due_at = 0 WHERE due_at IS NOT NULL AND owner IS NOT NULL"  # noqa: S608  # our own names
        )
    connection.execute("COMMIT")


class SqliteExecutor:
    """Jobs go to the thread, answers come back to the loop that asked, one wake-up per group.

    What is asked within one round of the loop is handed in together: whoever asks wakes the thread,
    which then wants the interpreter at the same time as the loop."""

    def __init__(
        self,
        connection: apsw.Connection,
        rules: Rules,
        lock: apsw.Connection | None = None,
        own: OwnFile | None = None,
    ) -> None:
        """own: the file of the connection; once it is another one, nothing is carried out."""
        self.hand: Hand = nobody
        self.doubted: Doubted = nobody_doubts  # never: the commit is ours
        self._connection = connection
        self._cursor = connection.cursor()
        self._rules = rules
        self._lock = lock
        self._own = own
        self._left = False
        self._queue: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        self._gathering = Gathering(CROWD)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="otklik-store", daemon=True)
        self._thread.start()

    async def run(self, kind: Kind, job: Any) -> Any:
        """As core.storage.executor.Executor."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:
            gathered = self._gathered[loop] = []
            loop.call_soon(self._hand_in, loop)
        gathered.append(_Job(kind, job, future, loop))
        return await future

    def _hand_in(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered = self._gathered.pop(loop, None)
        if gathered:
            self._queue.put(gathered)

    async def close(self) -> None:
        """As core.storage.executor.Executor; may be called again."""
        if not self._closed:
            self._closed = True
            for loop in [*self._gathered]:
                self._hand_in(loop)
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- the thread

    def _work(self) -> None:
        is_open = True
        while is_open:
            jobs = self._queue.get()
            if jobs is not None:
                self._wait_for_others(len(jobs))
            group: list[_Job] = []
            while True:
                if jobs is None:
                    is_open = False
                    break
                group += jobs
                if len(group) >= GROUP:
                    break
                try:
                    jobs = self._queue.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._answer(group, self._refused(group) or self._carry_out(group))
                self._gathering.ended(len(group), time.monotonic())
        if self._own is not None and self._own.look():
            self._leave()
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

    def _refused(self, group: Sequence[_Job]) -> list[Any]:
        """Answers to jobs that would go into a file that nobody finds again; none while it is not
        so."""
        if self._own is None:
            return []
        try:
            self._own.check()
        except StoreReplaced as error:
            if not self._left:
                log.error("%s", error)  # noqa: TRY400  one clear sentence, no trace
                self._leave()
            return [StoreReplaced(str(error)) for _ in group]
        return []

    def _leave(self) -> None:
        """What stands in the log goes into the file that we have, wherever it is now. Otherwise
        whoever opens the new file would read it together with the log of the old one."""
        self._left = True
        with contextlib.suppress(apsw.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _wait_for_others(self, jobs: int) -> None:
        waiting = jobs + self._queue.qsize()
        pause = self._gathering.pause(waiting, time.monotonic())
        if pause:
            time.sleep(pause)

    def _answer(self, group: Sequence[_Job], answers: Sequence[Any]) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for job, answer in zip(group, answers, strict=True):
            loops.setdefault(job.loop, []).append((job.future, answer))
        for loop, pairs in loops.items():
            try:
                loop.call_soon_threadsafe(self._settle, pairs)
            except RuntimeError:  # the loop is gone, and with it everybody who waited
                continue

    def _settle(self, pairs: Sequence[tuple["asyncio.Future[Any]", Any]]) -> None:
        for future, answer in pairs:
            deliver(future, answer, self.hand)

    def _carry_out(self, group: Sequence[_Job]) -> list[Any]:
        """Answers, one per job; an exception is an answer too.

        First all together without savepoints, the common case; when that fails, job by job."""
        try:
            return self._transaction(lambda: self._together(group))
        except apsw.Error as error:
            if not isinstance(error, _REFUSED):
                return [_unavailable(error) for _ in group]
            if len(group) == 1:
                return [_of_one(error)]
        except Exception as error:
            if len(group) == 1:
                return [_of_one(error)]
        try:
            return self._transaction(lambda: [self._apart(job) for job in group])
        except apsw.Error as error:
            return [_unavailable(error) for _ in group]

    def _transaction(self, work: Any) -> list[Any]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            answers: list[Any] = work()
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        return answers

    def _together(self, group: Sequence[_Job]) -> list[Any]:
        if len(group) == 1:
            return self._run(group[0].kind.run(self._rules, [group[0].argument]))
        kinds: dict[str, list[int]] = {}
        for index, job in enumerate(group):
            kinds.setdefault(job.kind.name, []).append(index)
        answers: list[Any] = [None] * len(group)
        for indexes in sorted(kinds.values(), key=lambda indexes: not group[indexes[0]].kind.first):
            kind = group[indexes[0]].kind
            found = self._run(kind.run(self._rules, [group[i].argument for i in indexes]))
            for index, answer in zip(indexes, found, strict=True):
                answers[index] = answer
        return answers

    def _apart(self, job: _Job) -> Any:
        execute = self._connection.execute
        execute("SAVEPOINT job")
        try:
            answer = self._run(job.kind.run(self._rules, [job.argument]))[0]
        except Exception as error:
            if isinstance(error, apsw.Error) and not isinstance(error, _REFUSED):
                raise
            execute("ROLLBACK TO job")
            answer = _of_one(error)
        execute("RELEASE job")
        return answer

    def _run(self, plan: Plan[list[Any]]) -> list[Any]:
        try:
            statement, parameters = next(plan)
            while True:
                try:
                    rows = self._execute(statement, parameters)
                except _UNFIT as error:
                    raise RowsRefused(str(error)) from error
                statement, parameters = plan.send(rows)
        except StopIteration as end:
            answers: list[Any] = end.value
            return answers
        except BaseException:
            # Rows that nobody reads any more would hold their snapshot, and once another connection
            # has written, whoever holds an old one may not write.
            self._cursor.close(True)
            self._cursor = self._connection.cursor()
            raise

    def _execute(self, statement: Statement, parameters: Sequence[Any]) -> Rows:
        sql, _, form = statement
        if form == "all":
            last: Rows = []
            for one, own in parameters:
                last = self._execute(one, own)
            return last
        if not sql:
            return []
        execute = self._cursor.execute
        if form == "each":
            self._cursor.executemany(sql, parameters)
            return []
        if form == "hits":
            changes = self._connection.changes
            return [row for row in parameters if execute(sql, row) and changes()]
        if form == "packed":
            return execute(sql, (msgspec.json.encode(parameters).decode(),)).fetchall()
        if form == "once":
            return execute(sql, [_plain(value) for value in parameters]).fetchall()
        rows: Rows = []
        for row in parameters:
            rows += execute(sql, row).fetchall()
        return rows


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, list) else value


def _of_one(error: Exception) -> Exception:
    """What to tell whoever asked for a job that failed by itself."""
    if isinstance(error, _REFUSED):
        return RowsRefused(str(error))
    if isinstance(error, UnicodeDecodeError):  # a text in the file is damaged
        return _unavailable(error)
    return error


def _unavailable(error: Exception) -> StoreUnavailable:
    unavailable = StoreUnavailable(f"SQLite: {error}")
    unavailable.__cause__ = error
    return unavailable
