"""The desk's API on loopback over a workplace, and browsers of people signed in to it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiohttp import ClientSession, ClientWebSocketResponse, web

from bots.desk.app import attach
from bots.desk.context import DeskContext
from core.access import Person
from core.channel import Capabilities
from core.content import Media
from core.desk_accounts import Session
from core.errors import ChannelError, ChannelUnavailable
from core.passwords import Passwords
from core.policy import RatingPolicy
from handlers.sign_in import Accounts
from tests.fakes.talk import BUTTONS
from tests.fakes.workplace import CHANNEL, Workplace, new_id, second_factor

CAPABILITIES = Capabilities(
    **{name: getattr(BUTTONS, name) for name in ("inline_row", "inline_rows", "inline_total")},
    platform="site",
    edit=True,
    delete=True,
    quotes=True,
    text=4096,
    image_bytes=10 * 1024 * 1024,
    file_bytes=20 * 1024 * 1024,
)
#: Hashing as cheap as the library allows: these tests are not about its price.
CHEAP = Passwords(time=1, memory=64)


class Platform:
    """What a platform gives out, by its own file id, and what it was asked to change."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.rewritten: list[tuple[str, str | None]] = []
        self.refusal: ChannelError | None = None

    async def rewrite(
        self, channel: str, address: str, ids: Sequence[str], text: str | None
    ) -> None:
        """Changes messages, or refuses as it was told to."""
        if self.refusal is not None:
            raise self.refusal
        self.rewritten += [(id_, text) for id_ in ids]

    async def fetch(self, channel: str, media: Media) -> bytes:
        """The bytes of a customer's file."""
        self.asked.append((channel, media.platform_file))
        if self.refusal is not None:
            raise self.refusal
        if media.platform_file not in self.content:
            raise ChannelUnavailable("network")
        return self.content[media.platform_file]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]
    raw: bytes = b""

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.body["code"])


class Browser:
    """Somebody at the desk. cookie: empty before sign-in."""

    def __init__(self, session: ClientSession, url: str, cookie: str = "") -> None:
        self._session = session
        self.url = url
        self.cookie = cookie

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        data: Any = None,
        key: str = "",
    ) -> Answer:
        """Sends what the desk's page would; a header of None is left out."""
        sent: dict[str, str | None] = {"Cookie": f"__Host-otklik={self.cookie}"}
        if method != "GET":
            sent |= {"Origin": self.url, "X-Otklik": "1", "Idempotency-Key": key or new_id()}
        if body is not None:
            data = json.dumps(body)
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        kept = {name: value for name, value in sent.items() if value is not None}
        where = path if path.startswith("http") else f"{self.url}{_full(path)}"
        async with self._session.request(method, where, data=data, headers=kept) as response:
            raw = await response.read()
            is_json = response.content_type.endswith("json")
            return Answer(
                response.status, json.loads(raw) if is_json else None, response.headers, raw
            )

    async def get(self, path: str) -> Any:
        """The body of a good answer."""
        answer = await self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def post(self, path: str, body: Any = None, **how: Any) -> Answer:
        """A command."""
        return await self.ask("POST", path, body, **how)

    async def take(self, dialog: str) -> Answer:
        """Takes a dialog on the newest view of it."""
        rows = {
            row["id"]: row
            for tab in ("queue", "all")
            for row in (await self.get(f"/dialogs?tab={tab}"))["rows"]
        }
        rev = rows[dialog]["state_rev"]
        return await self.post(f"/dialogs/{dialog}/take", {"state_rev": rev})

    async def live(self, **headers: str) -> ClientWebSocketResponse:
        """A live socket, before its hello."""
        sent = {"Cookie": f"__Host-otklik={self.cookie}", "Origin": self.url, **headers}
        return await self._session.ws_connect(
            f"{self.url}/api/v1/live", headers=sent, protocols=("otklik.v1",)
        )


def _full(path: str) -> str:
    return path if path.startswith(("/api/", "/files/")) else f"/api/v1{path}"


class DeskServer:
    """The API of one process. people: ids of those hired, with the browser of each."""

    def __init__(self, place: Workplace, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.platform = Platform()
        self.typed: list[str] = []
        self.troubles: list[str] = []
        self.sockets: WeakSet[web.WebSocketResponse] = WeakSet()
        self.url = ""
        self._session: ClientSession | None = None

    def context(self, **changes: Any) -> DeskContext:
        """The desk's ports over the workplace."""
        place = self.place

        async def typing(dialog: str) -> None:
            self.typed.append(dialog)

        accounts = Accounts(
            place.desk,
            place.operators,
            CHEAP,
            place.bus,
            clock=place.clock,
            new_id=new_id,
            new_token=new_id,
            second=second_factor(place, CHEAP),
        )
        context = DeskContext(
            store=place.desk,
            files=place.store,
            commands=place.operators,
            accounts=accounts,
            bus=place.bus,
            clock=place.clock,
            new_id=new_id,
            public_url=self.url,
            zone="Europe/Moscow",
            capabilities=lambda _: CAPABILITIES,
            bundle=lambda: place.bundle,
            folder=self.folder,
            file_key=b"a key of the tests",
            fetch_media=self.platform.fetch,
            typing=typing,
            rewrite=self.platform.rewrite,
            rating=RatingPolicy(),
            count=self.troubles.append,
            sockets=self.sockets,
            channels=lambda: {CHANNEL: "site"},
            build="0",
            poll_s=0.05,
        )
        return replace(context, **changes)

    @asynccontextmanager
    async def open(self, **changes: Any) -> AsyncIterator["DeskServer"]:
        """Listens on loopback."""
        app = web.Application()
        runner = web.AppRunner(app, shutdown_timeout=1.0)
        site = _Socket()
        self.url = f"http://127.0.0.1:{site.port}"
        attach(app, self.context(**changes))
        await runner.setup()
        await web.SockSite(runner, site.socket).start()
        try:
            async with ClientSession() as session:
                self._session = session
                yield self
        finally:
            await runner.cleanup()

    def stranger(self) -> Browser:
        """A browser nobody signed in with."""
        assert self._session is not None
        return Browser(self._session, self.url)

    async def browser(self, person: Person | str) -> Browser:
        """A browser signed in without the price of a password."""
        operator = person if isinstance(person, str) else person.id
        token, now = new_id(), self.place.now
        session = Session(
            id=sha256(token.encode()).hexdigest(),
            operator=operator,
            created_at=now,
            last_at=now,
            ends_at=now + timedelta(hours=12),
        )
        await self.place.desk.open_session(session)
        browser = self.stranger()
        browser.cookie = token
        return browser

    async def hired(self, id_: str, *roles: str, **how: Any) -> Browser:
        """Somebody new, signed in."""
        return await self.browser(await self.place.hire(id_, *roles, **how))


class _Socket:
    """A listening socket, so that the address is known before the application is made."""

    def __init__(self) -> None:
        import socket

        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
