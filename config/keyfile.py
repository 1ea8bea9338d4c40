"""The secret key of an installation that was given none: made once, kept beside its database."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError

if TYPE_CHECKING:
    from config.settings import Settings

_CHARACTERS = 32


def new_key() -> str:
    """A fresh key of 43 characters."""
    return secrets.token_urlsafe(32)


def secret_key(
    settings: "Settings", database: Path | None, make: Callable[[], str] = new_key
) -> str:
    """The key set by OTKLIK_SECRET_KEY, else the one in `<database>.key`, made if need be.

    database: the SQLite file; None: a database of another kind, which several machines may
    share, so the key must be set. Raises ConfigError when it is not, or the file is damaged."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if database is None:
        raise ConfigError(
            [
                "OTKLIK_SECRET_KEY is needed with this database, the same for every process:"
                f" at least {_CHARACTERS} characters, such as `openssl rand -base64 32` prints"
            ]
        )
    path = database.with_name(database.name + ".key")
    try:
        return _kept(path) if path.exists() else _made(path, make())
    except OSError as error:
        raise ConfigError([f"the key file {path} cannot be used: {error.strerror}"]) from error


def _kept(path: Path) -> str:
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < _CHARACTERS or not key.isascii():
        # A new key would make every stored secret and session unreadable, so nobody guesses here.
        raise ConfigError(
            [f"the key file {path} is damaged: restore it, or delete it to lose stored secrets"]
        )
    return key


def _made(path: Path, key: str) -> str:
    """Writes the key whole or not at all; of two first starts at once, one wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return _kept(path)
    finally:
        draft.unlink(missing_ok=True)
    return key
