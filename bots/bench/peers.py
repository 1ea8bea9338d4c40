"""`otklik bench peers`: bare aiogram and vkbottle walk the same conversation, all in memory.

Nothing of theirs is stored or sent: state lies in a dict, the platform's answers are ready-made.
So a ratio says what our durable turn costs against their volatile one.
"""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import NamedTuple

from bots import loops
from bots.bench.conversation import SCRIPT, Agreeable
from bots.bench.figures import Figures, Stopwatch
from bots.wiring import settled_memory
from core.errors import OtklikError

#: A customer: gives the peer each update of one conversation, one after the other.
Walk = Callable[[int], Awaitable[None]]


class Said:
    """What the bots say, by name. buttons: key -> label."""

    def __init__(self, texts: Mapping[str, str], buttons: Mapping[str, str]) -> None:
        self._texts = texts
        self.buttons = buttons

    def __getitem__(self, key: str) -> str:
        return self._texts[key]


class Peer(NamedTuple):
    """One framework. sent: how many messages it has handed to its platform."""

    name: str
    walk: Walk
    sent: Callable[[], int]


Made = Callable[[Said], Peer]
#: Messages of one conversation.
MESSAGES = 6


def said() -> Said:
    """The texts of peers.toml."""
    source = resources.files("bots.bench").joinpath("peers.toml").read_text(encoding="utf-8")
    found = tomllib.loads(source)
    buttons = found.pop("buttons")
    return Said(found, buttons)


def measured(*, customers: int, rounds: int) -> list[Figures]:
    """One line for each peer."""
    from bots.bench.peer_aiogram import aiogram_peer
    from bots.bench.peer_vkbottle import vkbottle_peer

    return [loops.run(_measured(peer, customers, rounds)) for peer in (aiogram_peer, vkbottle_peer)]


async def _measured(made: Made, customers: int, rounds: int) -> Figures:
    peer = made(said())
    await peer.walk(0)  # what is loaded once is no part of a turn
    before = peer.sent()
    settled_memory()

    async def customer(number: int) -> None:
        for turn in range(rounds):
            await peer.walk(1 + number + turn * customers)
            await asyncio.sleep(0)  # nothing of theirs waits for anything: let the others go on

    stopwatch = Stopwatch()
    await asyncio.gather(*(customer(number) for number in range(customers)))
    conversations = customers * rounds
    if peer.sent() - before != conversations * MESSAGES:
        raise OtklikError(f"the {peer.name} bot did not finish its conversations")
    return stopwatch.figures(
        f"{peer.name} in memory",
        turns=conversations * len(SCRIPT),
        conversations=conversations,
        waits=(),
    )


#: The same back office for everybody.
BACKOFFICE = Agreeable()
