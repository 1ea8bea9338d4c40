"""Whole processes, their databases and what they share."""

from pathlib import Path

import pytest

from tests.storage.conftest import postgres_server

__all__ = ["cache", "postgres_server"]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """XDG_CACHE_HOME of every process: the shipped scenarios are compiled once."""
    return tmp_path_factory.mktemp("cache")
