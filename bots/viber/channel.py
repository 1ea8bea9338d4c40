"""One Viber bot as a channel: sends, greets, downloads, keeps its webhook."""

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientTimeout
from msgspec.structs import replace

from bots.transport import Transport
from bots.viber.capabilities import CAPABILITIES, EVENTS, MEDIA_HOSTS
from bots.viber.codec import encoded
from bots.viber.health import findings, is_registered
from bots.viber.refusals import VERSION, result_of
from bots.viber.render import render
from bots.viber.settings import ViberSettings
from core.channel import Answer, Capabilities, Finding, Letter, Sent, StoredFile, Tried
from core.content import Media, Outgoing
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
)
from core.fitting import sendable, with_lines

Body = dict[str, Any]


class ViberChannel:
    """A Channel. Its methods make one attempt each; only a message that is too new for the
    person's app is written once more in the old way, since that refusal proves that nothing was
    sent."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        settings: ViberSettings,
        *,
        transport: Transport,
        link: Callable[[str, StoredFile], str],
    ) -> None:
        """link: where Viber can fetch a file of ours. Raises ConfigError; connects to nobody."""
        problems = settings.problems()
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        self._transport = transport
        self._link = link
        self._hosts = (*MEDIA_HOSTS, urlsplit(settings.api_url).netloc)
        self._limit = ClientTimeout(total=settings.timeout, sock_connect=5)

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        content = self._linked(letter)
        message = encoded(render(content, self.capabilities))
        try:
            return await self._sent(letter, message)
        except MessageRejected as error:
            if error.code != VERSION or "min_api_version" not in message:
                raise
        plain = render(content, self.capabilities, versioned=False)
        return await self._sent(letter, encoded(plain))

    async def _sent(self, letter: Letter, message: Body) -> Sent:
        body = {"receiver": letter.address, "sender": self.settings.sender, **message}
        answer = await self._call("send_message", body)
        token = answer.get("message_token")
        if type(token) is not int:
            raise DeliveryUnknown("the answer holds no message_token")
        # larger than what JavaScript can count, hence a text everywhere
        return Sent(platform_id=str(token))

    def welcome(self, letter: Letter) -> Answer:
        """A message as the answer to `conversation_started`: as it is sent, without a receiver.
        Raises MessageRejected."""
        message = encoded(render(self._linked(letter), self.capabilities))
        body = msgspec.json.encode({"sender": self.settings.sender, **message})
        return 200, "application/json", body.decode()

    async def find_sent(self, tried: Tried) -> None:
        """See core.channel.Channel. Viber cannot be asked; its receipts tell."""

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. Nothing spins on a Viber keyboard."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel. A keyboard goes with the next message."""

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Viber shows no such thing."""

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel. The address is good for about an hour."""
        most = self.capabilities.download_bytes
        if media.size > most:
            raise MessageRejected("too_large", f"{media.size} of at most {most} bytes")
        return await self._transport.fetched(media.url, most, self._hosts)

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        try:
            info = await self._call("get_account_info", {})
        except ChannelUnavailable as error:
            refused = error.reason == "auth"
            remedy = (
                "Copy the token from the bot's «Edit Info» screen into the settings."
                if refused
                else "Check api_url and the network between here and Viber."
            )
            text = "token refused" if refused else f"unreachable {error.reason} {error.detail}"
            return (Finding(level="FAIL", text=text.strip(), remedy=remedy),)
        except ChannelError as error:
            return (Finding(level="WARN", text=str(error), remedy="Try again in a minute."),)
        return findings(info, self.settings)

    async def register(self) -> None:
        """Sets the webhook; the same call again changes nothing.

        Viber calls the address before it answers, so we must listen by then. Called at start.
        Raises ChannelError."""
        webhook = {
            "url": self.settings.webhook_url,
            "event_types": list(EVENTS),
            "send_name": True,
            "send_photo": False,
        }
        await self._call("set_webhook", webhook)

    async def watch(self) -> bool:
        """Registers again when the platform forgot or somebody changed it; whether it had to.

        Called every few minutes. Raises ChannelError.
        """
        if is_registered(await self._call("get_account_info", {}), self.settings):
            return False
        await self.register()
        return True

    async def close(self) -> None:
        """See core.channel.Channel. The connections belong to the process."""

    async def _call(self, method: str, body: Body) -> Body:
        replied = await self._transport.call(
            "POST",
            f"{self.settings.api_url.rstrip('/')}/{method}",
            json=body,
            headers={"X-Viber-Auth-Token": self.settings.token},
            timeout=self._limit,
        )
        return result_of(replied.status, replied.json())

    def _linked(self, letter: Letter) -> Outgoing:
        """The message with addresses for its files; what is too large becomes a line of text."""
        content = letter.content
        if not content.media:
            return content
        media = [self._with_address(item, letter) for item in content.media]
        kept, lines = sendable(media, self.capabilities)
        return replace(content, media=tuple(kept), text=with_lines(content.text, lines))

    def _with_address(self, media: Media, letter: Letter) -> Media:
        key = media.attachment or media.path
        if not key:
            return media
        file = letter.files.get(key)
        if file is None or not os.path.isfile(file.path):
            raise MessageRejected("no_file", "the file is gone")
        return replace(
            media,
            attachment="",
            path="",
            url=self._link(key, file),
            size=file.size,
            name=media.name or file.name,
            mime=media.mime or file.mime,
        )
