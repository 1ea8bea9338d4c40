"""How due timers and finished calls become updates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.storage import sql_work
from core.storage.plan_at_once import Onward, onward_of
from core.storage.plan_intake import OWN, Filed, file_locked, file_updates, locked
from core.storage.rules import Rules
from core.storage.sealing import stored
from core.storage.statement import Plan, micros
from core.storage.taking import Answer, Chat, Claim
from core.store_values import Accepted, CallJob
from core.updates import AnyUpdate, TimerFired


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `finish_call`. later: nothing is turned at once."""

    worker: str
    job: CallJob
    update: AnyUpdate
    now: datetime
    later: bool = False


class Fire(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `fire_timers`. only: as of a Claim."""

    now: datetime
    limit: int
    only: Chat | None = None


def fire_timers(rules: Rules, job: Fire) -> Plan[int]:
    """Due timer rows become TimerFired updates; how many did."""
    now = micros(job.now)
    if job.only is None:
        due = yield sql_work.DUE_TIMERS, (now, job.limit)
    else:
        due = yield sql_work.DUE_OWN_TIMERS, (now, job.limit, *job.only)
    if not due:
        return 0
    free = {row[0] for row in (yield sql_work.FREE_RUNS, [sorted({row[0] for row in due})])}
    wanted = [tuple(row) for row in due if row[0] in free]
    if not wanted:
        return 0
    taken = yield sql_work.TAKE_TIMER, wanted
    gens = {(row[0], row[1]) for row in taken}
    fired = [
        Filed(dialog=dialog, channel=OWN, key="", update=TimerFired(kind=kind, gen=gen), now=now)
        for dialog, kind, gen in wanted
        if (dialog, kind) in gens
    ]
    yield from file_updates(rules, fired, Onward(job.now))
    return len(fired)


def claim_calls(rules: Rules, job: Claim) -> Plan[tuple[CallJob, ...]]:
    """Takes journalled calls that nobody makes."""
    rows = yield (sql_work.CLAIM_CALLS if job.only is None else sql_work.CLAIM_OWN_CALLS), job.row()
    if not rows:
        return ()
    lease_until = job.lease_until
    yield sql_work.MARK_CALLS, [(row[0], job.worker, lease_until) for row in rows]
    return tuple(_job(row) for row in rows)


def _job(row: Any) -> CallJob:
    key, dialog, identity, channel, chat, service, arguments, names, timeout, tries, epoch = row
    return CallJob(
        key=key,
        dialog=dialog,
        identity=identity,
        channel=channel,
        chat=chat,
        service=service,
        arguments=msgspec.json.decode(arguments),
        sealed=tuple(msgspec.json.decode(names)),
        timeout=timeout,
        tries=tries,
        epoch=epoch,
    )


def finish_call(rules: Rules, jobs: Sequence[Finish]) -> Plan[list[Answer]]:
    """Results go into the journal and to their dialogs, or nowhere; of two results of one call the
    first counts."""
    first: dict[tuple[str, str, int], int] = {}
    for index, job in enumerate(jobs):
        first.setdefault((job.job.key, job.worker, job.job.epoch), index)
    filed = [_filed(jobs[index]) for index in first.values()]
    onward, runs = yield from locked(filed, onward_of(rules, jobs))
    rows = []
    for lease, item in zip(first, filed, strict=True):
        is_secret = item.dialog in runs and bool(runs[item.dialog].is_secret)
        payload, is_sealed = stored(rules, item.update, item.dialog, is_secret=is_secret)
        rows.append((*lease, item.now, payload, is_sealed))
    held = {(row[0], row[1], row[2]) for row in (yield sql_work.FINISH_CALL, sorted(rows))}
    kept = [index for lease, index in first.items() if lease in held]
    filing = yield from file_locked(rules, [_filed(jobs[index]) for index in kept], runs, onward)
    answers = [Answer(None) for _ in jobs]
    answers[0] = Answer(None, filing.handed)
    for index, answer in zip(kept, filing.answers, strict=True):
        if isinstance(answer, Accepted):
            answers[index] = answers[index]._replace(value=answer)
    return answers


def _filed(job: Finish) -> Filed:
    return Filed(dialog=job.job.dialog, channel=OWN, key="", update=job.update, now=micros(job.now))
