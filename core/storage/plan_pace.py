"""Paces that processes share, by the rules of core.pacing: whoever asks is served under a lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.pacing import Ask, Granted, Kept, Limits, Refused, Tempo, refused, relented, taken
from core.storage import sql_pace as sql
from core.storage.rules import Rules
from core.storage.statement import Plan, micros

_SECOND = 1_000_000
Key = tuple[str, str]


class PaceJob(msgspec.Struct, frozen=True, kw_only=True):
    """One question about a scope. ask: for tokens. how: the platform complained. Neither: it took
    a message again."""

    channel: str
    scope: str
    now: datetime
    limits: Limits = Limits()
    ask: Ask | None = None
    how: Refused | None = None

    @property
    def key(self) -> Key:
        """Whose row it is about."""
        return self.channel, self.scope


def pace(rules: Rules, jobs: Sequence[PaceJob]) -> Plan[list[Kept | None]]:
    """Answers all in their order; each scope is read and written once. None: to who relents where
    nobody complained."""
    now = micros(max(job.now for job in jobs)) / _SECOND
    found = yield from _locked(jobs, now)
    answers: list[Kept | None] = []
    for job in jobs:
        before = found.get(job.key)
        answer = None if before is None else _answered(job, before)
        if answer is not None:
            found[job.key] = answer
        answers.append(answer)
    if found:
        yield sql.KEEP_PACES, [_row(kept) for kept in found.values()]
    return answers


def _locked(jobs: Sequence[PaceJob], now: float) -> Plan[dict[Key, Kept]]:
    """The scopes of the jobs, locked in the order of their keys and made where they are not."""
    keys = sorted({job.key for job in jobs})
    found = _kept((yield sql.LOCK_PACES, keys), now)
    wanted = {job.key for job in jobs if job.ask is not None or job.how is not None}
    missing = sorted(wanted - found.keys())
    if missing:
        # saved up since 1970, so the bucket is full
        yield sql.OPEN_PACES, [(*key, 0.0, 0, 0, 0.0) for key in missing]
        found |= _kept((yield sql.LOCK_PACES, missing), now)
    return found


def _answered(job: PaceJob, kept: Kept) -> Kept:
    tempo, granted = kept.tempo, Granted()
    if job.ask is not None:
        tempo, granted = taken(tempo, job.limits, job.ask, kept.now)
    elif job.how is not None:
        tempo = refused(tempo, job.limits, job.how, kept.now)
    elif tempo.until <= kept.now:
        tempo = relented(tempo)
    return kept._replace(tempo=tempo, granted=granted)


def complaints(rules: Rules, jobs: tuple[datetime]) -> Plan[tuple[Kept, ...]]:
    """Scopes that have not recovered from a complaint."""
    rows = yield sql.SLOWED_PACES, ()
    return tuple(_kept(rows, micros(jobs[0]) / _SECOND).values())


def _kept(rows: Sequence[Any], now: float) -> dict[Key, Kept]:
    """now: of who asks; the database's own clock, where it has one, is better."""
    return {
        (row[0], row[1]): Kept(
            row[0],
            row[1],
            Tempo(
                tokens=row[2],
                at=_seconds(row[3]),
                until=_seconds(row[4]),
                strikes=row[5],
                speed=row[6],
                slowed_at=_seconds(row[7]),
            ),
            _seconds(row[8]) if len(row) > 8 else now,
        )
        for row in rows
    }


def _row(kept: Kept) -> tuple[Any, ...]:
    tempo = kept.tempo
    return (
        *(kept.channel, kept.scope, tempo.tokens, _micros(tempo.at)),
        *(_micros(tempo.until) or None, tempo.strikes, tempo.speed),
        _micros(tempo.slowed_at) or None,
    )


def _seconds(value: int | None) -> float:
    return (value or 0) / _SECOND


def _micros(seconds: float) -> int:
    return round(seconds * _SECOND)
