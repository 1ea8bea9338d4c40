"""The pages on a real server, over the demo back office and a clock that tests move."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientResponse, ClientSession, web

from bots.demo.shop import attach_demo
from bots.web import serving
from core.backoffice.demo import DemoBackoffice, DemoData, shipped_data
from tests.fakes.clock import Clock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEEDED = Random  # a test replays from its seed


class Site(NamedTuple):
    """A running site and the billing behind it."""

    client: ClientSession
    billing: DemoBackoffice
    clock: Clock

    async def get(self, path: str, **headers: str) -> tuple[ClientResponse, str]:
        """An answer and its text; redirects are not followed."""
        async with self.client.get(path, headers=headers, allow_redirects=False) as answer:
            return answer, await answer.text()

    async def messages(self, lang: str = "en") -> list[dict[str, Any]]:
        async with self.client.get(f"/demo/sms?lang={lang}") as answer:
            found: list[dict[str, Any]] = (await answer.json())["messages"]
            return found


@pytest.fixture
def data() -> DemoData:
    """What the billing knows; a test may bring its own."""
    return shipped_data()


@pytest.fixture
async def site(data: DemoData) -> AsyncIterator[Site]:
    clock, ids = Clock(NOON), iter(range(1000))
    billing = DemoBackoffice(clock=clock, rng=SEEDED(7), new_id=lambda: f"id{next(ids)}", data=data)
    app = web.Application()
    attach_demo(app, billing, clock=clock)
    async with (
        serving(app, "127.0.0.1", 0) as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield Site(client, billing, clock)
