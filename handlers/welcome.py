"""Answers that travel in the answer to the platform's own request.

Some platforms let us greet a person who never wrote only so. The update is durable by then; who
waits here is woken by the bus when turns were saved, takes the chat's first message from delivery,
and writes down that it was given before it is given: a repeat of the request gets the same one.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from core.channel import Answer, Letter, StoredFile
from core.errors import ChannelError, MessageRejected, StoreUnavailable
from core.store import Store
from core.store_values import (
    WELCOME_WITHIN,
    Accepted,
    ChatClaim,
    Delivered,
    FirstAnswer,
    Welcome,
    welcome_mark,
)
from core.updates import Received
from handlers.letters import letter_of

log = logging.getLogger(__name__)

#: A message as the body of an answer. Raises ChannelError when it cannot be one.
Render = Callable[[Letter], Answer]
#: A lost wake-up costs so many seconds.
_SWEEP = 1.0


class Welcomes:
    """One process's share. renders: by channel, of platforms that take answers this way."""

    def __init__(
        self,
        store: Store,
        renders: Mapping[str, Render],
        *,
        clock: Callable[[], datetime],
        sent: Callable[[str, Delivered], None] = lambda channel, delivered: None,
        pictures: Callable[[str], StoredFile | None] = lambda path: None,
        seconds: float = WELCOME_WITHIN.total_seconds(),
    ) -> None:
        """sent: told of each outcome. pictures: of scenarios. seconds: how long a request waits."""
        self._store = store
        self._renders = renders
        self._clock = clock
        self._sent = sent
        self._pictures = pictures
        self._seconds = seconds
        self._rung = asyncio.Event()

    def wake(self) -> None:
        """Turns were saved: there may be an answer."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def __call__(self, channel: str, received: Received, accepted: Accepted) -> Answer | None:
        """The answer to an update that was filed; None: nothing came in time, or it goes by
        delivery. Never raises."""
        render = self._renders.get(channel)
        if render is None:
            return None
        welcome = Welcome(
            channel=channel,
            chat=received.chat,
            dialog=accepted.dialog,
            seq=accepted.seq,
            mark=welcome_mark(received),
        )
        try:
            return await self._awaited(welcome, render)
        except StoreUnavailable as error:  # the hold ends by itself, and delivery goes on
            log.warning("channel %s: no welcome, the database is away: %s", channel, error)
        except Exception:
            log.exception("channel %s: no welcome", channel)
        return None

    async def _awaited(self, welcome: Welcome, render: Render) -> Answer | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        while True:
            rung = self._rung
            found = await self._store.first_answer(welcome, self._clock())
            if found.state == "sent":
                await self._let_go(welcome, found)
                return render(self._letter(found.claim))
            if found.state == "ready":
                answer, is_written = await self._given(welcome, found.claim, render)
                if is_written:
                    return answer
            if found.state == "over" or loop.time() >= deadline:
                await self._let_go(welcome, found)
                return None
            if found.state == "none":  # else a repeat of the request was quicker
                await self._news(welcome, found, rung, deadline)

    async def _news(
        self, welcome: Welcome, found: FirstAnswer, rung: asyncio.Event, deadline: float
    ) -> None:
        """Until it is worth another look: turns of others wake us too, and while the chat is held
        one read tells that ours was not among them."""
        loop = asyncio.get_running_loop()
        while (left := deadline - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, _SWEEP)):
                    await rung.wait()
            except TimeoutError:  # the look below is the sweep
                pass
            rung = self._rung
            is_turned, _ = await self._store.outcome(welcome.dialog, welcome.seq)
            if is_turned or not found.held:
                return

    async def _given(
        self, welcome: Welcome, claim: ChatClaim, render: Render
    ) -> tuple[Answer | None, bool]:
        """(the answer, whether it was written down in time)."""
        row, now = claim.rows[0], self._clock()
        answer: Answer | None = None
        outcome = Delivered(
            row=row.id, state="sent", at=now, tries=row.tries + 1, platform_id=welcome.mark
        )
        try:
            answer = render(self._letter(claim))
        except ChannelError as error:
            code = error.code if isinstance(error, MessageRejected) else type(error).__name__
            outcome = Delivered(row=row.id, state="failed", at=now, tries=row.tries + 1, code=code)
        is_written = await self._store.settle_answer(welcome, claim, outcome, now)
        if is_written:
            self._sent(welcome.channel, outcome)
        return answer, is_written

    async def _let_go(self, welcome: Welcome, found: FirstAnswer) -> None:
        if found.held:
            await self._store.settle_answer(welcome, found.claim, None, self._clock())

    def _letter(self, claim: ChatClaim) -> Letter:
        return letter_of(claim, claim.rows[0], self._pictures)
