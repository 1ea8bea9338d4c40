"""One desk per test: real stores, the real dispatcher, a real server on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import Workplace, workplace


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}") as made:
        yield made


@pytest.fixture
def beats() -> dict[str, float]:
    """How often the live socket does what it does again and again; the desk's own seconds."""
    return {}


@pytest.fixture
async def desk(
    place: Workplace, tmp_path: Path, beats: dict[str, float]
) -> AsyncIterator[DeskServer]:
    async with DeskServer(place, tmp_path / "files").open(**beats) as server:
        yield server


@pytest.fixture
async def anna(desk: DeskServer) -> Browser:
    """An operator of the first line."""
    return await desk.hired("anna")


@pytest.fixture
async def boris(desk: DeskServer) -> Browser:
    """Another one."""
    return await desk.hired("boris")


@pytest.fixture
async def sonya(desk: DeskServer) -> Browser:
    """A supervisor of all queues."""
    return await desk.hired("sonya", "supervisor", queues=())


@pytest.fixture
async def admin(desk: DeskServer) -> Browser:
    """An admin and nothing else."""
    return await desk.hired("admin", "admin", queues=())
