"""The password-reset conversation as a bare vkbottle bot."""

import json
import logging
from typing import Any

from vkbottle import API, BaseStateGroup, Bot, Keyboard, Text
from vkbottle.bot import Message

from bots.bench.conversation import TEXTS
from bots.bench.peers import BACKOFFICE, Peer, Said

_DATE = 1_700_000_000


class Reset(BaseStateGroup):
    """Where a customer stands."""

    ACCOUNT = "account"
    CODE = "code"
    RESULT = "result"
    RATING = "rating"


class ReadyAPI(API):
    """Takes every call at once; what it answers is made beforehand."""

    sent = 0

    async def request(
        self, method: str, data: dict[str, Any], version: str | None = None
    ) -> dict[str, Any]:
        """The answer to one call."""
        if method == "messages.send":
            self.sent += 1
            return {"response": [{"peer_id": data["peer_ids"][0], "message_id": self.sent}]}
        return {"response": 1}


def vkbottle_peer(said: Said) -> Peer:
    """The bot and its customers; its debug lines are off, as in production."""
    logging.getLogger("vkbottle").setLevel(logging.WARNING)
    api = ReadyAPI("bench")
    bot = Bot(api=api)
    _handlers(bot, said)

    async def walk(number: int) -> None:
        for event in _events(number):
            await bot.process_event(event)

    return Peer("vkbottle", walk, lambda: api.sent)


def _keyboard(said: Said, *keys: str) -> str:
    keyboard = Keyboard(inline=True)
    for place, key in enumerate(keys):
        if place:
            keyboard.row()
        keyboard.add(Text(said.buttons.get(key, key), payload={"key": key}))
    return keyboard.get_json()


def _handlers(bot: Bot, said: Said) -> None:
    states = bot.state_dispenser

    @bot.on.message(state=Reset.ACCOUNT, regex=r"^\d{8}$")
    async def on_account(message: Message) -> None:
        await BACKOFFICE.send_code(message.text, key="")
        await states.set(message.peer_id, Reset.CODE, account=message.text)
        await message.answer(said["ask_code"], keyboard=_keyboard(said, "again", "old_phone"))

    @bot.on.message(state=Reset.CODE, regex=r"^\d{6}$")
    async def on_code(message: Message) -> None:
        account = message.state_peer.payload["account"] if message.state_peer else ""
        await BACKOFFICE.check_code(account, message.text, key="")
        await BACKOFFICE.send_reset_link(account, key="")
        await states.set(message.peer_id, Reset.RESULT)
        board = _keyboard(said, "ok", "no_link", "not_ok")
        await message.answer(said["ask_result"], keyboard=board)

    @bot.on.message(state=Reset.RESULT, payload={"key": "ok"})
    async def on_solved(message: Message) -> None:
        await states.set(message.peer_id, Reset.RATING)
        await message.answer(said["solved"])
        board = _keyboard(said, "1", "2", "3", "4", "5")
        await message.answer(said["ask_rating"], keyboard=board)

    @bot.on.message(state=Reset.RATING, payload=[{"key": str(mark)} for mark in range(1, 6)])
    async def on_rating(message: Message) -> None:
        await states.delete(message.peer_id)
        await message.answer(said["thanks"])

    @bot.on.message(regex=r"(?i).*парол.*")
    async def on_forgotten(message: Message) -> None:
        await states.set(message.peer_id, Reset.ACCOUNT)
        await message.answer(said["ask_account"], keyboard=_keyboard(said, "unknown"))


def _events(number: int) -> list[dict[str, Any]]:
    steps: list[tuple[str, str | None]] = [(text, None) for text in TEXTS]
    steps += [(key, json.dumps({"key": key})) for key in ("ok", "5")]
    return [_event(number, step, *said) for step, said in enumerate(steps)]


def _event(number: int, step: int, text: str, payload: str | None) -> dict[str, Any]:
    peer = 1_000_000 + number
    message: dict[str, Any] = {
        "date": _DATE,
        "from_id": peer,
        "id": step + 1,
        "out": 0,
        "version": 1,
        "attachments": [],
        "conversation_message_id": step + 1,
        "fwd_messages": [],
        "important": False,
        "is_hidden": False,
        "peer_id": peer,
        "random_id": 0,
        "text": text,
    }
    if payload is not None:
        message["payload"] = payload
    client = {"button_actions": ["text"], "keyboard": True, "inline_keyboard": True, "lang_id": 0}
    return {
        "group_id": 1,
        "type": "message_new",
        "event_id": f"{peer}:{step}",
        "v": "5.199",
        "object": {"message": message, "client_info": client},
    }
