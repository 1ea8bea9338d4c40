"""A process that dies on command: one conversation over a real database, killed at a moment.

Started once as `python -m tests.e2e.mortal`; it reads one JSON line per run from stdin, forks a
child for it (a fork costs 10 ms, a start of Python seconds) and answers with one JSON line. The
child runs the real accept, dispatcher, calls and delivery; with `die_at` N it sends itself SIGKILL
at the N-th moment. A moment comes after everything that lasts: a store call that wrote, a message
the platform took, a service that did its work. (A death before a step is a death after the one
before it: nothing that lasts lies between.) With `torn` the moments are single SQL statements
instead, so the process dies inside transactions.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: Store calls that write, each a transaction.
WRITES = frozenset(
    (
        "accept",
        "append",
        "claim",
        "save",
        "claim_chats",
        "settle",
        "fire_timers",
        "claim_calls",
        "finish_call",
    )
)


class Moments:
    """Counts the moments at which a process may die, and dies at the chosen one."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.names: list[str] = []

    def pass_by(self, name: str) -> None:
        """One more of them."""
        self.names.append(name)
        if len(self.names) == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def mortal(store: Any, passing: Callable[[str], None]) -> Any:
    """The store with a moment after each call that wrote something."""

    class Proxy:
        def __getattr__(self, name: str) -> Any:
            value = getattr(store, name)
            if name not in WRITES:
                return value

            async def call(*args: Any, **kwargs: Any) -> Any:
                result = await value(*args, **kwargs)
                if result or name == "save":
                    passing(name)
                return result

            return call

    return Proxy()


def torn(store: Any, passing: Callable[[str], None]) -> Any:
    """The store with a moment after each SQL statement of its transactions."""
    from core.storage.sql_store import SqlStore

    inner = store._executor

    class Executor:
        async def run(self, kind: Any, job: Any) -> Any:
            def run(rules: Any, jobs: Any) -> Any:
                plan, rows = kind.run(rules, jobs), None
                while True:
                    try:
                        asked = plan.send(rows)
                    except StopIteration as end:
                        return end.value
                    rows = yield asked
                    passing(f"{kind.name}: {asked[0].sqlite[:40]}")

            return await inner.run(kind._replace(run=run), job)

        @property
        def hand(self) -> Any:
            return inner.hand

        @hand.setter
        def hand(self, hand: Any) -> None:
            inner.hand = hand

        @property
        def doubted(self) -> Any:
            return inner.doubted

        @doubted.setter
        def doubted(self, doubted: Any) -> None:
            inner.doubted = doubted

        async def close(self) -> None:
            await inner.close()

    return SqlStore(Executor(), store._rules)


def append_line(path: Path, value: Any) -> None:
    """One JSON line that outlives the process."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def main() -> None:
    """Serves runs until stdin ends."""
    from tests.e2e import conversation

    conversation.prepare()
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            report = asyncio.run(conversation.run(order, wall))
            os.write(write, json.dumps(report).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            raw = pipe.read()
        _, status = os.waitpid(child, 0)
        report = json.loads(raw) if raw else {}
        report["killed"] = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        report["status"] = status
        print(json.dumps(report), flush=True)


def wall() -> datetime:
    """Real time: leases on PostgreSQL follow the database's own clock."""
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
