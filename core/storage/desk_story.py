"""A dialog's timeline and a customer's card: everything stored about one case or one person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.desk_values import Card, Contact, Event, Mark, Undo
from core.storage.desk_base import Part, first, rows, say, table
from core.storage.desk_lines import mark_of

DIALOG = table("dialog")
UPDATE = table("update")
MESSAGE = table("message")
CUSTOMER = table("customer")
IDENTITY = table("identity")
CHAT_RUN = table("chat_run")
GRANT = table("grant")
REMEMBERED = table("remembered")
RATING = table("rating")
UNDO = table("undo")
OUTBOX = table("outbox")

#: Table -> (what happened, its moment, the facts told).
_MOMENTS: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "escalation": (
        (
            "escalated",
            "escalated_at",
            ("n", "kind", "reason", "queue", "in_hours", "calendar_version", "scenario", "step"),
        ),
        ("answered", "first_human_at", ("n", "first_n", "first_operator")),
        ("escalation_ended", "ended_at", ("n", "ended_by", "first_n")),
    ),
    "queue_stay": (
        ("queue_entered", "entered_at", ("n", "queue", "why")),
        ("queue_left", "left_at", ("n", "queue")),
    ),
    "holding": (
        ("taken", "taken_at", ("n", "operator", "name", "queue", "how")),
        ("first_text", "first_text_at", ("n", "operator", "first_n")),
        ("let_go", "ended_at", ("n", "operator", "ended_why")),
    ),
    "closing": (
        ("closed", "closed_at", ("n", "closed_by", "result", "operator")),
        ("reopened", "reopened_at", ("n",)),
        ("close_undone", "undone_at", ("n",)),
    ),
    "rating": (
        ("rating_asked", "asked_at", ("n", "metric", "scale_low", "scale_high", "operator")),
        ("rating_shown", "shown_at", ("n",)),
        ("rating_given", "answered_at", ("n", "value", "first_value")),
        ("rating_changed", "changed_at", ("n", "value")),
        ("rating_skipped", "skipped_at", ("n",)),
        ("rating_withdrawn", "withdrawn_at", ("n",)),
    ),
}
_DIALOG_MOMENTS = (
    *("opened_at", "first_customer_at", "first_bot_at", "bot_done_at"),
    *("first_human_at", "last_customer_at", "last_bot_at", "last_human_at", "closed_at"),
)
_SENDING = ("attempt_at", "sent_at", "delivered_at", "seen_at", "failed_at", "edited_at")


class StoryQueries(Part):
    """The part of core.desk_store.Dialogs about histories."""

    async def timeline(self, dialog: str) -> tuple[Event, ...]:
        """As core.desk_store.Dialogs. Texts are not repeated: lines are named by their number."""
        found: list[Event] = []
        async with self._database.reading() as connection:
            own = await first(connection, select(DIALOG).where(DIALOG.c.id == dialog))
            if own is not None:
                found += [
                    Event(at=own[name], kind=f"dialog_{name.removesuffix('_at')}")
                    for name in _DIALOG_MOMENTS
                    if own[name] is not None
                ]
            for name, moments in _MOMENTS.items():
                statement = select(table(name)).where(table(name).c.dialog == dialog)
                for row in await rows(connection, statement):
                    found += _told(row, moments)
            found += await _lines(connection, dialog)
            found += await _refusals(connection, dialog)
        return tuple(sorted(found, key=lambda event: event.at))

    async def sent_ids(self, dialog: str, n: int) -> tuple[str, ...]:
        """As core.desk_store.Dialogs."""
        o = OUTBOX.c
        statement = (
            select(o.state, o.platform_id).where(o.dialog == dialog, o.n == n).order_by(o.part)
        )
        async with self._database.reading() as connection:
            found = await rows(connection, statement)
        is_sent = all(row["state"] == "sent" and row["platform_id"] for row in found)
        return tuple(row["platform_id"] for row in found) if is_sent else ()

    async def undo(self, id_: str) -> Undo | None:
        """As core.desk_store.Dialogs."""
        async with self._database.reading() as connection:
            row = await first(connection, select(UNDO).where(UNDO.c.id == id_))
        if row is None:
            return None
        return Undo(**{name: row[name] for name in Undo.__struct_fields__})

    async def change_card(
        self, customer: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> int | None:
        """As core.desk_store.Dialogs."""
        own = select(CUSTOMER.c.card).where(CUSTOMER.c.id == customer).with_for_update()
        values = {name: changes[name] for name in _CARD if name in changes}
        if "tags" in changes:
            values["tags"] = list(changes["tags"])
        async with self._database.writing() as connection:
            card = dict((await connection.execute(own)).scalar() or {}) | changes.get("fields", {})
            values["card"] = {key: value for key, value in card.items() if value is not None}
            done = await connection.execute(
                update(CUSTOMER)
                .where(
                    CUSTOMER.c.id == customer,
                    CUSTOMER.c.version == version,
                    CUSTOMER.c.erased_at.is_(None),
                )
                .values(version=version + 1, **values)
            )
            if not done.rowcount:
                return None
            await say(connection, "customer", now, kind=customer, version=version + 1)
        return version + 1

    async def card(self, customer: str, now: datetime) -> Card | None:
        """As core.desk_store.Dialogs."""
        async with self._database.reading() as connection:
            row = await first(connection, select(CUSTOMER).where(CUSTOMER.c.id == customer))
            if row is None:
                return None
            contacts = await _contacts(connection, customer, now)
            own = dict(row["card"] or {})
            fields = await _remembered(connection, customer, now) | own
            total = select(func.count()).where(DIALOG.c.customer == customer)
            dialogs = int((await connection.execute(total)).scalar() or 0)
            marks = await _marks(connection, customer)
        return Card(
            id=row["id"],
            version=row["version"],
            name=row["name"],
            lang=row["lang"],
            contract=row["contract"],
            note=row["note"],
            tags=tuple(row["tags"] or ()),
            contacts=contacts,
            fields=fields,
            own=frozenset(own),
            dialogs_total=dialogs,
            marks=marks,
        )


_CARD = ("name", "lang", "note")


def _told(row: Mapping[str, Any], moments: Any) -> list[Event]:
    return [
        Event(at=row[moment], kind=kind, facts={fact: row[fact] for fact in facts})
        for kind, moment, facts in moments
        if row[moment] is not None
    ]


async def _lines(connection: AsyncConnection, dialog: str) -> list[Event]:
    names = ("n", "at", "direction", "author_kind", "author_id", "kind", "code", "error")
    columns = [MESSAGE.c[name] for name in (*names, *_SENDING)]
    found = []
    for row in await rows(connection, select(*columns).where(MESSAGE.c.dialog == dialog)):
        facts = {name: row[name] for name in names if name != "at" and row[name] not in ("", None)}
        found.append(Event(at=row["at"], kind="message", facts=facts))
        found += [
            Event(at=row[name], kind=f"message_{name.removesuffix('_at')}", facts={"n": row["n"]})
            for name in _SENDING
            if row[name] is not None
        ]
    return found


async def _refusals(connection: AsyncConnection, dialog: str) -> list[Event]:
    statement = select(UPDATE.c.seq, UPDATE.c.kind, UPDATE.c.received_at, UPDATE.c.refusal).where(
        UPDATE.c.dialog == dialog, UPDATE.c.refusal.is_not(None)
    )
    return [
        Event(
            at=row["received_at"],
            kind="refused",
            facts={"seq": row["seq"], "update": row["kind"], "refusal": row["refusal"]},
        )
        for row in await rows(connection, statement)
    ]


async def _contacts(
    connection: AsyncConnection, customer: str, now: datetime
) -> tuple[Contact, ...]:
    mine = IDENTITY.c.customer == customer
    # A level that ended is `linked` from then on; several accounts: the best one.
    verified = and_(GRANT.c.level == "verified", GRANT.c.until > now)
    found = await rows(
        connection,
        select(
            IDENTITY,
            func.count(GRANT.c.account).label("grants"),
            func.count(GRANT.c.account).filter(verified).label("verified"),
        )
        .outerjoin(GRANT, GRANT.c.identity == IDENTITY.c.id)
        .where(mine)
        .group_by(IDENTITY.c.id)
        .order_by(IDENTITY.c.created_at, IDENTITY.c.id),
    )
    silent = {
        row["identity"]: row["unreachable"]
        for row in await rows(
            connection,
            select(CHAT_RUN.c.identity, CHAT_RUN.c.unreachable).where(
                CHAT_RUN.c.unreachable != "",
                CHAT_RUN.c.identity.in_([row["id"] for row in found]),
            ),
        )
    }
    return tuple(
        Contact(
            id=row["id"],
            channel=row["channel"],
            handle=row["handle"],
            name=row["name"],
            level="verified" if row["verified"] else "linked" if row["grants"] else "anonymous",
            unreachable=silent.get(row["id"], ""),
        )
        for row in found
    )


async def _remembered(connection: AsyncConnection, customer: str, now: datetime) -> dict[str, Any]:
    statement = (
        select(REMEMBERED.c.slot, REMEMBERED.c.value)
        .join(IDENTITY, IDENTITY.c.id == REMEMBERED.c.identity)
        .where(IDENTITY.c.customer == customer, REMEMBERED.c.until > now)
        .order_by(REMEMBERED.c.slot)
    )
    return {row["slot"]: row["value"] for row in await rows(connection, statement)}


async def _marks(connection: AsyncConnection, customer: str) -> tuple[Mark, ...]:
    given: ColumnElement[bool] = RATING.c.value.is_not(None)
    statement = (
        select(RATING)
        .join(DIALOG, DIALOG.c.id == RATING.c.dialog)
        .where(DIALOG.c.customer == customer, given)
        .order_by(RATING.c.asked_at.desc())
        .limit(20)
    )
    return tuple(map(mark_of, await rows(connection, statement)))
