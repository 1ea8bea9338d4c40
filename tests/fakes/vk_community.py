"""The settings of a community as VK keeps them: token rights, Callback servers, the Long Poll."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.fakes.server import AskedServer, Entry
from tests.fakes.vk_rules import Fields, Refused, missing, number

Raw = dict[str, Any]


class VkCommunity(AskedServer[Entry]):
    """One community. confirms: whether a new address is really asked for the string."""

    def __init__(self, group_id: int, *, confirms: bool) -> None:
        super().__init__()
        self.group_id = group_id
        self.confirms = confirms
        self.rights = ["manage", "messages", "photos", "docs", "wall"]
        self.servers: dict[int, Raw] = {}
        self.settings: dict[int, dict[str, int]] = {}
        self.long_poll: Raw = {"is_enabled": False, "events": {}}
        self.oldest = 100
        self.lp_key = "key-1"
        self._edits = 0

    @property
    def code(self) -> str:
        """The confirmation string; it changes whenever servers are edited."""
        return f"c{len(self.servers):03}{self._edits:04}"

    def drop_webhook(self) -> None:
        """As if VK had given us up after too many failures."""
        for server in self.servers.values():
            server["status"] = "failed"

    def forget(self, count: int) -> None:
        """The Long Poll no longer has its oldest events."""
        del self.pending[:count]
        self.oldest += count

    async def confirm(self, url: str) -> bool:
        """Asks an address for the string, as VK does before it delivers there."""
        body = {"type": "confirmation", "group_id": self.group_id}
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=10)) as client,
                client.post(url, json=body) as answer,
            ):
                plain = answer.content_type == "text/plain"
                return answer.status == 200 and plain and await answer.text() == self.code
        except ClientError:
            return False

    @property
    def managed(self) -> Mapping[str, Callable[[Fields], Any]]:
        """Methods that need the right to manage, but for those that put a server."""
        return {
            "groups.getCallbackConfirmationCode": lambda fields: {"code": self.code},
            "groups.getCallbackServers": lambda fields: {"items": list(self.servers.values())},
            "groups.getCallbackSettings": self._settings,
            "groups.setCallbackSettings": self._set_settings,
            "groups.deleteCallbackServer": self._delete_server,
            "groups.getLongPollServer": self._long_poll_server,
            "groups.getLongPollSettings": lambda fields: self.long_poll,
            "groups.setLongPollSettings": self._set_long_poll,
        }

    def permissions(self, _fields: Fields) -> Raw:
        """groups.getTokenPermissions."""
        granted = [{"name": name, "setting": 1} for name in self.rights]
        return {"mask": 1, "permissions": granted}

    def check_may_manage(self) -> None:
        """Raises Refused."""
        if "manage" not in self.rights:
            raise Refused(15, "Access denied: no access to manage this group")

    async def put_server(self, fields: Fields) -> Any:
        """groups.addCallbackServer and groups.editCallbackServer."""
        is_new = "server_id" not in fields
        identity = len(self.servers) + 1 if is_new else number(fields, "server_id")
        if not 0 < len(fields.get("title", "")) <= 14:
            raise missing("title")
        if is_new and len(self.servers) >= 10:
            raise Refused(2000, "Servers number limit is reached")
        self._edits += not is_new
        self.servers[identity] = {
            "id": identity,
            "title": fields["title"],
            "url": fields.get("url", ""),
            "secret_key": fields.get("secret_key", ""),
            "status": "wait",
        }
        good = not self.confirms or await self.confirm(fields["url"])
        self.servers[identity]["status"] = "ok" if good else "failed"
        return {"server_id": identity} if is_new else 1

    def _settings(self, fields: Fields) -> Raw:
        events = self.settings.get(number(fields, "server_id"), {})
        return {"api_version": "5.199", "events": events}

    def _set_settings(self, fields: Fields) -> int:
        own = self.settings.setdefault(number(fields, "server_id"), {})
        own.update(_switches(fields))
        return 1

    def _delete_server(self, fields: Fields) -> int:
        self.servers.pop(number(fields, "server_id"), None)
        return 1

    # -- the Long Poll

    def _set_long_poll(self, fields: Fields) -> int:
        self.long_poll["is_enabled"] = fields.get("enabled") == "1"
        self.long_poll["events"].update(_switches(fields))
        return 1

    def _long_poll_server(self, _fields: Fields) -> Raw:
        if not self.long_poll["is_enabled"]:
            raise Refused(100, "longpoll for this group is not enabled")
        return {"server": f"{self.api_url}/lp", "key": self.lp_key, "ts": str(self._newest())}

    def _newest(self) -> int:
        return self.oldest + len(self.pending)

    async def polled(self, query: Mapping[str, str]) -> Raw:
        """The answer to one request of the Long Poll."""
        if query.get("act") != "a_check" or query.get("key") != self.lp_key:
            return {"failed": 2}
        ts = int(query["ts"])
        if ts > self._newest():
            return {"failed": 3}
        if ts < self.oldest:
            return {"failed": 1, "ts": self.oldest}
        async with self._arrived:
            if ts == self._newest() and int(query["wait"]):
                await self._arrived.wait()
            return {"ts": str(self._newest()), "updates": self.pending[ts - self.oldest :]}


def _switches(fields: Fields) -> dict[str, int]:
    return {
        name: int(value)
        for name, value in fields.items()
        if name.startswith(("message_", "wall_")) and value in ("0", "1")
    }
