"""Operators: accounts, queues they serve, status, signs of life."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.desk_accounts import Account
from core.storage.desk_base import Part, among, first, rows, say, table

OPERATOR = table("operator")
MEMBER = table("queue_member")
STATUS = table("operator_status")
DIALOG = table("dialog")
HOLDING = table("holding")

_IN_HAND = (
    select(func.count())
    .where(among(DIALOG.c.state, "with_operator"), DIALOG.c.operator == OPERATOR.c.id)
    .scalar_subquery()
)


def _accounts() -> Select[Any]:
    return select(OPERATOR, _IN_HAND.label("in_hand")).order_by(OPERATOR.c.name, OPERATOR.c.id)


class PeopleQueries(Part):
    """The part of core.desk_store.People about accounts."""

    async def account(self, id_: str) -> Account | None:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            return await read_account(connection, OPERATOR.c.id == id_)

    async def account_by_login(self, login: str) -> Account | None:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            return await read_account(connection, OPERATOR.c.login == login.casefold())

    async def accounts(self, queue: str = "", *, archived: bool = False) -> tuple[Account, ...]:
        """As core.desk_store.People."""
        statement = _accounts()
        if not archived:
            statement = statement.where(OPERATOR.c.archived_at.is_(None))
        if queue:
            members = select(MEMBER.c.operator).where(MEMBER.c.queue == queue)
            statement = statement.where(OPERATOR.c.id.in_(members))
        async with self._database.reading() as connection:
            found = await rows(connection, statement)
            queues = await _queues(connection, [row["id"] for row in found])
        return tuple(_account(row, queues.get(row["id"], ())) for row in found)

    async def has_accounts(self) -> bool:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            return await first(connection, select(OPERATOR.c.id).limit(1)) is not None

    async def put_account(self, account: Account, now: datetime) -> bool:
        """As core.desk_store.People."""
        row = {
            "id": account.id,
            "login": account.login.casefold(),
            "name": account.name,
            "password_hash": account.password_hash,
            "password_at": now if account.password_hash else None,
            "roles": list(account.roles),
            "limit": account.limit,
            "created_at": now,
            **_NEW,
        }
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(OPERATOR).values(**row))
                await _put_queues(connection, account.id, account.queues)
                await say(connection, "operator", now, kind="added", by=account.id)
        except IntegrityError:
            return False
        return True

    async def change_account(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> Account | None:
        """As core.desk_store.People."""
        fields = {key: changes[key] for key in ("name", "limit") if key in changes}
        if "roles" in changes:
            fields["roles"] = list(changes["roles"])
        if "archived" in changes:
            fields["archived_at"] = now if changes["archived"] else None
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(OPERATOR)
                .where(OPERATOR.c.id == id_, OPERATOR.c.version == version)
                .values(version=version + 1, **fields)
            )
            if not done.rowcount:
                return None
            if "queues" in changes:
                await connection.execute(delete(MEMBER).where(MEMBER.c.operator == id_))
                await _put_queues(connection, id_, changes["queues"])
            scope = {"roles", "queues", "archived"} & set(changes)
            await say(connection, "operator", now, kind="scope" if scope else "changed", by=id_)
            return await read_account(connection, OPERATOR.c.id == id_)

    async def put_password(self, id_: str, password_hash: str, now: datetime) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(OPERATOR)
                .where(OPERATOR.c.id == id_)
                .values(password_hash=password_hash, password_at=now)
            )

    async def put_settings(
        self, id_: str, settings: Mapping[str, Any], version: int, now: datetime
    ) -> int | None:
        """As core.desk_store.People."""
        statement = (
            update(OPERATOR)
            .where(OPERATOR.c.id == id_, OPERATOR.c.settings_version == version)
            .values(settings=dict(settings), settings_version=version + 1)
        )
        async with self._database.writing() as connection:
            if not (await connection.execute(statement)).rowcount:
                return None
            await say(connection, "operator", now, kind="settings", by=id_)
        return version + 1

    async def put_status(
        self, id_: str, status: str, reason: str, by: str, now: datetime
    ) -> Account | None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            before = await read_account(connection, OPERATOR.c.id == id_)
            if before is None:
                return None
            same = before.status == status
            await connection.execute(
                update(OPERATOR)
                .where(OPERATOR.c.id == id_)
                .values(
                    status=status,
                    status_reason=reason,
                    status_by=by if by != id_ else "",
                    status_since=before.status_since if same else now,
                    last_seen_at=now,
                )
            )
            if not same or before.status_reason != reason:
                await _new_stretch(connection, id_, status, reason, by, now)
            await say(connection, "operator", now, kind=status, by=id_)
            return await read_account(connection, OPERATOR.c.id == id_)

    async def told_status(self, ids: Sequence[str], now: datetime) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            for id_ in ids:
                await say(connection, "operator", now, kind="offline", by=id_)

    async def seen(self, id_: str, now: datetime) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(sign_of_life(id_, now))

    async def left_behind(self, heard_since: datetime) -> Sequence[tuple[str, int, str]]:
        """As core.desk_store.People."""
        o, d, h = OPERATOR.c, DIALOG.c, HOLDING.c
        statement = (
            select(d.id, h.n, o.id)
            .join(DIALOG, and_(among(d.state, "with_operator"), d.operator == o.id))
            .join(HOLDING, and_(h.dialog == d.id, h.operator == o.id, h.ended_at.is_(None)))
            .where(
                o.status == "offline",
                or_(o.last_seen_at.is_(None), o.last_seen_at < heard_since),
                or_(o.status_since.is_(None), h.taken_at > o.status_since),
            )
        )
        async with self._database.reading() as connection:
            return [tuple(row) for row in (await connection.execute(statement)).all()]

    async def given(self, ids: Sequence[str], now: datetime) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(OPERATOR).where(OPERATOR.c.id.in_(list(ids))).values(last_given_at=now)
            )


def sign_of_life(id_: str, now: datetime) -> Update:
    """Never back in time: processes' clocks differ a little."""
    last = OPERATOR.c.last_seen_at
    return (
        update(OPERATOR)
        .where(OPERATOR.c.id == id_, or_(last.is_(None), last < now))
        .values(last_seen_at=now)
    )


