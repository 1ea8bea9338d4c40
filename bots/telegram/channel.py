"""One Telegram bot as a channel: sends, acknowledges, downloads, keeps its webhook."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from bots.telegram.capabilities import CAPABILITIES, EVENTS
from bots.telegram.client import UPLOAD, Client, Sessions, upload
from bots.telegram.health import findings, is_registered
from bots.telegram.refusals import refuses_file_id, refuses_picture
from bots.telegram.render import ATTACHED, Request, render
from bots.telegram.settings import TelegramSettings
from core.channel import ID_BORDER, Capabilities, Finding, Letter, Sent, StoredFile, Tried
from core.content import Media, Outgoing
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
)

Files = Mapping[str, StoredFile]

#: Fields of an answer that hold the id of a file which was sent.
_FILE_FIELDS = ("photo", "video", "audio", "voice", "sticker", "document", "animation")


class TelegramChannel:
    """A Channel. Its methods make one attempt each; only a cached file id that Telegram has
    forgotten is followed by an upload, and a picture that it will not show as one by the file,
    since such a refusal proves that nothing was sent."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self, settings: TelegramSettings, *, sessions: Sessions, clock: Callable[[], datetime]
    ) -> None:
        """Raises ConfigError for settings that cannot work; connects to nobody."""
        problems = settings.problems()
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        self._clock = clock
        try:
            session = sessions.shared(settings.api_url, settings.proxy)
        except ConfigError as error:
            told = [f"channel {settings.name}: {problem}" for problem in error.problems]
            raise ConfigError(told) from None
        self.client = Client(settings.token, session, settings.timeout)

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        editable = letter.kind == "operator"
        request = render(letter.content, self.capabilities, editable=editable)
        try:
            return await self._send(letter, request, letter.files)
        except MessageRejected as error:
            files = _without_ids(letter.files)
            if files != letter.files and refuses_file_id(error):
                return await self._send(letter, request, files)
            content = _without_pictures(letter.content)
            if content == letter.content or not refuses_picture(error):
                raise
        request = render(content, self.capabilities, editable=editable)
        sent = await self._send(letter, request, files)
        # an id of a file is none of a picture, which is what the next letter asks for
        return Sent(platform_id=sent.platform_id)

    async def _send(self, letter: Letter, request: Request, files: Files) -> Sent:
        arguments, uploaded = _with_files(request, files)
        method = arguments.pop("method")
        arguments["chat_id"] = _chat_id(letter.address)
        result = await self.client.call(method, arguments, UPLOAD if uploaded else None)
        messages = result if isinstance(result, list) else [result]
        if not messages or not all(_has_id(message) for message in messages):
            raise DeliveryUnknown("the answer holds no message_id")
        # an album may hold a cached file before an uploaded one, so all its files are paired
        own = _own_files(request)
        ids = {
            key: identity
            for key, message in zip(own, messages, strict=False)
            if key in uploaded and (identity := _file_id(message))
        }
        platform_id = ID_BORDER.join(str(message["message_id"]) for message in messages)
        return Sent(platform_id=platform_id, platform_files=ids)

    async def find_sent(self, tried: Tried) -> None:
        """See core.channel.Channel. The Bot API cannot be asked what a chat holds."""

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. A press too old to be answered is no failure."""
        try:
            await self.client.call("answerCallbackQuery", {"callback_query_id": callback_id})
        except MessageRejected:
            return

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel."""
        if not platform_id.isdecimal():
            return
        await self.client.call("editMessageReplyMarkup", _message(address, platform_id))

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        """See core.channel.Rewriting. The words under a file are its caption, and only Telegram
        knows which of the two a message has; its refusal proves that nothing changed."""
        message = _message(address, platform_id)
        try:
            await self.client.call("editMessageText", {**message, "text": text})
        except MessageRejected as error:
            if "there is no text in the message" not in error.detail:
                raise
            await self.client.call("editMessageCaption", {**message, "caption": text})

    async def erase(self, address: str, platform_id: str) -> None:
        """See core.channel.Rewriting. Bots may take back what is younger than 48 hours
        (core.telegram.org/bots/api#deletemessage, seen 2026-11)."""
        first, *rest = _ids(platform_id)
        if rest:  # those that are gone already are skipped
            album = {"chat_id": _chat_id(address), "message_ids": [first, *rest]}
            await self.client.call("deleteMessages", album)
            return
        try:
            await self.client.call("deleteMessage", _message(address, platform_id))
        except MessageRejected as error:
            if "message to delete not found" not in error.detail:
                raise

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Telegram shows it for 5 seconds."""
        action = {"chat_id": _chat_id(address), "action": "typing"}
        await self.client.call("sendChatAction", action)

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel."""
        most = self.capabilities.download_bytes
        if media.size > most:
            raise MessageRejected("too_large", f"{media.size} of at most {most} bytes")
        try:
            file = await self.client.call("getFile", {"file_id": media.platform_file})
        except MessageRejected as error:
            if "file is too big" not in error.detail:
                raise
            raise MessageRejected("too_large", f"more than {most} bytes") from None
        path = file.get("file_path") if isinstance(file, dict) else None
        if not isinstance(path, str) or not path or ".." in path.split("/"):
            raise MessageRejected("no_file", "Telegram offers no path for this file")
        content = await self.client.fetched(path, most)
        size = file.get("file_size")
        if type(size) is int and len(content) < size:
            # kept for whole, it would never be fetched again
            raise ChannelUnavailable("platform", f"{len(content)} of {size} bytes arrived")
        return content

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        try:
            me = await self._told("getMe")
            info = await self._told("getWebhookInfo")
        except ChannelUnavailable as error:
            refused = error.reason == "auth"
            remedy = (
                "Copy the token from @BotFather into the settings."
                if refused
                else "Check api_url, proxy and the network between here and Telegram."
            )
            text = "token refused" if refused else f"unreachable {error.reason} {error.detail}"
            return (Finding(level="FAIL", text=text.strip(), remedy=remedy),)
        except ChannelError as error:
            return (Finding(level="WARN", text=str(error), remedy="Try again in a minute."),)
        return findings(me, info, self.settings, self._clock())

    async def register(self) -> None:
        """Sets the webhook, or takes it off in polling mode; the same call again changes nothing.

        Updates that wait at Telegram are kept. Called at start. Raises ChannelError.
        """
        if self.settings.mode == "polling":
            await self.client.call("deleteWebhook", {"drop_pending_updates": False})
            return
        webhook = {
            "url": self.settings.webhook_url,
            "secret_token": self.settings.secret,
            "allowed_updates": list(EVENTS),
            "max_connections": self.settings.max_connections,
            "drop_pending_updates": False,
        }
        await self.client.call("setWebhook", webhook)

    async def watch(self) -> bool:
        """Registers again when the platform forgot or somebody changed it; whether it had to.

        Called every few minutes. Raises ChannelError.
        """
        info = await self._told("getWebhookInfo")
        if is_registered(info, self.settings):
            return False
        await self.register()
        return True

    async def _told(self, method: str) -> Mapping[str, Any]:
        """What Telegram says of the bot."""
        result = await self.client.call(method, {})
        if not isinstance(result, dict):
            raise DeliveryUnknown(f"{method} brought no object")
        return result

    async def close(self) -> None:
        """See core.channel.Channel."""
        await self.client.close()


