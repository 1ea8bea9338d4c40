"""The workers of a process, wired as `serve` wires them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bots import wiring
from bots.bundles import Shelf
from bots.console.channel import ConsoleChannel
from bots.engine import Engine
from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from config.settings import Settings
from core.backoffice.none import NoBackoffice
from core.bus.local import LocalBus
from core.bus.topics import PACES
from core.counters import Counters
from core.pacing import Kept, Refused, of_channel
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from handlers.paces import Paces, Shared
from handlers.world import FixedDesk
from tests.fakes.fresh_store import fresh_store, url_of
from tests.fakes.keeper import FakeKeeper
from tests.storage.build import NOW, text
from tests.stories.shipped import bundle


def engine(store: Store, role: str = "all") -> Engine:
    """An engine without any channel."""
    parts = wiring.Parts(
        Settings(), shelf=Shelf(bundle()), backoffice=NoBackoffice(), cipher=SivCipher("k" * 32)
    )
    return Engine(
        store, parts, {}, LocalBus(), Counters(), clock=lambda: NOW, desk=FixedDesk(), role=role
    )


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
        assert await works.delivery.step() == 0
        (waiting,) = await store.claim_chats("d", NOW, 9, timedelta(seconds=9))
        assert waiting.rows, "whoever serves that channel has it at once"


class Looked(FakeKeeper):
    """Tells when a process looked at the paces of all."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = asyncio.Event()

    async def complaints(self, now: datetime) -> Sequence[Kept]:
        self.looked.set()
        return await super().complaints(now)


async def test_every_process_hears_that_a_platform_complained_to_another(tmp_path: Path) -> None:
    keeper = Looked()
    async with fresh_store(url_of(tmp_path)) as store:
        works = engine(store, "web")
        works.channels = {"main": ConsoleChannel("main", TELEGRAM, lambda content: None)}
        paces = Paces(lambda: NOW, shared=Shared(keeper, lambda: works.bus.wake(PACES)))
        works.keep_to(paces)
        async with works.running():
            await keeper.looked.wait()
            limits = of_channel(TELEGRAM)
            await keeper.complain("main", "", limits, Refused(17), NOW)
            keeper.looked.clear()
            works.bus.wake(PACES)
            await keeper.looked.wait()
        pace = paces.of("main", TELEGRAM)
        assert pace.gate("7", NOW) == NOW + timedelta(seconds=17)


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
