"""A strict double of VK: refuses what VK refuses, keeps a ledger, fails on demand.

`async with FakeVk(token, group_id) as vk:` listens on a free port; give `vk.api_url` to the
adapter. `ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call;
`push(...)` queues events for the Long Poll; `bell` rings with every entry of the ledger. Messages
with a random_id that came before are dropped.
"""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from aiohttp import web

from tests.fakes import vk_rules as rules
from tests.fakes.bell import Bell
from tests.fakes.vk_community import VkCommunity
from tests.fakes.vk_faults import SENDING, SENDING_METHODS, Fault
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


class FakeVk(VkCommunity, VkHeld):
    """One community's VK."""

    def __init__(self, token: str, group_id: int, *, confirms: bool = False) -> None:
        VkCommunity.__init__(self, group_id, confirms=confirms)
        VkHeld.__init__(self)
        self.token = token
        self.ledger: list[Accepted] = []
        self.calls: list[str] = []
        self.queries: list[str] = []
        self.blocked: set[int] = set()
        self.nameless: set[int] = set()
        self.vanished: set[str] = set()
        self.events: set[str] = set()
        self.cropped: dict[tuple[int, int], Raw] = {}
        self.files: dict[str, bytes] = {}
        self.known: set[str] = set()
        self.release = asyncio.Event()
        self.bell = Bell()
        self._faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._sent: dict[tuple[int, str], int] = {}
        self._fresh: dict[str, bytes] = {}
        self._put: dict[str, tuple[str, bytes]] = {}
        self._numbers = itertools.count(101)
        self._app = web.Application(client_max_size=64 * 1024 * 1024)
        self._app.router.add_post("/method/{method}", self._call)
        self._app.router.add_post("/upload/{kind}", self._upload)
        self._app.router.add_get("/lp", self._poll)
        self._app.router.add_get("/files/{name}", self._download)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.1)
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

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        await self._runner.cleanup()

    # -- what tests say

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call it is meant for, once."""
        self._faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each call go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

    def sent(self, peer: int | None = None) -> list[Accepted]:
        """Messages that were taken, of one person or all."""
        return [
            entry
            for entry in self.ledger
            if entry.method == "messages.send" and peer in (None, entry.peer)
        ]

    # -- the server

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        self.queries.append(request.query_string)
        fault = self._fault(method)
        if fault is not None and fault.kind == "refuse":
            return _cut(request)
        if fault is not None and fault.kind == "answer" and not fault.taken:
            return _page(fault)
        fields = {key: str(value) for key, value in (await request.post()).items()}
        try:
            result = await self._result(method, fields)
        except Refused as refused:
            return web.json_response(refused.answer)
        if fault is not None and fault.kind == "drop":
            return _cut(request)
        if fault is not None and fault.kind in ("timeout", "slow"):
            await self.release.wait()
        if fault is not None and fault.kind == "answer":
            return _page(fault)
        return web.json_response({"response": result})

    def _fault(self, method: str) -> Fault | None:
        if self._chaos is not None and self._chaos[0].random() < self._chaos[1]:
            return self._chaos[0].choice(self._chaos[2])
        for fault in self._faults:
            if fault.only in ("", method) or (fault.only == SENDING and method in SENDING_METHODS):
                self._faults.remove(fault)
                return fault
        return None

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
        if method not in SENDING_METHODS:
            self._took(method, fields, result)
        return result

    def _took(
        self, method: str, fields: Fields, result: Any, files: tuple[bytes, ...] = ()
    ) -> None:
        peer = int(fields["peer_id"]) if fields.get("peer_id", "").isdecimal() else 0
        self.ledger.append(Accepted(method, peer, fields, result, files))
        self.bell.ring()

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
        self._took("messages.send", fields, self._sent[key], files)
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
            self._took("wall.createComment", fields, {"comment_id": self._sent[key]})
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

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        self.calls.append(f"upload {kind}")
        fault = self._fault(f"upload {kind}")
        if fault is not None:
            return _page(fault) if fault.kind == "answer" else _cut(request)
        field = "photo" if kind == "photo" else "file"
        part = (await request.post()).get(field)
        if not isinstance(part, web.FileField):
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
        content = self.files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("lp")
        fault = self._fault("lp")
        if fault is not None:
            return _page(fault) if fault.kind == "answer" else _cut(request)
        return web.json_response(await self.polled(request.query))


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _page(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text=fault.body, content_type="text/html")
