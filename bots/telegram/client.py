"""One call of the Bot API through aiogram, ending in a result or in a ChannelError.

The only file that imports aiogram: import it only when a Telegram channel is configured. No
exception leaves with its cause attached, because aiohttp's texts hold the URL and the URL holds
the token.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    SendAudio,
    SendDocument,
    SendMediaGroup,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVoice,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile
from aiogram.utils.token import TokenValidationError
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from msgspec import json
from pydantic import ValidationError

from bots.telegram.refusals import result_of
from bots.telegram.settings import UPLOAD_SECONDS
from bots.transport import transport_error
from bots.wire import wire_to
from core.channel import StoredFile
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    MessageRejected,
)

UPLOAD = ClientTimeout(total=UPLOAD_SECONDS, sock_connect=5)

_PIECE = 1024 * 1024
_JSON = {"Content-Type": "application/json"}
_UPLOADS: Mapping[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method
    for method in (
        SendAudio,
        SendDocument,
        SendMediaGroup,
        SendPhoto,
        SendSticker,
        SendVideo,
        SendVoice,
    )
}


class Session(AiohttpSession):
    """aiogram's session with our reading of answers, shared by the bots of one server and proxy."""

    def __init__(self, api_url: str, proxy: str = "") -> None:
        api = TelegramAPIServer.from_base(api_url)
        super().__init__(proxy=proxy or None, api=api)
        if proxy:
            from bots.telegram.proxied import Proxied

            self._connector_type = Proxied
        self.users = 0
        self._wire = None if proxy else wire_to(api_url, self._connector_init["ssl"])

    async def create_session(self) -> ClientSession:
        """As aiogram's, without cookies: bots of one server are strangers to each other."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                connector=self._connector_type(**self._connector_init),
                cookie_jar=DummyCookieJar(),
            )
            self._should_reset_connector = False
        return self._session

    async def close(self) -> None:
        """Closes the connections; unlike aiogram's it does not sleep."""
        if self._wire is not None:
            self._wire.close()
        if self._session is not None and not self._session.closed:
            await self._session.close()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109  as aiogram's
    ) -> TelegramType:
        """A call with uploads, and our own reading of its answer.

        aiogram's trips over pages of proxies and bare 429s, follows redirects with what it
        carries, and a new field or shape in an answer would fail a message that was sent: results
        stay plain JSON."""
        session = await self.create_session()
        async with session.post(
            self.api.api_url(token=bot.token, method=method.__api_method__),
            data=self.build_form_data(bot=bot, method=method),
            timeout=cast(ClientTimeout, timeout),
            allow_redirects=False,
        ) as response:
            content = await response.read()
        return cast(TelegramType, result_of(response.status, content))

    async def posted(
        self, token: str, method: str, arguments: Mapping[str, Any], limit: ClientTimeout
    ) -> Any:
        """The result of a call without uploads, posted as JSON.

        aiogram would validate the arguments, fill in its defaults and build a form, which costs as
        much as the request itself; render.py makes nothing that its models refuse (tested). Only
        a proxy needs aiohttp's client.
        """
        url, body = self.api.api_url(token=token, method=method), json.encode(arguments)
        if self._wire is not None:
            answer = await self._wire.post(url, body, limit)
            return result_of(answer.status, answer.body)
        session = await self.create_session()
        async with session.post(
            url, data=body, headers=_JSON, timeout=limit, allow_redirects=False
        ) as response:
            content = await response.read()
        return result_of(response.status, content)


class Sessions:
    """One session per server and proxy; made by the composition root, closed with the channels."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}

    def shared(self, api_url: str, proxy: str) -> Session:
        """The session for this server. Raises ConfigError, which names no channel, for a proxy that
        cannot be used."""
        key = (api_url, proxy)
        if key not in self._sessions:
            try:
                self._sessions[key] = Session(api_url, proxy)
            except (RuntimeError, ValueError) as error:
                raise ConfigError([f"`proxy` cannot be used: {error}"]) from None
        return self._sessions[key]


class Client:
    """The calls of one bot. timeout: seconds for a call that does not say otherwise."""

    def __init__(self, token: str, session: Session, timeout: float) -> None:
        try:
            self._bot = Bot(token, session=session)
        except TokenValidationError:
            raise ConfigError(["telegram: `token` does not look like a bot token"]) from None
        self._session = session
        self._timeout = ClientTimeout(total=timeout, sock_connect=min(5.0, timeout))
        self._closed = False
        session.users += 1

    async def call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        timeout: ClientTimeout | None = None,  # noqa: ASYNC109  handed on to aiohttp
    ) -> Any:
        """The plain JSON result of one request, never repeated. Raises ChannelError only."""
        limit = timeout or self._timeout
        try:
            if method not in _UPLOADS or not _has_upload(arguments):
                return await self._session.posted(self._bot.token, method, arguments, limit)
            call = _UPLOADS[method](**arguments)
            return await self._bot(call, request_timeout=cast(int, limit))
        except ChannelError:
            raise
        except ValidationError as error:
            fields = ", ".join(str(part["loc"][0]) for part in error.errors() if part["loc"])
            raise MessageRejected("invalid", f"{method}: {fields}") from None
        except Exception as error:
            raise transport_error(error) from None

    async def fetched(self, path: str, most: int) -> bytes:
        """The bytes of a file named by getFile; MessageRejected when there are more than `most`."""
        session = await self._session.create_session()
        url = self._session.api.file_url(self._bot.token, path)
        content = bytearray()
        try:
            async with session.get(url, timeout=UPLOAD, allow_redirects=False) as response:
                status = response.status
                if status == 200:
                    # one byte more than allowed tells that there is more
                    while chunk := await response.content.read(most + 1 - len(content)):
                        content += chunk
        except Exception as error:
            raise transport_error(error) from None
        if status in (404, 410):
            raise MessageRejected("no_file", f"http {status}")
        if status != 200:
            raise ChannelUnavailable("platform", f"file: http {status}")
        if len(content) > most:
            raise MessageRejected("too_large", f"more than {most} bytes")
        return bytes(content)

    async def close(self) -> None:
        """Closes the session when its last bot is gone; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._session.users -= 1
        if not self._session.users:
            await self._session.close()


class _Upload(InputFile):
    """A file of ours, read piece by piece and never held open.

    aiogram's own keeps it open until garbage collection when Telegram answers before it has read
    everything.
    """

    def __init__(self, file: StoredFile) -> None:
        super().__init__(filename=file.name or os.path.basename(file.path))
        self._path = file.path

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        """The bytes, for the form."""
        offset = 0
        while piece := await asyncio.to_thread(_piece, self._path, offset):
            offset += len(piece)
            yield piece


def _piece(path: str, offset: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(_PIECE)


def upload(file: StoredFile) -> InputFile:
    """A file of ours as an argument of a call."""
    return _Upload(file)


def _has_upload(arguments: Mapping[str, Any]) -> bool:
    values = [*arguments.values(), *(item["media"] for item in arguments.get("media", ()))]
    return any(isinstance(value, InputFile) for value in values)
