"""`kill -9` at every moment: whatever was under way is finished by the next process, once.

Each case runs one conversation in a process that kills itself at the N-th moment (see mortal.py),
lets the leases of the dead run out, and runs it again to the end; the platform repeats everything.
Then the database and the platform must hold what a run without a death leaves behind.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import asyncpg
import pytest

from core.storage.address import address
from core.storage.sqlite import connect
from tests.e2e.conversation import KEYED
from tests.storage.conftest import empty_database

ROOT = Path(__file__).resolve().parents[2]
#: Longer than every lease, seconds.
LATER = 120

_LINES = """SELECT n, direction, author_kind, kind, text, delivery FROM message
    ORDER BY dialog, n"""
_LETTERS = "SELECT id, kind, state, hold FROM outbox ORDER BY id"
_DIALOGS = """SELECT d.state, d.result, d.version, d.last_n, r.seq_in, r.seq_done, r.parked_reason
    FROM dialog d JOIN dialog_run r ON r.dialog = d.id"""
_RATINGS = "SELECT metric, value FROM rating"
_LEASES = """SELECT (SELECT count(*) FROM dialog_run WHERE owner IS NOT NULL),
    (SELECT count(*) FROM chat_run WHERE owner IS NOT NULL OR sending),
    (SELECT count(*) FROM call WHERE owner IS NOT NULL OR state <> 'done')"""


class Life(NamedTuple):
    """What a run said of itself."""

    killed: bool
    moments: Sequence[str]


class Left(NamedTuple):
    """What is left behind.

    taken: outbox ids as the platform got them, in order. called: keys (without the dialog) and
    services of calls the company was asked to make. in_flight: the letter that the platform had
    taken while our side died before it knew.
    """

    lines: Sequence[tuple[Any, ...]]
    letters: Sequence[tuple[Any, ...]]
    dialogs: Sequence[tuple[Any, ...]]
    ratings: Sequence[tuple[Any, ...]]
    leases: tuple[Any, ...]
    taken: Sequence[int]
    called: Sequence[tuple[str, str]]
    in_flight: frozenset[int]
    cut_short: frozenset[str] = frozenset()


class Nursery:
    """The process whose children die."""

    def __init__(self, cache: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.mortal"],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(cache)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **order: Any) -> Life:
        """One life."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        report = json.loads(self._process.stdout.readline())
        assert report["killed"] or report["status"] == 0, report
        return Life(report["killed"], report.get("moments", ()))

    def close(self) -> None:
        """No more lives."""
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def nursery(cache: Path) -> Iterator[Nursery]:
    made = Nursery(cache)
    yield made
    made.close()


