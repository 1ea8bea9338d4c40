"""One MAX bot as a channel: sends, acknowledges, downloads, keeps its subscription."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bots.max.capabilities import CAPABILITIES, EVENTS, FILE_HOSTS, NOTIFICATION
from bots.max.client import Client
from bots.max.dialogs import Dialogs
from bots.max.health import findings, is_registered, subscriptions_of, trouble
from bots.max.refusals import NotReady, refuses_token
from bots.max.render import ATTACHED, render
from bots.max.sent import found_in, without_buttons
from bots.max.settings import MaxSettings
from bots.max.tls import trust
from bots.max.uploads import Uploads, Wanted
from bots.transport import Transport
from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media
from core.errors import (
    ChannelError,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RecipientGone,
)

Body = dict[str, Any]

#: Messages looked through for one whose delivery is unknown.
_LAST = "5"


class MaxChannel:
    """A Channel. Its methods make one attempt each. Only a refusal that names a file by a token MAX
    has forgotten is followed by an upload, and one of a message that quotes another by the same
    without the quote: a refusal proves that nothing was sent."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        settings: MaxSettings,
        *,
        transport: Transport,
        clock: Callable[[], datetime],
        dialogs: Dialogs | None = None,
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        """dialogs: shared with the way in. counted: told of each call of the API, all of which MAX
        counts. Raises ConfigError for settings that cannot work;
        connects to nobody."""
        problems = settings.problems()
        try:
            tls, self._until = trust(settings.ca_file)
        except ValueError as error:
            problems.append(f"channel {settings.name}: `ca_file`: {error}")
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        self._clock = clock
        self.client = Client(
            transport,
            token=settings.token,
            api_url=settings.api_url,
            tls=tls,
            timeout=settings.timeout,
            counted=counted,
        )
        self._uploads = Uploads(self.client, clock)
        self.dialogs = dialogs or Dialogs()

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        request = render(letter.content, self.capabilities)
        user, _ = self.dialogs.ids(letter.address)
        wanted = _own_files(request.body)
        query = {**request.query, "user_id": user}
        tokens, made = await self._uploads.tokens(letter, wanted)
        try:
            answer = await self._posted(letter, query, _with_tokens(request.body, tokens))
        except (MessageRejected, RecipientGone) as error:
            second = _second(error, request.body, wanted)
            stale = second is request.body
            if second is None or stale:
                self._uploads.forget(letter)
            if second is None:
                raise
            tokens, made = await self._uploads.tokens(letter, wanted, fresh=stale)
            answer = await self._posted(letter, query, _with_tokens(second, tokens))
        message = answer.get("message")
        mid = _mid(message)
        if not mid or not isinstance(message, dict):
            raise DeliveryUnknown("the answer holds no mid")
        self._uploads.forget(letter)
        self.dialogs.learn(user, _dialog(message))
        return Sent(platform_id=mid, platform_files=dict(made))

    async def _posted(self, letter: Letter, query: Mapping[str, str], body: Body) -> Body:
        try:
            return await self.client.call("POST", "/messages", query=query, body=body)
        except NotReady as error:
            raise self._uploads.put_off(letter, error, "attachment.not.ready") from None

    async def find_sent(self, tried: Tried) -> Sent | None:
        """See core.channel.Channel. A dialog that cannot be read is no evidence."""
        _, chat = self.dialogs.ids(tried.letter.address)
        if not chat:
            return None
        try:
            query = {"chat_id": chat, "count": _LAST}
            answer = await self.client.call("GET", "/messages", query=query)
            request = render(tried.letter.content, self.capabilities)
        except ChannelError:
            return None
        messages = answer.get("messages")
        if not isinstance(messages, list):
            return None
        mid = found_in(messages, request, tried.since)
        return Sent(platform_id=mid) if mid else None

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. A press too old to be answered is no failure."""
        body = {"notification": NOTIFICATION}
        try:
            await self.client.call(
                "POST", "/answers", query={"callback_id": callback_id}, body=body
            )
        except (MessageRejected, RecipientGone):
            return

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel. An edit replaces all, so the message is looked at first."""
        if not platform_id:
            return
        answer = await self.client.call("GET", "/messages", query={"message_ids": platform_id})
        messages = answer.get("messages")
        message = messages[0] if isinstance(messages, list) and messages else None
        edit = without_buttons(message) if isinstance(message, dict) else None
        if edit is not None:
            query = {"message_id": platform_id}
            await self.client.call("PUT", "/messages", query=query, body=edit)

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        """See core.channel.Rewriting. Attachments that an edit leaves open (null) stay as they are.

        MAX edits messages with buttons at any age, others for seven days
        (dev.max.ru/docs-api/methods/PUT/messages)."""
        body = {"text": text, "attachments": None}
        try:
            await self.client.call("PUT", "/messages", query=_named(platform_id), body=body)
        except RecipientGone as error:
            raise MessageRejected("no_edit", f"MAX does not let it be changed: {error}") from None

    async def erase(self, address: str, platform_id: str) -> None:
        """See core.channel.Rewriting. In a dialog a bot may take back only what is its own
        (dev.max.ru/docs-api/methods/DELETE/messages)."""
        try:
            await self.client.call("DELETE", "/messages", query=_named(platform_id))
        except (MessageRejected, RecipientGone) as error:
            if await self._stands(platform_id):
                raise MessageRejected("no_erase", f"MAX does not delete it: {error}") from None

    async def _stands(self, platform_id: str) -> bool:
        """Whether MAX still has a message; one it will not show is taken to be there."""
        try:
            answer = await self.client.call("GET", "/messages", query={"message_ids": platform_id})
        except RecipientGone as error:
            return error.reason != "not_found"
        except MessageRejected:
            return True
        return answer.get("messages") != []

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Only in a dialog whose id is known."""
        _, chat = self.dialogs.ids(address)
        if chat:
            action = {"action": "typing_on"}
            await self.client.call("POST", f"/chats/{chat}/actions", body=action)

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel."""
        most = self.capabilities.download_bytes
        if media.size > most:
            raise MessageRejected("too_large", f"{media.size} of at most {most} bytes")
        return await self.client.fetched(media.url, most, FILE_HOSTS)

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        try:
            me = await self.client.call("GET", "/me")
            subscribed = subscriptions_of(await self.client.call("GET", "/subscriptions"))
        except ChannelError as error:
            return (trouble(error),)
        return findings(me, subscribed, self.settings, self._until, self._clock())

    async def register(self) -> None:
        """Subscribes our address, or takes all addresses off in polling mode; the same call again
        changes nothing. Called at start. Raises ChannelError."""
        if self.settings.mode == "polling":
            answer = await self.client.call("GET", "/subscriptions")
            for subscription in subscriptions_of(answer):
                query = {"url": str(subscription["url"])}
                await self.client.call("DELETE", "/subscriptions", query=query)
            return
        webhook = {
            "url": self.settings.webhook_url,
            "update_types": list(EVENTS),
            "secret": self.settings.secret,
        }
        await self.client.call("POST", "/subscriptions", body=webhook)

    async def watch(self) -> bool:
        """Subscribes again when MAX dropped us or somebody changed it; whether it had to.

        Called every few minutes. Raises ChannelError.
        """
        answer = await self.client.call("GET", "/subscriptions")
        if is_registered(subscriptions_of(answer), self.settings):
            return False
        await self.register()
        return True

    async def close(self) -> None:
        """See core.channel.Channel. The connections belong to the process."""


