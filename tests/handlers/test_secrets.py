"""A canary code through the whole way of a message, on a database file: it is nowhere but inside
the service."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bots.telegram.capabilities import CAPABILITIES
from core.backoffice.demo import DemoBackoffice
from core.policy import Policy
from core.store import Store
from core.updates import CustomerMessage, Received, Sender
from handlers.calls import Calls, Company
from handlers.dispatch import Dispatcher
from handlers.world import FixedDesk, World
from scenarios.services import SERVICES
from tests.fakes.fresh_store import CIPHER, fresh_store, url_of
from tests.fakes.world import Meant, Shelf
from tests.stories import shipped

CANARY = "864209"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class House:
    """Turns and calls of one process; a code is being sent for as long as `sent` is not set."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.sent = asyncio.Event()
        self.sending = asyncio.Event()
        self.heard = 0
        bundle, means = shipped.bundle(), shipped.meaning()
        world = World(
            active=lambda: bundle,
            bundles=Shelf(lambda: bundle, at_once=True),
            capabilities=lambda channel: CAPABILITIES,
            seal=lambda dialog, value: CIPHER.seal(value, f"dialog:{dialog}"),
            desk=FixedDesk(),
            meaning=Meant(lambda of, text: means(text), at_once=True),
            policy=Policy(),
        )
        self._dispatcher = Dispatcher(
            store, world, worker="w", clock=self.clock, saved=lambda done: None
        )
        self.calls = Calls(
            store,
            Company(
                services=SERVICES,
                backoffice=DemoBackoffice(
                    clock=self.clock, rng=Random(1), new_id=lambda: "id", fixed_code=CANARY
                ),
                attempts=_Unlimited(),
            ),
            unseal=lambda dialog, value: CIPHER.open(value, f"dialog:{dialog}"),
            worker="w",
            clock=self.clock,
            sleep=self._padding,
        )

    def clock(self) -> datetime:
        """Now."""
        return self.now

    async def _padding(self, seconds: float) -> None:
        """Opaque answers take their time."""
        self.sending.set()
        await self.sent.wait()

    async def writes(self, *texts: str) -> str:
        """A customer's messages, turned; the dialog."""
        for text in texts:
            self.heard += 1
            received = Received(
                chat="7",
                sender=Sender(user="7", lang="ru"),
                update=CustomerMessage(text=text, platform_id=str(self.heard)),
                dedup_key=f"m{self.heard}",
            )
            (accepted,) = await self.store.accept("main", [received], self.now)
            await self.turns()
        return accepted.dialog

    async def turns(self) -> None:
        """All turns that are due."""
        while await self._dispatcher.step():
            self.now += timedelta(milliseconds=1)

    async def calls_answered(self) -> None:
        """All calls, and what they cause."""
        work = 1
        while work:
            work = await self.calls.step()
            await self.calls.drain()
            await self.turns()


class _Unlimited:
    async def spend(self, keys: Sequence[str], limit: int, window: timedelta) -> bool:
        return True


def files_of(folder: Path) -> bytes:
    """Everything on disk."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_a_code_written_while_it_is_still_sent_is_in_no_file_and_confirms_the_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with fresh_store(url_of(tmp_path)) as store:
        works = House(store)
        dialog = await works.writes("какой у меня баланс 77001234")
        assert await works.calls.step()
        await works.sending.wait()
        caplog.clear()  # the demo company has printed its code
        await works.writes(f"мой код {CANARY}")
        on_disk = files_of(tmp_path)
        assert "мой код ••••••".encode() in on_disk
        assert CANARY.encode() not in on_disk
        works.sent.set()
        await works.calls.drain()
        await works.turns()
        await works.calls_answered()
        on_disk = files_of(tmp_path)
        assert "долг 350,50".encode() in on_disk, "the code has opened the account"
        assert dialog.encode() in on_disk
        assert CANARY.encode() not in on_disk
        assert CANARY not in caplog.text
