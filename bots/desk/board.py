"""The present: queues, colleagues, channels, the day so far; and who did what."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from bots.desk import schemas, schemas_house
from bots.desk.endpoint import ANY, AUDITOR, SUPERVISOR, Call, endpoint
from bots.desk.rows import operator_shape
from bots.desk.schemas import Body, Text
from bots.desk.schemas_house import AuditItem, AuditList, AuditVerdict, Board, ChannelHealth
from bots.desk.surroundings import Surroundings
from core.access import Person
from core.desk_accounts import AuditQuery
from core.desk_values import ChannelNow, QueueNow
from core.queue import deadline

Filter = Annotated[Text, Field(max_length=120)]
_STATES = ("ok", "degraded", "down")


class AuditParameters(Body):
    """Filters; cursor of the page before."""

    actor: Filter = ""
    action: Filter = ""
    object: Filter = ""
    from_: Annotated[AwareDatetime | None, Field(alias="from")] = None
    to: AwareDatetime | None = None
    cursor: Annotated[str, Field(pattern=r"^\d{0,18}$")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@endpoint("GET", "/board", roles=SUPERVISOR, reply=Board)
async def board(call: Call) -> Board:
    """What goes on in the supervisor's queues now."""
    store, person = call.context.store, call.person
    seq = await store.last_event()
    around, now = await call.work.around(), await store.queues_now()
    ids = {*now, *(one.id for one in around.queues.values() if not one.archived)}
    queues = [
        _queue(id_, now.get(id_, QueueNow(id=id_)), around, call.now)
        for id_ in sorted(ids)
        if person.serves(id_)
    ]
    midnight = call.now.astimezone(ZoneInfo(call.context.zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    today = await store.today(midnight, None if person.sees_all_queues else person.queues)
    return Board(
        at=call.now,
        seq=seq,
        queues=queues,
        operators=[
            operator_shape(one)
            for one in await store.accounts()
            if one.person().is_operator and _is_near(person, one.person())
        ],
        channels=await _channels(call),
        today=schemas_house.Today(
            opened=today.opened,
            closed=today.closed,
            escalated=today.escalated,
            answered=today.answered,
            missed=today.ended_unanswered,
        ),
    )


def _is_near(person: Person, other: Person) -> bool:
    """They share a queue, or one of them is not bound to any."""
    return person.sees_all_queues or other.sees_all_queues or bool(person.queues & other.queues)


def _queue(id_: str, now: QueueNow, around: Surroundings, at: datetime) -> schemas_house.QueueBoard:
    known = around.queues.get(id_)
    late = 0
    if known is not None:
        hours = around.hours_of(id_)
        dues = (
            deadline(hours, since, known.answer_within_s, known.warn_before_s, at)
            for since in now.waits
        )
        late = sum(due is not None and due.state == "late" for due in dues)
    return schemas_house.QueueBoard(
        id=id_,
        name=known.title if known else id_,
        waiting=now.waiting,
        oldest_s=int((at - now.oldest_at).total_seconds()) if now.oldest_at else None,
        in_hand=now.in_hand,
        online=now.online,
        free=now.free,
        late=late,
    )


@endpoint("GET", "/channels", roles=ANY, reply=list[ChannelHealth])
async def channels(call: Call) -> list[ChannelHealth]:
    """How every channel fares."""
    return await _channels(call)


async def _channels(call: Call) -> list[ChannelHealth]:
    configured = call.context.channels()
    now = await call.context.store.channels_now(call.now)
    return [
        _channel(now.get(id_, ChannelNow(id=id_)), configured.get(id_, ""))
        for id_ in sorted({*configured, *now})
    ]


def _channel(now: ChannelNow, platform: str) -> ChannelHealth:
    state = now.health.get("state", "ok")
    return ChannelHealth(
        id=now.id,
        kind=platform or now.platform,
        name=now.name or now.id,
        state=state if state in _STATES else "degraded",
        since=now.health_at,
        last_in_at=now.last_in_at,
        last_out_at=now.last_out_at,
        backlog=now.backlog,
        blocked_24h=now.blocked_24h,
        problem=str(now.health["problem"]) if now.health.get("problem") else None,
    )


# -- the log


@endpoint("GET", "/audit", roles=AUDITOR, query=AuditParameters, reply=AuditList)
async def audit(call: Call, query: AuditParameters) -> AuditList:
    """Who did what, newest first; supervisors see what concerns their queues."""
    person = call.person
    queues = None if person.is_admin else person.queues
    if queues is not None and person.sees_all_queues:
        # A supervisor of all queues watches dialogs, not the configuration.
        queues = frozenset(await _all_queues(call))
    found = await call.context.store.audit_rows(
        AuditQuery(
            actor=query.actor,
            action=query.action,
            object=query.object,
            since=query.from_,
            until=query.to,
            queues=queues,
            before=int(query.cursor or 0),
            limit=query.limit,
        )
    )
    names = {one.id: one.name for one in await call.context.store.accounts(archived=True)}
    return AuditList(
        items=[
            AuditItem(
                id=row.id,
                at=row.at,
                actor=schemas.Named(id=row.actor, name=names.get(row.actor, row.actor)),
                action=row.action,
                object=row.object,
                queue=row.queue,
                detail=dict(row.detail),
                hash=row.hash,
            )
            for row in found
        ],
        next_cursor=str(found[-1].id) if len(found) == query.limit else None,
    )


async def _all_queues(call: Call) -> set[str]:
    known = (await call.work.around()).queues
    return {*known, *(await call.context.store.queues_now())}


@endpoint("GET", "/audit/verify", roles=AUDITOR, reply=AuditVerdict)
async def verify(call: Call) -> AuditVerdict:
    """Recomputes the hash chain of the whole log."""
    found = await call.context.store.verify_audit()
    return AuditVerdict(
        ok=found.broken_at is None, checked=found.checked, broken_at=found.broken_at
    )


ENDPOINTS = (board, channels, audit, verify)
