"""The secret key of an installation: given, found, or made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.keyfile import new_key
from config.settings import Settings, load, secret_key
from core.errors import ConfigError

GIVEN = "g" * 40


def settings(**variables: str) -> Settings:
    return load(variables, lambda path: None)


def test_a_given_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert secret_key(settings(OTKLIK_SECRET_KEY=GIVEN), tmp_path / "a.db") == GIVEN
    assert list(tmp_path.iterdir()) == []


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = secret_key(settings(), tmp_path / "otklik.db")
    file = tmp_path / "otklik.db.key"
    assert len(key) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret_key(settings(), tmp_path / "otklik.db") == key
    assert list(tmp_path.iterdir()) == [file]


def test_two_keys_are_never_alike() -> None:
    assert new_key() != new_key()


def test_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings(), tmp_path / "a.db"), range(32)))
    assert len(keys) == 1


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff" * 40], ids=["empty", "short", "not ascii"]
)
def test_a_damaged_key_stops_the_start_instead_of_being_replaced(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "a.db.key"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="damaged"):
        secret_key(settings(), tmp_path / "a.db")
    assert file.read_bytes() == content


def test_a_shared_database_needs_a_given_key() -> None:
    with pytest.raises(ConfigError, match="OTKLIK_SECRET_KEY is needed"):
        secret_key(settings(), None)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        secret_key(settings(), tmp_path / "no" / "a.db")