def _message(address: str, platform_id: str) -> dict[str, Any]:
    """Which message a method is about; of an album the first, which has the words."""
    return {"chat_id": _chat_id(address), "message_id": _ids(platform_id)[0]}


def _ids(platform_id: str) -> list[int]:
    """Telegram's own ids of what was sent as one: an album is several messages."""
    ids = platform_id.split(ID_BORDER)
    if not all(map(str.isdecimal, ids)):
        raise MessageRejected("no_message", "this is no id of a message")
    return [int(one) for one in ids]


def _chat_id(address: str) -> int | str:
    try:
        return int(address)
    except ValueError:
        return address


def _with_files(request: Request, files: Files) -> tuple[dict[str, Any], frozenset[str]]:
    """The arguments with ids or bytes in place of our own files, and the keys that are uploaded."""
    uploaded = set()

    def placed(value: object) -> object:
        if not isinstance(value, str) or not value.startswith(ATTACHED):
            return value
        key = value.removeprefix(ATTACHED)
        file = files.get(key)
        if file is not None and file.platform_file:
            return file.platform_file
        if file is None or not os.path.isfile(file.path):
            raise MessageRejected("no_file", "the file is gone")
        uploaded.add(key)
        return upload(file)

    arguments = {
        key: placed(value) if key in _FILE_FIELDS else value for key, value in request.items()
    }
    if "media" in request:
        arguments["media"] = [{**item, "media": placed(item["media"])} for item in request["media"]]
    return arguments, frozenset(uploaded)


def _own_files(request: Request) -> list[str]:
    """Keys of our files in the order of the messages they become; empty for those not ours."""
    if "media" in request:
        sources = [item["media"] for item in request["media"]]
    else:
        sources = [request[field] for field in _FILE_FIELDS if field in request]
    return [
        source.removeprefix(ATTACHED) if source.startswith(ATTACHED) else "" for source in sources
    ]


def _without_ids(files: Files) -> Files:
    return {
        key: StoredFile(path=file.path, name=file.name, mime=file.mime, size=file.size)
        for key, file in files.items()
    }


def _without_pictures(content: Outgoing) -> Outgoing:
    """The same with pictures of ours, and all that shares a message with them, as files."""
    if not any(media.kind == "image" and not media.platform_file for media in content.media):
        return content
    return replace(content, media=tuple(replace(media, kind="file") for media in content.media))


def _has_id(message: object) -> bool:
    return isinstance(message, dict) and type(message.get("message_id")) is int


def _file_id(message: Mapping[str, Any]) -> str:
    """The id under which Telegram keeps the file of a message; empty if it says none."""
    for field in _FILE_FIELDS:
        file = message.get(field)
        if field == "photo" and isinstance(file, list) and file:
            file = file[-1]
        if isinstance(file, dict) and isinstance(file.get("file_id"), str):
            return str(file["file_id"])
    return ""
