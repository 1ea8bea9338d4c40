"""One customer of one Telegram bot, whichever double of Telegram it is."""

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

from tests.bots.telegram.conftest import TOKEN
from tests.fakes.bell import Bell
from tests.fakes.telegram import FakeTelegram

Raw = dict[str, Any]


class Heard(NamedTuple):
    """A message of the bot. buttons: label -> callback data."""

    chat: int
    text: str
    buttons: dict[str, str]


class Messenger(Protocol):
    """Telegram's side: where the bot finds it, what the bot said, a way to the bot."""

    api_url: str
    bell: Bell

    def heard(self) -> list[Heard]:
        """Everything the bot said, in order."""

    async def tell(self, update: Raw) -> None:
        """Gives an update to the bot, as the bot wants it (webhook or polling)."""


def _heard(fields: Raw) -> Heard:
    markup = fields.get("reply_markup") or {}
    if isinstance(markup, str):
        markup = json.loads(markup)
    rows = markup.get("inline_keyboard", [])
    buttons = {b["text"]: b["callback_data"] for row in rows for b in row if "callback_data" in b}
    return Heard(int(fields["chat_id"]), str(fields["text"]), buttons)


class Strict:
    """Our own double."""

    def __init__(self, fake: FakeTelegram, mode: str) -> None:
        self.fake = fake
        self.mode = mode
        self.api_url = fake.api_url
        self.bell = fake.bell

    def heard(self) -> list[Heard]:
        return [_heard(entry.fields) for entry in self.fake.ledger if entry.method == "sendMessage"]

    async def tell(self, update: Raw) -> None:
        """By webhook until it is answered 200, as Telegram does."""
        if "callback_query" in update:
            self.fake.callbacks.add(update["callback_query"]["id"])
        if self.mode == "polling":
            await self.fake.push(update)
            return
        await self.bell.until(lambda: self.fake.webhook["url"])
        assert await self.fake.deliver(update) == 200


class Foreign:
    """Somebody else's idea of the Bot API."""

    def __init__(self, emulator: Any, mode: str) -> None:
        self.emulator = emulator
        self.mode = mode
        self.api_url = ""
        self.bell = Bell()
        self.is_registered = False
        self._heard: list[Heard] = []

    def heard(self) -> list[Heard]:
        return self._heard

    async def tell(self, update: Raw) -> None:
        if self.mode == "webhook":
            await self.bell.until(lambda: self.is_registered)
        await self.emulator.enqueue_update(update, token=TOKEN)

    def app(self) -> web.Application:
        """The emulator, overheard."""
        app: web.Application = self.emulator.app()

        @web.middleware
        async def overhear(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            method = request.match_info.get("method", "")
            fields = await request.json() if method == "sendMessage" else {}
            answer = await handler(request)
            if answer.status == 200 and fields:
                self._heard.append(_heard(fields))
            self.is_registered |= method == "setWebhook" and answer.status == 200
            self.bell.ring()
            return answer

        app.middlewares.append(overhear)
        return app


@asynccontextmanager
async def messenger(kind: str, mode: str) -> AsyncIterator[Messenger]:
    """A Telegram of a kind, `strict` or `foreign`."""
    if kind == "strict":
        async with FakeTelegram(TOKEN) as fake:
            yield Strict(fake, mode)
        return
    foreign = Foreign(LoBotApiEmulator(allow_insecure_loopback_webhooks=True), mode)
    runner = web.AppRunner(foreign.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    foreign.api_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield foreign
    finally:
        await runner.cleanup()


class Customer:
    """A person at a telephone."""

    _updates = itertools.count(900_000_001)

    def __init__(self, messenger: Messenger, chat: int = 700100200) -> None:
        self.messenger = messenger
        self.chat = chat
        self.read = 0
        self._messages = itertools.count(20)

    async def write(self, text: str) -> Raw:
        """Sends a text; the update, for those who repeat it."""
        update = self.said(text)
        await self.messenger.tell(update)
        return update

    def said(self, text: str) -> Raw:
        """The update of a text."""
        return {"update_id": next(self._updates), "message": self._message(text)}

    async def press(self, label: str) -> None:
        """Presses a button of the newest message that has it."""
        data = next(h.buttons[label] for h in reversed(self.own()) if label in h.buttons)
        query = {
            "id": str(next(self._updates)),
            "from": self._person(),
            "message": {**self._message("?"), "from": {"id": 1, "is_bot": True, "first_name": "b"}},
            "chat_instance": "1",
            "data": data,
        }
        await self.messenger.tell({"update_id": next(self._updates), "callback_query": query})

    def own(self) -> list[Heard]:
        """What the bot said to this person."""
        return [heard for heard in self.messenger.heard() if heard.chat == self.chat]

    async def hears(self, part: str) -> Heard:
        """Waits for the next message, which must contain this."""
        try:
            await self.messenger.bell.until(lambda: len(self.own()) > self.read)
        except TimeoutError:
            raise AssertionError(f"«{part}» never came; there was {self.own()}") from None
        heard = self.own()[self.read]
        self.read += 1
        assert part in heard.text, f"«{part}» is not in «{heard.text}»"
        return heard

    def _person(self) -> Raw:
        return {
            "id": self.chat,
            "is_bot": False,
            "first_name": "Анна",
            "username": f"anna_{self.chat}",
            "language_code": "ru",
        }

    def _message(self, text: str) -> Raw:
        return {
            "message_id": next(self._messages),
            "from": self._person(),
            "chat": {"id": self.chat, "type": "private", "first_name": "Анна"},
            "date": 1795600020,
            "text": text,
        }
