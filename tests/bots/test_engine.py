"""The workers of a process, wired as `serve` wires them."""

from pathlib import Path
from random import Random

import pytest

from bots import wiring
from bots.bundles import Shelf
from bots.engine import Engine
from config.settings import Settings
from core.backoffice.none import NoBackoffice
from core.bus.local import LocalBus
from core.counters import Counters
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from handlers.dispatch import DeskFacts
from tests.storage.build import NOW, text
from tests.stories.shipped import bundle


async def no_desk() -> DeskFacts:
    return DeskFacts({})


def engine(store: Store) -> Engine:
    """An engine without any channel."""
    parts = wiring.Parts(
        Settings(), shelf=Shelf(bundle()), backoffice=NoBackoffice(), cipher=SivCipher("k" * 32)
    )
    return Engine(store, parts, {}, LocalBus(), Counters(), clock=lambda: NOW, desk=no_desk)


async def test_a_dialog_of_a_channel_no_longer_named_goes_on_and_its_letters_wait(
    tmp_path: Path,
) -> None:
    numbers = Random(1)
    cipher = SivCipher("k" * 32)
    async with open_store(
        f"sqlite+aiosqlite:///{tmp_path / 'a.db'}",
        cipher=cipher,
        new_id=lambda: f"{numbers.random()}",
        reopen_window=Settings().reopen.window,
    ) as store:
        (accepted,) = await store.accept("gone", [text("меню")], NOW)
        works = engine(store)
        assert await works.dispatcher.step() == 1
        assert await store.outcome(accepted.dialog, accepted.seq) == (True, None)
        assert await works.delivery.step() == 1
        await works.delivery.drain()
        assert await works.delivery.step() == 0


async def test_what_goes_wrong_beside_the_workers_is_not_wrapped(tmp_path: Path) -> None:
    async with open_store(
        f"sqlite+aiosqlite:///{tmp_path / 'a.db'}",
        cipher=SivCipher("k" * 32),
        new_id=lambda: "1",
        reopen_window=Settings().reopen.window,
    ) as store:
        with pytest.raises(LookupError):
            async with engine(store).running():
                raise LookupError
