"""Tabs at the live socket, and what tests wait for there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.desk import Browser
from tests.fakes.tab import Tab
from tests.fakes.workplace import Workplace


async def said_nothing(tab: Tab, place: Workplace, kind: str) -> None:
    """Everything up to now was told, and no frame of this kind was among it."""
    await tab.settled(await place.desk.last_event())
    assert kind not in tab.kinds()


async def ready(tab: Tab, place: Workplace, *dialogs: str) -> None:
    """The tab knows everything that happened until now, and forgot that it was told."""
    await tab.hello(None, *dialogs)
    await tab.caught_up(await place.desk.last_event())


@asynccontextmanager
async def in_hand(place: Workplace, browser: Browser) -> AsyncIterator[tuple[str, Tab]]:
    """A dialog that the operator took, and a tab that has it open."""
    dialog = await place.asks_for_people()
    await browser.take(dialog)
    async with Tab(browser) as tab:
        await ready(tab, place, dialog)
        yield dialog, tab
