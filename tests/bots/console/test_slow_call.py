"""The whole product behind the terminal, while the billing stalls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

from bots import wiring
from bots.commands.chat import ChatEngine, Clock
from bots.console.engine import CallEnded, CallStarted, Event, Said
from core.backoffice.demo import DemoBackoffice
from core.backoffice.port import Balance
from core.updates import CustomerMessage, Received, Sender

ROOT = Path(__file__).parents[3]
SEEDED = Random  # a test replays from its seed


class Stalling(DemoBackoffice):
    """Says no balance until it is let."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock.now, rng=SEEDED(1), new_id=wiring.new_id, fixed_code="123456")
        self.let = asyncio.Event()

    async def balance(self, account: str) -> Balance:
        await self.let.wait()
        return await super().balance(account)


async def test_the_customer_is_asked_to_wait_while_a_call_lasts(tmp_path: Path) -> None:
    clock = Clock(frozen=True)
    url = f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}"
    settings = wiring.load_settings({}, demo=True)
    async with AsyncExitStack() as stack:
        parts = await wiring.open_parts(
            stack, settings, clock=clock.now, folder=ROOT / "scenarios", url=url
        )
        parts.backoffice = billing = Stalling(clock)
        store = await wiring.open_database(stack, url, settings, parts.cipher)
        engine = ChatEngine(store, parts, clock, chat="1", plain=True)

        def write(number: int, text: str) -> AsyncIterator[Event]:
            received = Received(
                chat="1",
                sender=Sender(user="1", lang="ru"),
                update=CustomerMessage(text=text),
                dedup_key=str(number),
            )
            return engine.submit(received)

        for number, text in enumerate(("баланс", "77001234")):
            assert [event async for event in write(number, text)]
        told: list[str] = []
        async for event in write(9, "123456"):
            told.append(event.content.text if isinstance(event, Said) else type(event).__name__)
            if told.count(CallStarted.__name__) == 2:
                clock.move(clock.now() + timedelta(seconds=30))
            if "Секунду" in told[-1]:
                billing.let.set()
    waited = next(place for place, text in enumerate(told) if "Секунду" in text)
    assert CallEnded.__name__ in told[waited:]
    assert "350,50" in told[-1]
