"""Column types that read the same from SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Index, Integer, MetaData, Text, text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.

    Integers compare and index faster than SQLite's texts and lose no precision.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the database at hand."""
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(DateTime(timezone=True) if postgres else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses naive moments: nobody could tell their zone later."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone; moments are aware UTC")
        return value if dialect.name == "postgresql" else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """An aware UTC moment whatever the session's zone is."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """Any JSON value as text, so that both databases and the hot path store the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """None stays NULL."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """What was stored."""
        return None if value is None else msgspec.json.decode(value)


#: 64 bits everywhere; SQLite numbers rows by itself only for a column called INTEGER.
BIG_ID = BigInteger().with_variant(Integer(), "sqlite")

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Stored(SQLModel):
    """What all tables share: constraints have names, so that a later migration can drop them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=_NAMES)


def few_rows(name: str, where: str, *columns: Any) -> Index:
    """An index over the few rows that matter, so that the others pay nothing for it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
