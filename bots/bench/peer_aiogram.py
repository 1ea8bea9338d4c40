"""The password-reset conversation as a bare aiogram bot."""

from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.base import BaseSession
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bots.bench.conversation import TEXTS
from bots.bench.peers import BACKOFFICE, Peer, Said

_DATE = 1_700_000_000


class Reset(StatesGroup):
    """Where a customer stands."""

    account = State()
    code = State()
    result = State()
    rating = State()


class ReadySession(BaseSession):
    """Takes every call at once; what it answers is made beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        chat = {"id": 1, "type": "private"}
        self._message = Message.model_validate({"message_id": 1, "date": _DATE, "chat": chat})

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109  aiogram's own signature
    ) -> Any:
        """The answer to one call."""
        if isinstance(method, SendMessage):
            self.sent += 1
            return self._message
        return True

    async def stream_content(self, *words: Any, **more: Any) -> Any:
        """No files here."""
        yield b""

    async def close(self) -> None:
        """Nothing is open."""


def aiogram_peer(said: Said) -> Peer:
    """The bot and its customers."""
    session = ReadySession()
    bot = Bot("1234567:benchbenchbenchbenchbenchbenchbench", session=session)
    dispatcher = _dispatcher(said)

    async def walk(number: int) -> None:
        for update in _updates(number):
            await dispatcher.feed_raw_update(bot, update)

    return Peer("aiogram", walk, lambda: session.sent)


def _keyboard(said: Said, *keys: str) -> InlineKeyboardMarkup:
    labels = {key: said.buttons.get(key, key) for key in keys}
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=key)] for key, label in labels.items()
        ]
    )


def _dispatcher(said: Said) -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message(Reset.account, F.text.regexp(r"^\d{8}$"))
    async def on_account(message: Message, state: FSMContext) -> None:
        await state.update_data(account=message.text)
        await BACKOFFICE.send_code(message.text or "", key="")
        await state.set_state(Reset.code)
        await message.answer(said["ask_code"], reply_markup=_keyboard(said, "again", "old_phone"))

    @dispatcher.message(Reset.code, F.text.regexp(r"^\d{6}$"))
    async def on_code(message: Message, state: FSMContext) -> None:
        account = (await state.get_data())["account"]
        await BACKOFFICE.check_code(account, message.text or "", key="")
        await BACKOFFICE.send_reset_link(account, key="")
        await state.set_state(Reset.result)
        board = _keyboard(said, "ok", "no_link", "not_ok")
        await message.answer(said["ask_result"], reply_markup=board)

    @dispatcher.callback_query(Reset.result, F.data == "ok")
    async def on_solved(query: CallbackQuery, state: FSMContext) -> None:
        await query.answer()
        await state.set_state(Reset.rating)
        if isinstance(query.message, Message):
            await query.message.answer(said["solved"])
            board = _keyboard(said, "1", "2", "3", "4", "5")
            await query.message.answer(said["ask_rating"], reply_markup=board)

    @dispatcher.callback_query(Reset.rating, F.data.in_({"1", "2", "3", "4", "5"}))
    async def on_rating(query: CallbackQuery, state: FSMContext) -> None:
        await query.answer()
        await state.clear()
        if isinstance(query.message, Message):
            await query.message.answer(said["thanks"])

    @dispatcher.message(F.text.lower().contains("парол"))
    async def on_forgotten(message: Message, state: FSMContext) -> None:
        await state.set_state(Reset.account)
        await message.answer(said["ask_account"], reply_markup=_keyboard(said, "unknown"))

    return dispatcher


def _updates(number: int) -> list[dict[str, Any]]:
    chat = {"id": number + 1_000_000, "type": "private", "first_name": "Person"}
    user = {"id": number + 1_000_000, "is_bot": False, "first_name": "Person"}
    message = {"message_id": 1, "date": _DATE, "chat": chat, "from": user}
    texts: list[dict[str, Any]] = [
        {"update_id": number * 5 + step, "message": {**message, "text": text}}
        for step, text in enumerate(TEXTS)
    ]
    query = {"id": "1", "from": user, "chat_instance": "1", "message": {**message, "text": "…"}}
    presses = [
        {"update_id": number * 5 + 3 + step, "callback_query": {**query, "data": key}}
        for step, key in enumerate(("ok", "5"))
    ]
    return texts + presses
