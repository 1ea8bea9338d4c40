"""A strict double of VK: refuses what VK refuses, keeps a ledger, fails on demand.

`async with FakeVk(token, group_id) as vk:` listens on a free port; give `vk.api_url` to the
adapter. `ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call;
`push(...)` queues events for the Long Poll; `bell` rings with every entry of the ledger. Messages
with a random_id that came before are dropped.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from tests.fakes import vk_rules as rules
from tests.fakes.faults import Fault
from tests.fakes.server import form, served
from tests.fakes.vk_community import VkCommunity
from tests.fakes.vk_held import VkHeld
from tests.fakes.vk_rules import Fields, Refused, missing, number

Raw = dict[str, Any]


class Accepted(NamedTuple):
    """One call that VK took. peer: 0 for calls without one. result: what it answered.

    files: bytes of what is attached, in order; empty for a name that was known before."""

    method: str
    peer: int
    fields: Fields
    result: Any = None
    files: tuple[bytes, ...] = ()


def error(code: int, text: str = "refused", **more: Any) -> Fault:
    """VK's own refusal."""
    return Refused(code, text, **more).fault


TOO_FAST = error(6, "Too many requests per second")
FLOOD = error(9, "Flood control")
_SENDING = ("messages.send", "wall.createComment")


class FakeVk(VkCommunity[Accepted], VkHeld):
    """One community's VK."""

    def __init__(self, token: str, group_id: int, *, confirms: bool = False) -> None:
        VkCommunity.__init__(self, group_id, confirms=confirms)
        VkHeld.__init__(self)
        self.token = token
        self.queries: list[str] = []
        self.blocked: set[int] = set()
        self.nameless: set[int] = set()
        self.vanished: set[str] = set()
        self.events: set[str] = set()
        self.cropped: dict[tuple[int, int], Raw] = {}
        self.files: dict[str, bytes] = {}
        self.known: set[str] = set()
        self._sent: dict[tuple[int, str], int] = {}
        self._fresh: dict[str, bytes] = {}
        self._put: dict[str, tuple[str, bytes]] = {}
        self._numbers = itertools.count(101)
        self._app.router.add_post("/method/{method}", self._call)
        self._app.router.add_post("/upload/{kind}", self._upload)
        self._app.router.add_get("/lp", self._poll)
        self._app.router.add_get("/files/{name}", self._download)
        self._methods: Mapping[str, Callable[[Fields], Any]] = {
            "messages.send": self._send,
            "wall.createComment": self._comment,
            "messages.sendMessageEventAnswer": self._acknowledge,
            "messages.setActivity": self._activity,
            "messages.edit": lambda fields: self.edit(fields, self.known),
            "messages.delete": self.delete,
            "messages.getById": self.by_id,
            "messages.getHistory": self._history,
            "messages.getByConversationMessageId": self._reread,
            "photos.getMessagesUploadServer": lambda fields: self._server_for("photo", fields),
            "docs.getMessagesUploadServer": lambda fields: self._server_for("doc", fields),
            "photos.saveMessagesPhoto": self._save_photo,
            "docs.save": self._save_doc,
            "users.get": self._users,
            "groups.getById": lambda fields: {"groups": [{"id": group_id, "name": "Отклик"}]},
            "groups.getTokenPermissions": self.permissions,
            **self.managed,
        }

    # -- what tests say

    def sent(self, peer: int | None = None) -> list[Accepted]:
        """Messages that were taken, of one person or all."""
        return [
            entry
            for entry in self.ledger
            if entry.method == "messages.send" and peer in (None, entry.peer)
        ]

    # -- the server

    def _is_sending(self, call: str) -> bool:
        return call in _SENDING

    async def _call(self, request: web.Request) -> web.Response:
        self.queries.append(request.query_string)
        return await self._met(request, request.match_info["method"], self._take)

    async def _take(self, request: web.Request) -> web.Response:
        fields, _ = await form(request)
        result = await self._result(request.match_info["method"], fields)
        return web.json_response({"response": result})

    async def _result(self, method: str, fields: Fields) -> Any:
        if fields.pop("access_token", "") != self.token:
            raise Refused(5, "User authorization failed: invalid access_token (4).")
        if fields.pop("v", "") != "5.199":
            raise Refused(8, "Invalid request: versions below 5.199 are unknown here")
        if "group_id" in fields and number(fields, "group_id") != self.group_id:
            raise Refused(15, "Access denied: no access to this group")
        if "Callback" in method or "LongPoll" in method:
            self.check_may_manage()
        if method in ("groups.addCallbackServer", "groups.editCallbackServer"):
            result = await self.put_server(fields)
        elif method in self._methods:
            result = self._methods[method](fields)
        else:
            raise Refused(3, "Unknown method passed")
        if method not in _SENDING:
            self._keep(method, fields, result)
        return result

    def _keep(
        self, method: str, fields: Fields, result: Any, files: tuple[bytes, ...] = ()
    ) -> None:
        peer = int(fields["peer_id"]) if fields.get("peer_id", "").isdecimal() else 0
        self._took(Accepted(method, peer, fields, result, files))

    # -- messages

    def _send(self, fields: Fields) -> int:
        peer = number(fields, "peer_id")
        if peer in self.blocked:
            raise Refused(901, "Can't send messages for users without permission")
        rules.check_message(fields, self.known)
        if fields.get("reply_to") in self.vanished:
            raise missing("reply_to")
        key = (peer, fields["random_id"])
        if key in self._sent:
            return self._sent[key]
        self._sent[key] = next(self._numbers)
        self.hold(peer, self._sent[key], fields)
        names = [name for name in fields.get("attachment", "").split(",") if name]
        files = tuple(self._fresh.pop(name, b"") for name in names)
        self._keep("messages.send", fields, self._sent[key], files)
        return self._sent[key]

    def _comment(self, fields: Fields) -> Raw:
        if number(fields, "owner_id") != -self.group_id:
            raise Refused(213, "Access to status replies denied")
        number(fields, "post_id")
        if not fields.get("message", "").strip():
            raise missing("message")
        key = (0, fields.get("guid", ""))
        if key not in self._sent:
            self._sent[key] = next(self._numbers)
            self._keep("wall.createComment", fields, {"comment_id": self._sent[key]})
        return {"comment_id": self._sent[key], "parents_stack": []}

    def _acknowledge(self, fields: Fields) -> int:
        number(fields, "user_id")
        number(fields, "peer_id")
        if fields.get("event_id") not in self.events:
            raise missing("event_id")
        self.events.discard(fields["event_id"])
        return 1

    def _activity(self, fields: Fields) -> int:
        if fields.get("type") != "typing":
            raise missing("type")
        number(fields, "peer_id")
        return 1

    def _history(self, fields: Fields) -> Raw:
        found = [
            {"id": entry.result, "random_id": int(entry.fields["random_id"])}
            for entry in reversed(self.sent(number(fields, "peer_id")))
        ]
        return {"count": len(found), "items": found[: number(fields, "count")]}

    def _reread(self, fields: Fields) -> Raw:
        place = number(fields, "peer_id"), number(fields, "conversation_message_ids")
        found = [self.cropped[place]] if place in self.cropped else []
        return {"count": len(found), "items": found}

    def _users(self, fields: Fields) -> list[Raw]:
        asked = fields.get("user_ids", "").split(",")
        if len(asked) > 1000 or not all(user.isdecimal() for user in asked):
            raise Refused(113, "Invalid user id")
        return [
            {"id": int(user), "first_name": "Анна", "last_name": f"Номер {user[-3:]}"}
            for user in asked
            if int(user) not in self.nameless
        ]

    # -- files

    def _server_for(self, kind: str, fields: Fields) -> Raw:
        number(fields, "peer_id")
        return {"upload_url": f"{self.api_url}/upload/{kind}"}

    async def _upload(self, request: web.Request) -> web.Response:
        call = f"upload {request.match_info['kind']}"
        return await self._met(request, call, self._take_file)

    async def _take_file(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        field = "photo" if kind == "photo" else "file"
        _, files = await form(request)
        part = files.get(field)
        if part is None:
            return web.json_response({"error": "no_file"})
        ticket = f"ticket-{next(self._numbers)}"
        self._put[ticket] = (part.filename, part.file.read())
        return web.json_response({field: ticket, "server": 1, "hash": "h"})

    def _save_photo(self, fields: Fields) -> list[Raw]:
        if "server" not in fields or "hash" not in fields:
            raise missing("server")
        return [self._saved("photo", fields.get("photo", ""))]

    def _save_doc(self, fields: Fields) -> Raw:
        return {"type": "doc", "doc": self._saved("doc", fields.get("file", ""))}

    def _saved(self, kind: str, ticket: str) -> Raw:
        if ticket not in self._put:
            raise missing("photo" if kind == "photo" else "file")
        _, content = self._put.pop(ticket)
        identity = next(self._numbers)
        name = f"{kind}-{self.group_id}_{identity}_k"
        self.known.add(name)
        self._fresh[name] = content
        return {"owner_id": -self.group_id, "id": identity, "access_key": "k"}

    # -- files of customers, and news

    async def _download(self, request: web.Request) -> web.Response:
        return served(self.files.get(request.match_info["name"]))

    async def _poll(self, request: web.Request) -> web.Response:
        return await self._met(request, "lp", self._news)

    async def _news(self, request: web.Request) -> web.Response:
        return web.json_response(await self.polled(request.query))
