"""What a database URL says: which database, and where."""

from pathlib import Path
from typing import NamedTuple

from core.errors import ConfigError

_SQLITE = ("sqlite+aiosqlite://", "sqlite://")
_POSTGRES = ("postgresql+asyncpg://", "postgresql://", "postgres://")
MEMORY = ":memory:"


class Address(NamedTuple):
    """kind: `sqlite` with a path or `:memory:`, or `postgres` with a DSN."""

    kind: str
    target: str

    @property
    def is_memory(self) -> bool:
        """The database lives and dies with one connection."""
        return self.kind == "sqlite" and self.target == MEMORY

    def for_sqlalchemy(self) -> str:
        """The URL of SQLAlchemy's own drivers; migrations use them."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.target}"
        return "postgresql+asyncpg://" + self.target.removeprefix("postgresql://")


def address(url: str) -> Address:
    """Reads a URL; ConfigError names what is accepted. A relative path is relative to the cwd."""
    for prefix in _SQLITE:
        if url == prefix or url.startswith(prefix + "/"):
            path = url.removeprefix(prefix).removeprefix("/").partition("?")[0]
            return Address("sqlite", MEMORY if path in ("", MEMORY) else str(Path(path)))
    for prefix in _POSTGRES:
        if url.startswith(prefix):
            return Address("postgres", "postgresql://" + url.removeprefix(prefix))
    raise ConfigError(
        [
            "OTKLIK_DATABASE_URL must look like sqlite+aiosqlite:///otklik.db"
            " or postgresql+asyncpg://user@host/name"
        ]
    )