class World:
    """One kind of database, one talk; each case begins empty."""

    def __init__(
        self, nursery: Nursery, talk: str, folder: Path, postgres: str, *, follow: bool = True
    ) -> None:
        self._follow = follow
        self._nursery = nursery
        self._talk = talk
        self._folder = folder
        self._postgres = postgres
        self._cases = 0
        self.url = ""

    def _begin(self) -> None:
        self._cases += 1
        if self._postgres:
            asyncio.run(empty_database(self._postgres))
            self.url = self._postgres.replace("postgresql://", "postgresql+asyncpg://")
        else:
            self.url = f"sqlite+aiosqlite:///{self._folder / f'{self._cases}.db'}"

    def _file(self, name: str) -> Path:
        return self._folder / f"{self._cases}.{name}"

    def _live(self, die_at: int, *, torn: bool, ahead: int) -> Life:
        return self._nursery.run(
            talk=self._talk,
            url=self.url,
            platform=str(self._file("platform")),
            company=str(self._file("company")),
            die_at=die_at,
            torn=torn,
            ahead=ahead,
            follow=self._follow,
        )

    def undisturbed(self, *, torn: bool = False) -> tuple[Sequence[str], Left]:
        """The moments of a life without a death, and what it left."""
        self._begin()
        life = self._live(0, torn=torn, ahead=0)
        assert not life.killed
        return life.moments, asyncio.run(self._left())

    def dying(self, at: int, *, torn: bool = False) -> Left | None:
        """What is left after a death at a moment and a second life; None when the first life was
        over before. On a slow machine a sweep may find what is otherwise handed over, so lives of
        one talk differ by a moment or two."""
        self._begin()
        if not self._live(at, torn=torn, ahead=0).killed:
            return None
        in_flight, cut_short = asyncio.run(self._in_doubt())
        asyncio.run(self._let_time_pass())
        assert not self._live(0, torn=torn, ahead=LATER).killed
        left = asyncio.run(self._left())
        return left._replace(in_flight=in_flight, cut_short=cut_short)

    def dying_often(self, rng: Random) -> Left:
        """What is left after deaths at random moments, until a life reaches the end."""
        self._begin()
        for life in range(8):
            at = rng.randint(1, 24) if life < 7 else 0
            if not self._live(at, torn=False, ahead=LATER * life).killed:
                break
            asyncio.run(self._let_time_pass())
        return asyncio.run(self._left())

    async def _let_time_pass(self) -> None:
        """PostgreSQL measures leases by its own clock."""
        where = address(self.url)
        if where.kind == "sqlite":
            return
        connection = await asyncpg.connect(where.target)
        try:
            for table in ("dialog_run", "chat_run", "call"):
                await connection.execute(
                    f"UPDATE {table} SET lease_until = lease_until - interval '{LATER} s'"  # noqa: S608  # names of ours
                )
        finally:
            await connection.close()

    async def _in_doubt(self) -> tuple[frozenset[int], frozenset[str]]:
        """Letters that the platform took and services that were asked, and nobody wrote down."""
        settled, asked = await _rows(
            self.url,
            "SELECT id FROM outbox WHERE state = 'sent'",
            "SELECT service FROM call WHERE state = 'new' AND owner IS NOT NULL",
        )
        taken = {line["id"] for line in _read(self._file("platform"))}
        return frozenset(taken - {row[0] for row in settled}), frozenset(row[0] for row in asked)

    async def _left(self) -> Left:
        lines, letters, dialogs, ratings, leases = await _rows(
            self.url, _LINES, _LETTERS, _DIALOGS, _RATINGS, _LEASES
        )
        company = _read(self._file("company"))
        return Left(
            lines=lines,
            letters=letters,
            dialogs=dialogs,
            ratings=ratings,
            leases=leases[0],
            taken=[line["id"] for line in _read(self._file("platform"))],
            called=[(line["key"].partition(":")[2], line["service"]) for line in company],
            in_flight=frozenset(),
        )


async def _rows(url: str, *statements: str) -> list[list[tuple[Any, ...]]]:
    """What the database holds, through one connection beside the dead."""
    where = address(url)
    if where.kind == "sqlite":
        file = connect(where.target, busy=5)
        try:
            return [file.execute(sql).fetchall() for sql in statements]
        finally:
            file.close()
    server = await asyncpg.connect(where.target)
    try:
        return [[tuple(row) for row in await server.fetch(sql)] for sql in statements]
    finally:
        await server.close()


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def postgres(request: pytest.FixtureRequest) -> str:
    """Address of the server, empty for SQLite."""
    if request.param == "sqlite":
        return ""
    dsn: str = request.getfixturevalue("postgres_server")
    return dsn


@pytest.mark.parametrize(
    ("talk", "follow"), [("reset", True), ("operator", True), ("reset", False)]
)
def test_a_death_at_any_moment_loses_nothing_and_doubles_nothing(
    nursery: Nursery, talk: str, follow: bool, postgres: str, tmp_path: Path
) -> None:
    world = World(nursery, talk, tmp_path, postgres, follow=follow)
    moments, reference = world.undisturbed()
    assert reference.dialogs[0][:2] == ("closed", "solved")
    assert [line[0] for line in reference.lines] == list(range(1, len(reference.lines) + 1))
    assert {letter[2] for letter in reference.letters} == {"sent"}
    seen: set[str] = set()
    for number in count(1):
        with told(f"killed at moment {number} of about {len(moments)}: {moments}"):
            left = world.dying(number)
            if left is None:
                break
            seen |= left.cut_short
            lost = left.cut_short - KEYED
            if lost:
                assert_with_people(left, reference, lost)
            else:
                assert_whole(left, reference)
    assert number > len(moments) / 2
    assert seen == {service for _, service in reference.called}, "each was cut short once"


