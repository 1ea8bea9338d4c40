"""Sessions, tries to sign in, stored settings, idempotency keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from core.desk_accounts import Account, Session, Tries
from core.desk_values import Kept
from core.storage.desk_base import Part, first, rows, table
from core.storage.desk_people import OPERATOR, read_account, sign_of_life

SESSION = table("operator_session")
ATTEMPT = table("attempt")
SETTING = table("setting")
KEY = table("idempotency_key")
#: PostgreSQL only: SQLite has one writer.
_LOCK_TRIES = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7405202))")


class DoorQueries(Part):
    """The part of core.desk_store.People about getting in and repeating oneself."""

    async def open_session(self, session: Session) -> None:
        """As core.desk_store.People."""
        values = {name: getattr(session, name) for name in session.__struct_fields__}
        async with self._database.writing() as connection:
            await connection.execute(insert(SESSION).values(**values))
            await connection.execute(sign_of_life(session.operator, session.created_at))

    async def session(self, id_: str) -> tuple[Session, Account] | None:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            row = await first(
                connection,
                select(SESSION).where(SESSION.c.id == id_, SESSION.c.revoked_at.is_(None)),
            )
            if row is None:
                return None
            account = await read_account(connection, OPERATOR.c.id == row["operator"])
        return None if account is None else (_session(row), account)

    async def sessions(self, operator: str = "") -> tuple[Session, ...]:
        """As core.desk_store.People."""
        statement = select(SESSION).where(SESSION.c.revoked_at.is_(None))
        if operator:
            statement = statement.where(SESSION.c.operator == operator)
        async with self._database.reading() as connection:
            found = await rows(connection, statement.order_by(SESSION.c.last_at.desc()))
        return tuple(map(_session, found))

    async def touch_session(self, id_: str, now: datetime) -> None:
        """As core.desk_store.People."""
        statement = (
            update(SESSION)
            .where(SESSION.c.id == id_, SESSION.c.last_at < now)
            .values(last_at=now)
            .returning(SESSION.c.operator)
        )
        async with self._database.writing() as connection:
            operator = (await connection.execute(statement)).scalar()
            if operator is not None:
                await connection.execute(sign_of_life(operator, now))

    async def revoke_sessions(
        self, now: datetime, *, operator: str = "", id_: str = "", but: str = ""
    ) -> tuple[str, ...]:
        """As core.desk_store.People."""
        which = [SESSION.c.revoked_at.is_(None), SESSION.c.id != but]
        if operator:
            which.append(SESSION.c.operator == operator)
        if id_:
            which.append(SESSION.c.id == id_)
        statement = update(SESSION).where(*which).values(revoked_at=now).returning(SESSION.c.id)
        async with self._database.writing() as connection:
            return tuple((await connection.execute(statement)).scalars().all())

    async def try_login(self, key: str, now: datetime, window: timedelta) -> Tries:
        """As core.desk_store.People. Written first: parallel tries see each other, one after the
        other, for an id that was given out earlier may be committed later."""
        row = {"key": key, "at": now, "expires_at": now + window}
        async with self._database.writing() as connection:
            if self._database.is_postgres:
                await connection.execute(_LOCK_TRIES, {"key": key})
            statement = insert(ATTEMPT).values(**row).returning(ATTEMPT.c.id)
            id_ = (await connection.execute(statement)).scalar_one()
            earlier = select(func.count(), func.max(ATTEMPT.c.at)).where(
                ATTEMPT.c.key == key, ATTEMPT.c.at > now - window, ATTEMPT.c.id < id_
            )
            count, last_at = (await connection.execute(earlier)).one()
        return Tries(id=id_, count=count, last_at=last_at)

    async def forget_try(self, tries: Tries) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(delete(ATTEMPT).where(ATTEMPT.c.id == tries.id))

    async def forget_tries(self, keys: Sequence[str]) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(delete(ATTEMPT).where(ATTEMPT.c.key.in_(list(keys))))

    async def put_totp(
        self,
        id_: str,
        *,
        secret: str = "",
        pending: str = "",
        step: int = 0,
        recovery: Sequence[str] = (),
    ) -> None:
        """As core.desk_store.People."""
        fields: dict[str, Any] = {"totp_pending": pending}
        if not pending:
            fields |= {"totp_secret": secret, "totp_step": step, "recovery": list(recovery)}
        async with self._database.writing() as connection:
            await connection.execute(update(OPERATOR).where(OPERATOR.c.id == id_).values(**fields))

    async def use_totp(self, id_: str, step: int) -> bool:
        """As core.desk_store.People."""
        statement = (
            update(OPERATOR)
            .where(OPERATOR.c.id == id_, OPERATOR.c.totp_step < step)
            .values(totp_step=step)
        )
        async with self._database.writing() as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def use_recovery(self, id_: str, code_sha256: str) -> bool:
        """As core.desk_store.People."""
        statement = select(OPERATOR.c.recovery).where(OPERATOR.c.id == id_).with_for_update()
        async with self._database.writing() as connection:
            codes = list((await connection.execute(statement)).scalar() or ())
            if code_sha256 not in codes:
                return False
            codes.remove(code_sha256)
            left = update(OPERATOR).where(OPERATOR.c.id == id_).values(recovery=codes)
            await connection.execute(left)
        return True

    async def setting(self, id_: str) -> Any:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            row = await first(connection, select(SETTING).where(SETTING.c.id == id_))
        return None if row is None else row["value"]

    async def versioned_setting(self, id_: str) -> tuple[Any, int]:
        """As core.desk_store.People."""
        async with self._database.reading() as connection:
            row = await first(connection, select(SETTING).where(SETTING.c.id == id_))
        return (None, 0) if row is None else (row["value"], row["version"])

    async def change_setting(
        self, id_: str, value: Any, version: int, by: str, now: datetime
    ) -> int | None:
        """As core.desk_store.People."""
        fields = {"value": value, "version": version + 1, "by": by, "at": now}
        try:
            async with self._database.writing() as connection:
                if version == 0:
                    await connection.execute(insert(SETTING).values(id=id_, **fields))
                    return 1
                known = (SETTING.c.id == id_, SETTING.c.version == version)
                done = await connection.execute(update(SETTING).where(*known).values(**fields))
        except IntegrityError:  # somebody else was the first
            return None
        return version + 1 if done.rowcount else None

    async def put_setting(self, id_: str, value: Any, by: str, now: datetime) -> None:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            await connection.execute(delete(SETTING).where(SETTING.c.id == id_))
            if value is not None:
                row = {"id": id_, "value": value, "version": 1, "by": by, "at": now}
                await connection.execute(insert(SETTING).values(**row))

    async def take_setting(self, id_: str, value: Any) -> bool:
        """As core.desk_store.People."""
        async with self._database.writing() as connection:
            done = await connection.execute(
                delete(SETTING).where(SETTING.c.id == id_, SETTING.c.value == value)
            )
        return bool(done.rowcount)

    async def claim_key(
        self, operator: str, key: str, request_sha256: str, now: datetime, life: timedelta
    ) -> Kept | None:
        """As core.desk_store.People."""
        where = (KEY.c.operator == operator, KEY.c.key == key)
        row = {"operator": operator, "key": key, "request_sha256": request_sha256, "status": 0}
        try:
            async with self._database.writing() as connection:
                await connection.execute(delete(KEY).where(*where, KEY.c.expires_at <= now))
                kept = await first(connection, select(KEY).where(*where))
                if kept is not None:
                    return _kept(kept)
                await connection.execute(insert(KEY).values(**row, body=b"", expires_at=now + life))
        except IntegrityError:  # somebody else claimed it between our look and our insert
            return Kept(request_sha256=request_sha256)
        return None

    async def finish_key(
        self, operator: str, key: str, status: int, body: bytes, until: datetime
    ) -> None:
        """As core.desk_store.People."""
        where = (KEY.c.operator == operator, KEY.c.key == key)
        async with self._database.writing() as connection:
            if status == 0:
                await connection.execute(delete(KEY).where(*where))
                return
            await connection.execute(
                update(KEY).where(*where).values(status=status, body=body, expires_at=until)
            )


def _session(row: Mapping[str, Any]) -> Session:
    return Session(**{name: row[name] for name in Session.__struct_fields__})


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(request_sha256=row["request_sha256"], status=row["status"], body=bytes(row["body"]))
