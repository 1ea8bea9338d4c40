"""One Facebook page as a channel: sends, shows typing, downloads, keeps its subscription."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from bots.messenger.capabilities import CAPABILITIES, EVENTS, FILE_HOSTS, HUMAN_AGENT_HOURS
from bots.messenger.client import Client
from bots.messenger.health import findings, missing
from bots.messenger.people import TOGETHER, names_of
from bots.messenger.refusals import PASSING, refuses_file_id
from bots.messenger.render import OWN_FILE, Message, render
from bots.messenger.settings import MessengerSettings
from bots.names import Names
from bots.transport import Transport
from core.channel import Capabilities, Finding, Letter, MessageClass, Sent, StoredFile, Tried
from core.content import Media
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
)

_MESSAGES = "/messages"
_SUBSCRIPTION = "/subscribed_apps"
#: Code 2 so often in a row for one chat is taken for a person who does not want to hear from us.
_PASSING_MOST = 2
_CHATS_REMEMBERED = 10_000


class MessengerChannel:
    """A Channel. Its methods make one attempt each; only a cached file id that Facebook has
    forgotten is followed by an upload, since that refusal proves that nothing was sent."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self, settings: MessengerSettings, transport: Transport, clock: Callable[[], datetime]
    ) -> None:
        """Raises ConfigError for settings that cannot work; connects to nobody."""
        problems = settings.problems()
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        if settings.human_agent:
            self.capabilities = replace(CAPABILITIES, window_hours=HUMAN_AGENT_HOURS)
        self._transport = transport
        self._client = Client(settings, transport)
        self.names = Names(partial(names_of, self._client), clock, together=TOGETHER)
        self._passing: dict[str, int] = {}

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        try:
            sent = await self._sent(letter)
        except DeliveryUnknown as error:
            if error.cause == PASSING:
                raise self._once_more(letter.address) from None
            raise
        except ChannelError:
            self._passing.pop(letter.address, None)
            raise
        self._passing.pop(letter.address, None)
        return sent

    async def _sent(self, letter: Letter) -> Sent:
        message = render(letter.content, self.capabilities)
        key = _own_file(message)
        file = letter.files.get(key) if key else None
        if file is None or not file.platform_file:
            return await self._posted(letter, message, file)
        try:
            return await self._posted(letter, _with_id(message, file.platform_file), None)
        except MessageRejected as error:
            if not refuses_file_id(error):
                raise
        return await self._posted(letter, message, file)

    async def _posted(self, letter: Letter, message: Message, file: StoredFile | None) -> Sent:
        """One request. file: to be uploaded with it; its id is kept for the next time."""
        key = _own_file(message)
        if key and file is None:
            raise MessageRejected("no_file", "the file is gone")
        # comes back in the echo and settles the row, whatever became of the answer
        message = {**message, "metadata": str(letter.id)}
        body: dict[str, Any] = {
            "recipient": {"id": letter.address},
            **self._reason(letter.kind),
            "message": message,
        }
        if file is None:
            answer = await self._client.post(_MESSAGES, body)
        else:
            body["message"] = {**message, **_uploaded(message)}
            answer = await self._client.upload(_MESSAGES, body, file)
        identity = answer.get("message_id")
        if not isinstance(identity, str) or not identity:
            raise DeliveryUnknown("the answer holds no message_id")
        kept = answer.get("attachment_id")
        files = {key: kept} if key and isinstance(kept, str) and kept else {}
        return Sent(platform_id=identity, platform_files=files)

    def _reason(self, kind: MessageClass) -> dict[str, str]:
        """Why we may write: within a day of the person's words, or as a human within seven."""
        if kind == "operator" and self.settings.human_agent:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return {"messaging_type": "RESPONSE"}

    def _once_more(self, address: str) -> DeliveryUnknown:
        if len(self._passing) > _CHATS_REMEMBERED:
            self._passing.clear()
        times = self._passing[address] = self._passing.get(address, 0) + 1
        return DeliveryUnknown(PASSING, repeat=times < _PASSING_MOST)

    async def find_sent(self, tried: Tried) -> None:
        """See core.channel.Channel. Facebook is not asked: the echo, for which the rules for
        unknown outcomes leave ten seconds, would have settled the row by now."""

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. Messenger wants nothing of the kind."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel. Quick replies vanish by themselves, templates cannot change."""

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Messenger shows it for 20 seconds."""
        action = {"recipient": {"id": address}, "sender_action": "typing_on"}
        await self._client.post(_MESSAGES, action)

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel."""
        most = self.capabilities.download_bytes
        if media.size > most:
            raise MessageRejected("too_large", f"{media.size} of at most {most} bytes")
        hosts = (*FILE_HOSTS, *self.settings.own_host)
        return await self._transport.fetched(media.url, most, hosts)

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        try:
            page = await self._client.get(fields="id,name")
            apps = await self._client.get(_SUBSCRIPTION)
        except ChannelUnavailable as error:
            refused = error.reason == "auth"
            remedy = (
                "Make a new token of the page with the right pages_messaging, and look for"
                " restrictions on the page's «Page quality»."
                if refused
                else "Check api_url and the network between here and Facebook."
            )
            text = f"token refused {error.detail}" if refused else f"unreachable {error.detail}"
            return (Finding(level="FAIL", text=text.strip(), remedy=remedy),)
        except MessageRejected as error:
            remedy = "Check page_id and api_version."
            return (Finding(level="FAIL", text=str(error), remedy=remedy),)
        except ChannelError as error:
            return (Finding(level="WARN", text=str(error), remedy="Try again in a minute."),)
        return findings(page, apps, self.settings)

    async def register(self) -> None:
        """Subscribes the app to the page's events; the same call again changes nothing.

        The webhook's address belongs to the app and is entered by its owner. Called at start.
        Raises ChannelError.
        """
        fields = {"subscribed_fields": ",".join(EVENTS)}
        answer = await self._client.post(_SUBSCRIPTION, fields)
        if answer.get("success") is not True:
            raise ChannelUnavailable("platform", "the subscription was not confirmed")

    async def watch(self) -> bool:
        """Subscribes again when the platform forgot or somebody changed it; whether it had to.

        Called every few minutes. Raises ChannelError.
        """
        if not missing(await self._client.get(_SUBSCRIPTION)):
            return False
        await self.register()
        return True

    async def close(self) -> None:
        """See core.channel.Channel. The connections belong to the process and stay."""
        await self.names.close()


def _payload(message: Message) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = message.get("attachment", {}).get("payload", {})
    return payload


def _own_file(message: Message) -> str:
    """The key of our file in a message; empty when it carries none."""
    return str(_payload(message).get(OWN_FILE, ""))


def _with_id(message: Message, identity: str) -> Message:
    attachment = {**message["attachment"], "payload": {"attachment_id": identity}}
    return {**message, "attachment": attachment}


def _uploaded(message: Message) -> Message:
    """The attachment of a message whose bytes come beside it, to be kept for the next time."""
    return {"attachment": {**message["attachment"], "payload": {"is_reusable": True}}}