#: The tables' defaults live in their classes; a plain insert names them.
_NEW: Mapping[str, Any] = {
    "status": "offline",
    "status_reason": "",
    "status_by": "",
    "settings": {},
    "settings_version": 1,
    "totp_secret": "",
    "totp_pending": "",
    "totp_step": 0,
    "recovery": [],
    "failed_logins": 0,
    "version": 1,
}


async def _new_stretch(
    connection: AsyncConnection, id_: str, status: str, reason: str, by: str, now: datetime
) -> None:
    open_ = (STATUS.c.operator == id_, STATUS.c.until.is_(None))
    await connection.execute(update(STATUS).where(*open_).values(until=now))
    await connection.execute(delete(STATUS).where(STATUS.c.operator == id_, STATUS.c.since == now))
    row = {"operator": id_, "since": now, "status": status, "reason": reason, "by": by}
    await connection.execute(insert(STATUS).values(**row))


async def read_account(connection: AsyncConnection, which: Any) -> Account | None:
    """One operator with queues and dialogs in hand."""
    row = await first(connection, _accounts().where(which))
    if row is None:
        return None
    queues = await _queues(connection, [row["id"]])
    return _account(row, queues.get(row["id"], ()))


async def _queues(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    statement = select(MEMBER).where(MEMBER.c.operator.in_(list(ids))).order_by(MEMBER.c.queue)
    for row in await rows(connection, statement):
        found[row["operator"]] = (*found.get(row["operator"], ()), row["queue"])
    return found


async def _put_queues(connection: AsyncConnection, id_: str, queues: Sequence[str]) -> None:
    for queue in dict.fromkeys(queues):
        await connection.execute(insert(MEMBER).values(queue=queue, operator=id_))


def _account(row: Mapping[str, Any], queues: tuple[str, ...]) -> Account:
    names = set(Account.__struct_fields__) - {"queues", "roles"}
    fields = {name: row[name] for name in names}
    return Account(queues=queues, roles=tuple(row["roles"]), **fields)
