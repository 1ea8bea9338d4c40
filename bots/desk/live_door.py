"""One tab's conversation: the upgrade, the hello, what it missed, what it asks for."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from bots.desk import guard
from bots.desk.context import DeskContext
from bots.desk.feed import OVERLAP, Feed
from bots.desk.live_changes import changes_of
from bots.desk.live_frames import (
    beside_rows,
    dialog_frame,
    frames_of,
    holder,
    is_rescoped,
    welcome,
)
from bots.desk.live_present import Merged, Viewers
from bots.desk.live_socket import (
    DEPLOY,
    NO_HELLO,
    PROTOCOL,
    SESSION_OVER,
    TOO_MANY,
    TOO_OLD,
    Connection,
    dialog_of,
    number_of,
    parsed,
)
from bots.desk.problems import Problem
from bots.desk.surroundings import SurroundingsSource
from core.access import Person, view
from core.bus.topics import PRESENCE
from core.desk_accounts import Account, Session
from core.errors import StoreUnavailable
from core.store_values import DeskEvent

log = logging.getLogger(__name__)

FRAME_BYTES = 64 * 1024
HEARTBEAT = 20.0
PER_OPERATOR = 10
REPLAY = 2000
OPEN = 200
#: Most platforms show `is typing` for some seconds.
TYPING = timedelta(seconds=3)


class Door:
    """connections: every socket of the process, kept here. somebody: set while there is one.
    is_closing: the process ends."""

    def __init__(
        self,
        context: DeskContext,
        around: SurroundingsSource,
        feed: Feed,
        viewers: Viewers,
        merged: Merged,
    ) -> None:
        self._context = context
        self._around = around
        self._feed = feed
        self._viewers = viewers
        self._merged = merged
        self.connections: set[Connection] = set()
        self.somebody = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_closing = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/v1/live`. Cookie and Origin are checked before the upgrade."""
        session, account = await self._welcome(request)
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=HEARTBEAT, max_msg_size=FRAME_BYTES
        )
        try:
            await socket.prepare(request)
        except web.HTTPBadRequest:  # no upgrade at all, or one that is wrong
            raise Problem("malformed") from None
        one = Connection(socket, account.person(), session.id)
        if socket.ws_protocol != PROTOCOL:
            await one.close(TOO_OLD, f"{PROTOCOL} is spoken here")
            return socket
        mine = sum(other.person.id == account.id for other in self.connections)
        if mine >= PER_OPERATOR or self.is_closing:
            code = DEPLOY if self.is_closing else TOO_MANY
            await one.close(code, "restart" if self.is_closing else "too many sockets")
            return socket
        await self._converse(one)
        return socket

    async def _welcome(self, request: web.Request) -> tuple[Session, Account]:
        """Whose tab it is."""
        context = self._context
        if not guard.is_ours(request, context):
            raise Problem("origin_refused")
        found = await guard.session_of(request, context, context.clock())
        if found is None:
            raise Problem("session_expired")
        return found

    async def _converse(self, one: Connection) -> None:
        self.connections.add(one)
        self.somebody.set()
        self._context.sockets.add(one.socket)
        sending = asyncio.create_task(one.send(), name="desk socket")
        try:
            hello = await self._hello(one)
            if hello is None:
                await one.close(NO_HELLO, "hello first")
                return
            if not await self._is_signed_in(one):
                await one.close(SESSION_OVER, "session over")
                return
            await self._begin(one, hello)
            async for message in one.socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                frame = parsed(message.data)
                if frame is not None:
                    await self._on(one, frame)
        except StoreUnavailable:
            await one.close(DEPLOY, "the database does not answer")
        finally:
            self.connections.discard(one)
            if not self.connections:
                self.somebody.clear()
            self._look(one, "")
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _is_signed_in(self, one: Connection) -> bool:
        """Asked once the socket is among those that are told of ended sessions: one that ended
        during the upgrade was told to nobody."""
        found = await self._context.store.session(one.session)
        return found is not None and guard.is_alive(*found, self._context.clock())

    async def _hello(self, one: Connection) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(self._context.hello_s):
                message = await one.socket.receive()
        except TimeoutError:
            return None
        frame = parsed(message.data) if message.type is WSMsgType.TEXT else None
        return frame if frame is not None and frame["t"] == "hello" else None

    async def _begin(self, one: Connection, hello: Mapping[str, Any]) -> None:
        context, store = self._context, self._context.store
        await store.seen(one.person.id, context.clock())
        # From here on live frames gather behind the welcome; repeats of the replay are harmless.
        await self._feed.started.wait()
        seq, one.is_ready = self._feed.told, True
        since = number_of(hello, "since")
        events = await self._missed(since, one.person) if since else None
        # Before the welcome: whoever has it may count on the subscriptions.
        asked = hello.get("open")
        for item in asked[:OPEN] if isinstance(asked, list) else []:
            if isinstance(item, dict):
                await self._subscribe(one, item)
        one.open(
            welcome(
                seq,
                resumed=events is not None,
                now=context.clock(),
                beat_s=context.beat_s,
                build=context.build,
            )
        )
        if events is not None:
            await self._replay(one, since or 0, events)
        one.is_caught_up = True
        if hello.get("build") not in (None, context.build):
            one.push({"t": "config", "build": context.build})

    async def _replay(self, one: Connection, since: int, events: Sequence[DeskEvent]) -> None:
        """What was told while the tab was away, but for what was to ring then; somebody's mention
        of them stands nowhere else, so it is told once."""
        around, now = await self._around(), self._context.clock()
        changes = await changes_of(self._context.store, events, [one])
        before, behind = beside_rows(events, one.person)
        for frame in before:
            one.push(frame)
        for change in changes:
            for frame in frames_of(change, one, around, now, notices=False):
                one.push(frame)
        for frame in behind:
            if frame["seq"] > since:
                one.push(frame)
        for frame in self._merged.since(since, one.person):
            one.push(frame)

    async def _missed(self, since: int, person: Person) -> list[DeskEvent] | None:
        """Events to be replayed; None when a fresh load is quicker or the only way."""
        position = await self._context.store.position_at(since, OVERLAP)
        if position is None:
            return None
        events = await self._context.store.events(position, REPLAY + 1)
        if len(events) > REPLAY or any(is_rescoped(event, person) for event in events):
            return None
        return list(events)

    async def _on(self, one: Connection, frame: Mapping[str, Any]) -> None:
        dialog = dialog_of(frame)
        match frame["t"]:
            case "sub" if dialog:
                await self._subscribe(one, frame)
            case "unsub":
                one.subscribed.discard(dialog)
            case "viewing" if not dialog or dialog in one.subscribed:
                self._look(one, dialog)
            case "typing" if dialog in one.subscribed:
                who = {"kind": "operator", "id": one.person.id, "name": one.person.name}
                said = {"t": "typing", "dialog": dialog, "who": who}
                self._context.bus.publish(PRESENCE, msgspec.json.encode(said))
                self._type_to_customer(one, dialog)

    async def _subscribe(self, one: Connection, item: Mapping[str, Any]) -> None:
        """Messages of a dialog from now on; a tab that is behind learns it by the row."""
        dialog = dialog_of(item)
        if not dialog or (len(one.subscribed) >= OPEN and dialog not in one.subscribed):
            return
        row = (await self._context.store.rows([dialog], one.person)).get(dialog)
        seen = view(one.person, row.whose) if row is not None else "none"
        if row is None or seen != "full":
            gone = {"t": "gone", "seq": self._feed.told, "dialog": dialog, "why": "changed"}
            by = holder(row) if row is not None and seen == "row" else {}
            one.push({**gone, "version": row.version if row else 0, **by})
            return
        one.subscribed.add(dialog)
        known = number_of(item, "version")
        if known is not None and known < row.version:
            around, now = await self._around(), self._context.clock()
            seq = self._feed.told
            one.push(dialog_frame(row, seq, one.person, around, now, "changed"))
        people = [person.model_dump() for person in self._viewers.of(dialog)]
        if people:
            one.push({"t": "viewers", "dialog": dialog, "operators": people})

    def _look(self, one: Connection, dialog: str) -> None:
        before, one.viewing = one.viewing, dialog
        if before != dialog:
            self._viewers.say(one.person, before, is_there=False)
        self._viewers.say(one.person, dialog, is_there=True)

    def _type_to_customer(self, one: Connection, dialog: str) -> None:
        """Beside the conversation: a slow platform must not hold up the tab's other frames."""
        now = self._context.clock()
        if one.typed_at is not None and now - one.typed_at < TYPING:
            return
        one.typed_at = now
        task = asyncio.create_task(self._typing(one.person.id, dialog), name="desk typing")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _typing(self, operator: str, dialog: str) -> None:
        try:
            if dialog in await self._context.store.in_hand(operator):
                await self._context.typing(dialog)
        except StoreUnavailable:
            return
        except Exception as error:  # an improvement only; whatever a channel says, the desk goes on
            log.info("typing could not be shown: %s", type(error).__name__)
