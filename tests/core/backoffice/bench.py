"""The driver of a company's own back office before a real server, with time that tests move."""

from random import Random

import aiohttp

from core.backoffice.http import HttpBackoffice, HttpLimits
from tests.fakes.backoffice import TOKEN, BackofficeServer

SEEDED = Random  # a test replays from its seed


class Time:
    """Monotonic seconds that move only by sleeping in them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Bench:
    """Makes drivers of one server."""

    def __init__(self, server: BackofficeServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session
        self.time = Time()

    def driver(self, *, token: str = TOKEN, url: str = "", **limits: float) -> HttpBackoffice:
        return HttpBackoffice(
            self.session,
            url=url or self.server.url,
            token=token,
            clock=self.time,
            rng=SEEDED(3),
            sleep=self.time.sleep,
            limits=HttpLimits(**limits),  # type: ignore[arg-type]  # numbers of any kind
        )