def test_a_death_inside_a_transaction_leaves_nothing_of_it(
    nursery: Nursery, postgres: str, tmp_path: Path
) -> None:
    world = World(nursery, "reset", tmp_path, postgres)
    moments, reference = world.undisturbed(torn=True)
    for number in count(1, 19):
        with told(f"killed at statement {number} of about {len(moments)}"):
            left = world.dying(number, torn=True)
            if left is None:
                break
            lost = left.cut_short - KEYED
            if lost:
                assert_with_people(left, reference, lost)
            else:
                assert_whole(left, reference)
    assert number > len(moments) / 2


@pytest.mark.parametrize("seed", range(4))
def test_one_death_after_another_loses_nothing_and_keeps_the_order(
    nursery: Nursery, postgres: str, tmp_path: Path, seed: int
) -> None:
    world = World(nursery, "reset", tmp_path, postgres)
    left = world.dying_often(Random(seed))
    assert left.dialogs[0][0] in ("closed", "queued")
    assert [line[0] for line in left.lines] == list(range(1, len(left.lines) + 1))
    assert [line[1] for line in left.lines].count("in") == 5
    assert left.leases == (0, 0, 0)
    assert {letter[2] for letter in left.letters} == {"sent"}
    assert list(dict.fromkeys(left.taken)) == [letter[0] for letter in left.letters]
    again = {call for call, times in Counter(left.called).items() if times > 1}
    assert all(service in KEYED for _, service in again)


@contextmanager
def told(case: str) -> Iterator[None]:
    """Names the case that failed."""
    try:
        yield
    except AssertionError as error:
        error.add_note(case)
        raise


def assert_whole(left: Left, reference: Left) -> None:
    """As if nobody had died, but for the letter and the call that were in doubt."""
    assert [line[:5] for line in left.lines] == [line[:5] for line in reference.lines]
    assert left.dialogs == reference.dialogs
    assert left.ratings == reference.ratings
    assert left.leases == (0, 0, 0)
    assert_sent_in_order(left)
    assert list(dict.fromkeys(left.called)) == list(reference.called)
    again = [call for call, times in Counter(left.called).items() if times > 1]
    assert len(again) <= 1
    assert all(service in KEYED for _, service in again)


def assert_sent_in_order(left: Left) -> None:
    """Every letter once and in order, but for the one in doubt when the process died: an answer
    of the bot is sent once more, anything else waits for a person and is not sent by itself."""
    times = Counter(left.taken)
    first_times = list(dict.fromkeys(left.taken))
    assert first_times == sorted(first_times)
    held = []
    for id_, kind, state, hold in left.letters:
        in_flight = id_ in left.in_flight
        if kind == "answer":
            assert (state, times[id_]) == ("sent", 2 if in_flight else 1)
        elif state == "sent":
            assert (times[id_], in_flight) == (1, False)
        else:
            assert (state, bool(hold), times[id_]) == ("unknown", True, int(in_flight))
            held.append(id_)
    assert len(held) <= 1
    assert [line[5] for line in left.lines].count("unknown") == len(held)


def assert_with_people(left: Left, reference: Left, lost: frozenset[str]) -> None:
    """A call that nobody may repeat was cut short: people have the dialog, with every word."""
    state, _, _, last_n, seq_in, seq_done, parked = left.dialogs[0]
    assert (state, parked) == ("queued", "")
    assert seq_in == seq_done
    assert [line[0] for line in left.lines] == list(range(1, last_n + 1))
    assert len([line for line in left.lines if line[1] == "in"]) == len(
        [line for line in reference.lines if line[1] == "in"]
    )
    assert left.leases == (0, 0, 0)
    assert max(Counter(left.called).values(), default=0) <= 1
    assert all([name for _, name in left.called].count(service) <= 1 for service in lost)
    assert_sent_in_order(left)
