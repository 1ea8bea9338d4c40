"""One VK community as a channel: sends, acknowledges, downloads, finds what was sent."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from bots.names import Names
from bots.transport import Transport
from bots.vk.address import Post, post_of
from bots.vk.capabilities import CAPABILITIES, LOOK_BACK, SAME_KEY_MINUTES
from bots.vk.client import Client
from bots.vk.cut import Cut
from bots.vk.health import findings
from bots.vk.people import TOGETHER, names_of
from bots.vk.random_id import RecentSends, random_id
from bots.vk.refusals import of_comments, refuses_reference
from bots.vk.registration import Registration
from bots.vk.render import ATTACHED, Request, render, render_comment
from bots.vk.rewrite import edited, erased
from bots.vk.settings import VkSettings
from bots.vk.trouble import Trouble
from bots.vk.upload import Uploads
from core.channel import Capabilities, Finding, Letter, Sent, StoredFile, Tried
from core.content import Media
from core.errors import (
    ChannelError,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RecipientGone,
)

Files = Mapping[str, StoredFile]

#: VK's file servers; what customers send lies on one of them.
FILE_HOSTS = (
    "vk.com",
    "vk.ru",
    "vk.me",
    "userapi.com",
    "vkuser.net",
    "vkuserphoto.ru",
    "vkuseraudio.net",
    "vkuservideo.net",
    "mycdn.me",
)
_SAME_KEY = timedelta(minutes=SAME_KEY_MINUTES)


class VkChannel:
    """A Channel. Its methods make one attempt each; only a message that was refused for what it
    refers to (a cached file, a message that vanished) is sent without that, under the same key."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        settings: VkSettings,
        *,
        transport: Transport,
        clock: Callable[[], datetime],
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        """counted: told of each call of the API, all of which VK counts. Raises ConfigError for
        settings that cannot work; connects to nobody."""
        problems = settings.problems()
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        if settings.intent or settings.comments:  # an intent has times of its own, a post has none
            self.capabilities = replace(CAPABILITIES, window_hours=None)
        self.recent = RecentSends()
        self.client = Client(
            settings.token, settings.method_url, transport, settings.timeout, counted
        )
        self.people = Names(partial(names_of, self.client), clock, together=TOGETHER)
        self.registration = Registration(self.client, settings, clock)
        self._transport = transport
        self._clock = clock
        self._trouble = Trouble(clock)
        self.cut = Cut(self._reread)
        self._uploads = Uploads(self.client, clock)

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        key = random_id(self.name, letter.id)
        self.recent.remember(key, letter.id)
        post = post_of(letter.address)
        if post is not None:
            sent = await self._comment(letter, post, key)
        else:
            with self._trouble.of(letter.chat):
                sent = await self._message(letter, _peer(letter.address), key)
        self.recent.settled(key)
        return sent

    async def _message(self, letter: Letter, peer: int, key: int) -> Sent:
        request = {**render(letter.content, CAPABILITIES), "peer_id": peer, "random_id": key}
        if self.settings.intent:
            request["intent"] = self.settings.intent
        try:
            return await self._sent(request, letter.files)
        except MessageRejected as error:
            remembered = any(file.platform_file for file in letter.files.values())
            if not refuses_reference(error) or not (remembered or "reply_to" in request):
                raise
        request.pop("reply_to", None)
        return await self._sent(request, _without_names(letter.files))

    async def _sent(self, request: Request, files: Files) -> Sent:
        arguments, fresh = await self._attached(request, files, request["peer_id"])
        identity = await self.client.call("messages.send", arguments)
        return Sent(platform_id=_id(identity), platform_files=fresh)

    async def _comment(self, letter: Letter, post: Post, key: int) -> Sent:
        arguments = {
            **render_comment(letter.content),
            "owner_id": post.owner,
            "post_id": post.post,
            "from_group": self.settings.group_id,
            "guid": str(key),  # to a comment what random_id is to a message
        }
        try:
            result = await self.client.call("wall.createComment", arguments)
        except ChannelError as error:
            raise of_comments(error) from None
        return Sent(platform_id=_id(result.get("comment_id") if isinstance(result, dict) else None))

    async def _attached(
        self, request: Request, files: Files, peer: int
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The arguments with VK's names of our files, and the names that are new."""
        arguments: dict[str, Any] = dict(request)
        fresh: dict[str, str] = {}
        names = []
        for item in request.get("attachment", ()):
            own = item.removeprefix(ATTACHED)
            if own == item:
                names.append(item)
                continue
            file = files.get(own)
            if file is None:
                raise MessageRejected("no_file", "the file is gone")
            name = file.platform_file
            if not name:
                name = fresh[own] = await self._uploads.uploaded(request["random_id"], file, peer)
            names.append(name)
        if names:
            self._uploads.done(request["random_id"])
            arguments["attachment"] = ",".join(names)
        return arguments, fresh

    async def find_sent(self, tried: Tried) -> Sent | None:
        """See core.channel.Channel. Asks only when an attempt may be so old that VK has forgotten
        its key; before that a repeat does nothing."""
        letter = tried.letter
        key = random_id(self.name, letter.id)
        if self._clock() - tried.since < _SAME_KEY or post_of(letter.address):
            return None
        question = {
            "peer_id": _peer(letter.address),
            "count": LOOK_BACK,
            "group_id": self.settings.group_id,
        }
        history = await self.client.call("messages.getHistory", question)
        items = history.get("items") if isinstance(history, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("random_id") == key:
                return Sent(platform_id=str(item.get("id", "")))
        return None

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. A press older than a minute cannot be answered any more."""
        user, _, rest = callback_id.partition(":")
        peer, _, event = rest.partition(":")
        answer = {"user_id": user, "peer_id": peer, "event_id": event}
        try:
            await self.client.call("messages.sendMessageEventAnswer", answer)
        except MessageRejected:
            return

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Nothing: VK changes a keyboard only together with the text, which is not known here."""

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        """See core.channel.Rewriting. Within a day, in a person's dialog only."""
        await edited(self.client, self.settings.group_id, _dialog(address), platform_id, text)

    async def erase(self, address: str, platform_id: str) -> None:
        """See core.channel.Rewriting. Within a day, in a person's dialog only."""
        await erased(self.client, self.settings.group_id, _dialog(address), platform_id)

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Nobody types under a post."""
        if post_of(address):
            return
        shown = {
            "peer_id": _peer(address),
            "type": "typing",
            "group_id": self.settings.group_id,
        }
        await self.client.call("messages.setActivity", shown)

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel. Videos have no file that could be fetched."""
        most = self.capabilities.download_bytes
        if media.size > most:
            raise MessageRejected("too_large", f"{media.size} of at most {most} bytes")
        if not media.url:
            raise MessageRejected("no_file", "VK offers no file for this")
        own = urlsplit(self.settings.api_url)
        hosts = (*FILE_HOSTS, own.netloc) if own.port else FILE_HOSTS
        return await self._transport.fetched(media.url, most, hosts)

    async def _reread(self, peer: int, number: int) -> Any:
        question = {
            "peer_id": peer,
            "conversation_message_ids": number,
            "group_id": self.settings.group_id,
        }
        return await self.client.call("messages.getByConversationMessageId", question)

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        return findings(await self.registration.community(), self.settings)

    async def watch(self) -> bool:
        """Registers again when VK gave us up or somebody changed it; whether it had to.

        Called every few minutes. Raises ChannelError, also while VK refuses all sends."""
        registered_again = await self.registration.watch()
        self._trouble.check()
        return registered_again

    async def close(self) -> None:
        """See core.channel.Channel. The connections belong to the process and stay."""
        await self.people.close()


def _id(identity: Any) -> str:
    if type(identity) is not int or identity <= 0:
        raise DeliveryUnknown("the answer holds no id")
    return str(identity)


def _peer(address: str) -> int:
    if not address.isdecimal() or not int(address):
        raise RecipientGone("not_found")
    return int(address)


def _dialog(address: str) -> int:
    """The person whose dialog it is; what stands under a post is not a community token's to
    change."""
    if post_of(address):
        raise MessageRejected("comment", "a comment of a community cannot be changed by its token")
    return _peer(address)


def _without_names(files: Files) -> Files:
    return {
        key: StoredFile(path=file.path, name=file.name, mime=file.mime, size=file.size)
        for key, file in files.items()
    }
