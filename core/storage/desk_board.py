"""What goes on now: queues, channels, the day so far; and the audit log."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.desk_accounts import AuditQuery, AuditRow, Verified
from core.desk_values import (
    ChannelNow,
    ChannelPart,
    ChannelState,
    OpenWait,
    QueueNow,
    Today,
    health_with,
)
from core.storage.desk_base import Part, among, as_value, first, rows, say, table

DIALOG = table("dialog")
ESCALATION = table("escalation")
STAY = table("queue_stay")
OPERATOR = table("operator")
MEMBER = table("queue_member")
CHANNEL = table("channel")
CHAT_RUN = table("chat_run")
OUTBOX = table("outbox")
AUDIT = table("audit")

WITH_PEOPLE = ("queued", "with_operator")
#: In the words of the index `ix_escalation_unanswered`.
UNANSWERED = and_(
    ESCALATION.c.first_n == literal(0, literal_execute=True), ESCALATION.c.ended_at.is_(None)
)

#: Hash before the first row.
ROOT = "0" * 64
_LOCK = "SELECT pg_advisory_xact_lock(7405201)"
_VERIFY_AT_ONCE = 1000
_DAY = timedelta(hours=24)
_NEWEST_DIALOGS, _NEWEST_SENT = 1000, 5000


class BoardQueries(Part):
    """The part of core.desk_store.House about the present and about who did what."""

    async def queues_now(self, *, waits: bool = True) -> Mapping[str, QueueNow]:
        """As core.desk_store.House."""
        d, e = DIALOG.c, ESCALATION.c
        waiting = (
            select(d.queue, func.count(), func.min(d.waiting_since))
            .where(among(d.state, "queued"))
            .group_by(d.queue)
        )
        held = (
            select(d.queue, func.count()).where(among(d.state, "with_operator")).group_by(d.queue)
        )
        load = (
            select(d.operator, func.count().label("load"))
            .where(among(d.state, "with_operator"))
            .group_by(d.operator)
            .subquery()
        )
        room = OPERATOR.c.limit - func.coalesce(load.c.load, 0)
        places = func.coalesce(func.sum(room).filter(room > 0), 0)
        people = (
            select(MEMBER.c.queue, func.count(), places)
            .join(
                OPERATOR,
                and_(
                    OPERATOR.c.id == MEMBER.c.operator,
                    OPERATOR.c.status == "online",
                    OPERATOR.c.archived_at.is_(None),
                ),
            )
            .outerjoin(load, load.c.operator == OPERATOR.c.id)
            .group_by(MEMBER.c.queue)
        )
        open_ = (
            select(d.queue, e.escalated_at)
            .join(DIALOG, d.id == e.dialog)
            .where(d.state.in_(WITH_PEOPLE), UNANSWERED)
        )
        found: dict[str, dict[str, Any]] = {}
        async with self._database.reading() as connection:
            for queue, count, oldest in (await connection.execute(waiting)).all():
                found.setdefault(queue, {}).update(waiting=count, oldest_at=oldest)
            for queue, count in (await connection.execute(held)).all():
                found.setdefault(queue, {}).update(in_hand=count)
            for queue, online, free in (await connection.execute(people)).all():
                # a sum is a decimal on PostgreSQL
                found.setdefault(queue, {}).update(online=online, free=int(free))
            for queue, at in (await connection.execute(open_)).all() if waits else ():
                found.setdefault(queue, {}).setdefault("waits", []).append(at)
        return {
            id_: QueueNow(id=id_, **fields | {"waits": tuple(fields.get("waits", ()))})
            for id_, fields in found.items()
        }

    async def open_waits(self, queues: Sequence[str]) -> tuple[OpenWait, ...]:
        """As core.desk_store.House."""
        d, e = DIALOG.c, ESCALATION.c
        statement = (
            select(d.id.label("dialog"), d.queue, d.operator, e.escalated_at.label("since"))
            .join(DIALOG, d.id == e.dialog)
            .where(
                d.state.in_(WITH_PEOPLE),
                d.queue.in_(list(queues)),
                UNANSWERED,
            )
            .order_by(e.escalated_at)
        )
        async with self._database.reading() as connection:
            return tuple(OpenWait(**row) for row in await rows(connection, statement))

    async def channels_now(self, now: datetime) -> Mapping[str, ChannelNow]:
        """As core.desk_store.House."""
        backlog = (
            select(OUTBOX.c.channel, func.count())
            .where(among(OUTBOX.c.state, "new", "unknown"))
            .group_by(OUTBOX.c.channel)
        )
        where = as_value(CHAT_RUN.c.channel)
        blocked = (
            select(where, func.count())
            .where(
                CHAT_RUN.c.unreachable != literal("", literal_execute=True),
                CHAT_RUN.c.unreachable_at > now - _DAY,
            )
            .group_by(where)
        )
        names = set(ChannelNow.__struct_fields__) - {"backlog", "blocked_24h"}
        found: dict[str, dict[str, Any]] = {}
        async with self._database.reading() as connection:
            for row in await rows(connection, select(CHANNEL)):
                found[row["id"]] = {name: row[name] for name in names}
            for channel, count in (await connection.execute(backlog)).all():
                found.setdefault(channel, {"id": channel})["backlog"] = count
            for channel, count in (await connection.execute(blocked)).all():
                found.setdefault(channel, {"id": channel})["blocked_24h"] = count
            for channel, moments in (await _last_moments(connection)).items():
                one = found.setdefault(channel, {"id": channel})
                one.update(_newer(moments, one))
        return {id_: ChannelNow(**fields) for id_, fields in found.items()}

    async def put_channel_state(
        self,
        id_: str,
        platform: str,
        found: ChannelState,
        now: datetime,
        part: ChannelPart = "account",
    ) -> bool:
        """As core.desk_store.House."""
        async with self._database.writing() as connection:
            known = select(CHANNEL).where(CHANNEL.c.id == id_).with_for_update()
            row = await first(connection, known)
            if row is None and part != "account" and found.state == "ok":
                return False
            health = health_with({} if row is None else row["health"], part, found)
            moments = (await _last_moments(connection)).get(id_, {})
            values: dict[str, Any] = _newer(moments, row or {})
            is_news = row is None or row["health"] != health
            if is_news:
                values["health"] = health
            if row is None or row["health"].get("state") != health["state"]:
                values["health_at"] = now
            if row is None:
                named = {"id": id_, "name": id_, "platform": platform, "settings": {}}
                rest = {"enabled": True, "created_at": now, "version": 1}
                await connection.execute(insert(CHANNEL).values(**named, **rest, **values))
            elif values:
                await connection.execute(
                    update(CHANNEL).where(CHANNEL.c.id == id_).values(**values)
                )
            if is_news:
                await say(connection, "channel", now, kind=id_)
        return is_news

    async def today(self, midnight: datetime, queues: frozenset[str] | None) -> Today:
        """As core.desk_store.House."""
        d, e = DIALOG.c, ESCALATION.c
        stood = select(STAY.c.dialog).where(STAY.c.queue.in_(queues or ()))
        of_dialog = [] if queues is None else [d.id.in_(stood)]
        of_wait = [] if queues is None else [e.queue.in_(queues)]

        def dialogs(*where: Any) -> Any:
            return select(func.count()).select_from(DIALOG).where(*where, *of_dialog)

        def waits(*where: Any) -> Any:
            begun = e.escalated_at >= midnight
            return select(func.count()).select_from(ESCALATION).where(begun, *where, *of_wait)

        statement = select(
            dialogs(d.opened_at >= midnight).scalar_subquery(),
            dialogs(d.closed_at >= midnight).scalar_subquery(),
            waits().scalar_subquery(),
            waits(e.first_n > 0).scalar_subquery(),
            waits(e.first_n == 0, e.ended_at.is_not(None)).scalar_subquery(),
        )
        async with self._database.reading() as connection:
            opened, closed, escalated, answered, missed = (
                await connection.execute(statement)
            ).one()
        return Today(
            opened=opened,
            closed=closed,
            escalated=escalated,
            answered=answered,
            ended_unanswered=missed,
        )

    # -- audit

    async def audit(
        self,
        actor: str,
        action: str,
        object_: str,
        now: datetime,
        *,
        queue: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """As core.desk_store.House. One writer at a time: each row names the hash before it."""
        last = select(AUDIT.c.hash).order_by(AUDIT.c.id.desc()).limit(1)
        async with self._database.writing() as connection:
            if self._database.is_postgres:
                await connection.execute(text(_LOCK))
            before = (await connection.execute(last)).scalar() or ROOT
            row = {
                "actor": actor,
                "action": action,
                "object": object_,
                "queue": queue,
                "detail": dict(detail or {}),
                "at": now,
                "before_hash": before,
            }
            await connection.execute(insert(AUDIT).values(**row, hash=digest(row)))

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """As core.desk_store.House."""
        a = AUDIT.c
        statement = select(AUDIT).order_by(a.id.desc()).limit(query.limit)
        for column, wanted in ((a.actor, query.actor), (a.action, query.action)):
            if wanted:
                statement = statement.where(column == wanted)
        if query.object:
            statement = statement.where(a.object == query.object)
        if query.since:
            statement = statement.where(a.at >= query.since)
        if query.until:
            statement = statement.where(a.at < query.until)
        if query.queues is not None:
            statement = statement.where(a.queue.in_(query.queues), a.queue != "")
        if query.before:
            statement = statement.where(a.id < query.before)
        async with self._database.reading() as connection:
            return tuple(map(_audit, await rows(connection, statement)))

    async def verify_audit(self) -> Verified:
        """As core.desk_store.House."""
        before, checked, last = ROOT, 0, 0
        while True:
            statement = (
                select(AUDIT).where(AUDIT.c.id > last).order_by(AUDIT.c.id).limit(_VERIFY_AT_ONCE)
            )
            async with self._database.reading() as connection:
                found = await rows(connection, statement)
            for row in found:
                if row["before_hash"] != before or row["hash"] != digest(row):
                    return Verified(checked=checked, broken_at=row["id"])
                before, last = row["hash"], row["id"]
                checked += 1
            if len(found) < _VERIFY_AT_ONCE:
                return Verified(checked=checked)


async def _last_moments(connection: AsyncConnection) -> dict[str, dict[str, datetime]]:
    """When each channel last brought and took something, as far as the newest rows tell: nothing
    is added to the hot path for it. What they do not tell any more was written down before, by the
    look at the account every few minutes."""
    d, o = DIALOG.c, OUTBOX.c
    heard = select(as_value(d.channel).label("channel"), d.last_customer_at.label("at"))
    parts = [heard.order_by(d.opened_at.desc()).limit(_NEWEST_DIALOGS).subquery()]
    parts += [
        heard.where(among(d.state, state)).subquery() for state in ("queued", "with_operator")
    ]
    statements = [
        ("last_in_at", select(part.c.channel, func.max(part.c.at)).group_by(part.c.channel))
        for part in parts
    ]
    last = select(func.max(o.id)).scalar_subquery()
    sent = select(o.channel, func.max(o.done_at)).where(o.state == "sent")
    recent = sent.where(o.id > last - _NEWEST_SENT).group_by(o.channel)
    found: dict[str, dict[str, datetime]] = {}
    for name, statement in (*statements, ("last_out_at", recent)):
        for channel, at in (await connection.execute(statement)).all():
            moments = found.setdefault(channel, {})
            moments |= _newer({name: at}, moments)
    return found


def _newer(moments: Mapping[str, datetime | None], known: Mapping[str, Any]) -> dict[str, datetime]:
    """Those that are later than what is known."""
    return {
        name: at
        for name, at in moments.items()
        if at is not None and (known.get(name) is None or known[name] < at)
    }


def digest(row: Mapping[str, Any]) -> str:
    """The hash of a row, over everything it says and the hash before it."""
    at: datetime = row["at"]
    said = [
        row["before_hash"],
        *(row[name] for name in ("actor", "action", "object", "queue", "detail")),
        at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def _audit(row: Mapping[str, Any]) -> AuditRow:
    return AuditRow(**{name: row[name] for name in AuditRow.__struct_fields__})


__all__ = ["ROOT", "BoardQueries", "digest"]