def _second(error: ChannelError, body: Body, wanted: Sequence[Wanted]) -> Body | None:
    """What to send in the place of a refused message: the same with files uploaded anew, or
    without a quote, because what it quotes may be gone; None when nothing else would pass."""
    if isinstance(error, MessageRejected) and wanted and refuses_token(error):
        return body
    if isinstance(error, RecipientGone) and error.reason != "not_found":
        return None
    return {key: value for key, value in body.items() if key != "link"} if "link" in body else None


def _own_files(body: Body) -> list[Wanted]:
    """Our files in a request: their keys, and the types they are attached as."""
    return [
        (token.removeprefix(ATTACHED), item["type"])
        for item in body.get("attachments", ())
        if (token := _own_token(item))
    ]


def _own_token(item: Body) -> str:
    token = item.get("payload", {}).get("token", "")
    return token if token.startswith(ATTACHED) else ""


def _with_tokens(body: Body, tokens: Mapping[str, str]) -> Body:
    if not tokens:
        return body
    attachments = [
        {**item, "payload": {"token": tokens[own.removeprefix(ATTACHED)]}}
        if (own := _own_token(item))
        else item
        for item in body["attachments"]
    ]
    return {**body, "attachments": attachments}


def _named(platform_id: str) -> dict[str, str]:
    if not platform_id:
        raise MessageRejected("no_message", "this is no id of a message")
    return {"message_id": platform_id}


def _dialog(message: Mapping[str, Any]) -> str:
    recipient = message.get("recipient")
    chat = recipient.get("chat_id") if isinstance(recipient, dict) else None
    return str(chat) if type(chat) is int else ""


def _mid(message: object) -> str:
    body = message.get("body") if isinstance(message, dict) else None
    mid = body.get("mid") if isinstance(body, dict) else None
    return mid if isinstance(mid, str) else ""
