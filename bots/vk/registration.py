"""Where VK delivers events: our address among its Callback servers, or the Long Poll."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bots.vk.capabilities import API_VERSION, COMMENT_EVENT, SERVER_TITLE
from bots.vk.client import Client
from bots.vk.community import Community, missing, switched_on, wanted_events
from bots.vk.settings import VkSettings
from core.errors import ChannelError, ChannelUnavailable, MessageRejected

#: The confirmation string changes when servers are edited, so it is kept only for a burst.
_CODE_LIFE = timedelta(seconds=5)


class Registration:
    """Keeps VK's settings of one community as ours say."""

    def __init__(self, client: Client, settings: VkSettings, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        # the confirmation string VK last named, and when
        self._code: tuple[str, datetime] | None = None
        self._asking = asyncio.Lock()

    async def register(self) -> None:
        """Switches our way in on and the other one off; the same call again changes nothing.

        Called at start. Raises ChannelError. VK confirms a new address before it answers, so our
        server must be up."""
        try:
            if self._settings.mode == "polling":
                await self._poll_only()
            else:
                await self._callback_only()
        except MessageRejected as error:
            raise ChannelUnavailable("config", f"error {error.code}: {error.detail}") from None

    async def watch(self) -> bool:
        """Registers again when something of it is missing; whether it had to."""
        if await self._is_well():
            return False
        await self.register()
        return True

    async def confirmation(self) -> str:
        """What VK wants to hear from a new address. Raises ChannelError."""
        if self._settings.confirmation:
            return self._settings.confirmation
        async with self._asking:
            now = self._clock()
            if self._code is None or now - self._code[1] >= _CODE_LIFE:
                answer = await self._ask("groups.getCallbackConfirmationCode")
                self._code = (str(answer.get("code", "")), now)
            return self._code[0]

    async def community(self) -> Community:
        """Everything `otklik doctor` looks at; changes nothing and never raises."""
        try:
            club = await self._club()
            rights = await self._rights()
            if "manage" not in rights:  # nothing more can be asked
                return Community(club=club, rights=rights)
            server = await self._server()
            poll = await self._ask("groups.getLongPollSettings")
            events = poll.get("events")
            if self._settings.mode == "webhook":
                events = await self._callback_events(server) if server else {}
        except ChannelError as error:
            return Community(trouble=error)
        return Community(
            club=club,
            rights=rights,
            server=server,
            events=switched_on(events),
            long_poll=bool(poll.get("is_enabled")),
        )

    # -- the Callback API

    async def _callback_only(self) -> None:
        server = await self._server()
        self._code = None
        own = {
            "title": self._settings.name[:SERVER_TITLE],
            "url": self._settings.webhook_url,
            "secret_key": self._settings.secret,
        }
        if server is None:
            added = await self._ask("groups.addCallbackServer", **own)
            number = added.get("server_id")
        else:
            number = server.get("id")
            if not self._is_alive(server):
                # editing makes VK ask for the confirmation again
                await self._ask("groups.editCallbackServer", server_id=number, **own)
        if type(number) is not int:
            raise ChannelUnavailable("platform", "VK named no number for our server")
        switches = {event: 1 for event in wanted_events(self._settings)}
        if not self._settings.comments:
            switches[COMMENT_EVENT] = 0
        await self._ask(
            "groups.setCallbackSettings", server_id=number, api_version=API_VERSION, **switches
        )
        if (await self._ask("groups.getLongPollSettings")).get("is_enabled"):
            await self._ask("groups.setLongPollSettings", enabled=0)

    def _is_alive(self, server: Mapping[str, Any]) -> bool:
        key = server.get("secret_key")
        same = not isinstance(key, str) or key == self._settings.secret
        return same and server.get("status") in ("ok", "wait")

    async def _server(self) -> Mapping[str, Any] | None:
        answer = await self._ask("groups.getCallbackServers")
        for server in _objects(answer.get("items")):
            if server.get("url") == self._settings.webhook_url:
                return server
        return None

    async def _callback_events(self, server: Mapping[str, Any]) -> Any:
        settings = await self._ask("groups.getCallbackSettings", server_id=server.get("id"))
        return settings.get("events")

    # -- the Long Poll

    async def _poll_only(self) -> None:
        server = await self._server() if self._settings.public_url else None
        if server is not None:
            await self._ask("groups.deleteCallbackServer", server_id=server.get("id"))
        switches = {event: 1 for event in wanted_events(self._settings)}
        if not self._settings.comments:
            switches[COMMENT_EVENT] = 0
        await self._ask(
            "groups.setLongPollSettings", enabled=1, api_version=API_VERSION, **switches
        )

    # -- both

    async def _is_well(self) -> bool:
        if self._settings.mode == "polling":
            poll = await self._ask("groups.getLongPollSettings")
            return bool(poll.get("is_enabled")) and not missing(
                switched_on(poll.get("events")), self._settings
            )
        server = await self._server()
        if server is None or not self._is_alive(server):
            return False
        return not missing(switched_on(await self._callback_events(server)), self._settings)

    async def _club(self) -> int:
        answer = await self._client.call("groups.getById", {})
        groups = answer.get("groups") if isinstance(answer, dict) else answer
        number = next((item.get("id") for item in _objects(groups)), 0)
        return number if type(number) is int else 0

    async def _rights(self) -> frozenset[str]:
        answer = await self._client.call("groups.getTokenPermissions", {})
        granted = answer.get("permissions") if isinstance(answer, dict) else None
        return frozenset(str(item.get("name")) for item in _objects(granted))

    async def _ask(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """A call about our community; an answer that is no object says nothing."""
        answer = await self._client.call(method, {"group_id": self._settings.group_id, **arguments})
        return answer if isinstance(answer, dict) else {}


def _objects(items: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
