"""Whatever arrives over HTTP, and whatever happens to the database meanwhile: nothing bad becomes a
dialog, nothing good is lost, and nobody suffers for a neighbour."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import apsw
import pytest
from aiohttp import ClientSession

from bots import wiring
from bots.bundles import Shelf
from bots.engine import Engine
from bots.ready import Storing
from bots.telegram.capabilities import CAPABILITIES
from bots.telegram.ingress import SECRET_HEADER, TelegramIngress
from bots.web import application, serving
from config.settings import Settings
from core.backoffice.none import NoBackoffice
from core.bus.local import LocalBus
from core.channel import Letter, Sent
from core.counters import Counters
from core.storage import schema
from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.cipher import SivCipher
from core.storage.own_file import OwnFile
from core.storage.rules import Rules
from core.storage.sql_store import SqlStore
from core.storage.sqlite import SqliteExecutor, connect
from handlers.intake import intake
from handlers.world import FixedDesk
from tests.bots.telegram.conftest import SECRET
from tests.storage.build import HOUR, NOW
from tests.stories.shipped import bundle

URL = "/webhooks/main"


class Platform:
    """Takes every message and keeps it."""

    name = "main"
    capabilities = CAPABILITIES

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, letter: Letter) -> Sent:
        self.sent.append((letter.chat, letter.content.text))
        return Sent(platform_id=str(letter.id))

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Nothing to see here."""


class House:
    """The HTTP side, a real database file, the engine stepped by hand."""

    def __init__(self, client: ClientSession, connection: apsw.Connection, path: Path) -> None:
        self.client = client
        self.connection = connection
        self.path = path
        self.platform = Platform()
        self.numbers = iter(range(1, 10**6))
        self.engine: Engine

    def update(self, chat: int, text: str) -> dict[str, Any]:
        """A new message of somebody."""
        number = next(self.numbers)
        return {
            "update_id": 700 + number,
            "message": {
                "message_id": number,
                "from": {"id": chat, "is_bot": False, "first_name": "А", "language_code": "ru"},
                "chat": {"id": chat, "type": "private"},
                "date": 1795600020,
                "text": text,
            },
        }

    async def post(self, body: object, secret: str = SECRET) -> int:
        """The status of the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {SECRET_HEADER: secret}
        async with self.client.post(URL, data=io.BytesIO(raw), headers=headers) as answer:
            if answer.status == 503:
                assert answer.headers["Retry-After"]
            return answer.status

    async def ready(self) -> tuple[int, str]:
        """What `/readyz` says of the database."""
        async with self.client.get("/readyz") as answer:
            return answer.status, (await answer.json())["checks"]["database"]

    async def work(self) -> None:
        """Until nothing is left."""
        while await self.engine.dispatcher.step() + await self.engine.delivery.step():
            await self.engine.delivery.drain()

    def look(self, sql: str) -> list[tuple[Any, ...]]:
        """As a person with a SQL client would."""
        beside = SqliteConnection(str(self.path))
        try:
            return beside.execute(sql).fetchall()
        finally:
            beside.close()

    def heard(self) -> list[tuple[str, str]]:
        """Chats and texts of the transcript, of customers only."""
        return self.look(
            "SELECT d.chat, m.text FROM message m JOIN dialog d ON d.id = m.dialog"
            " WHERE m.direction = 'in' ORDER BY d.chat, m.n"
        )

    def answered(self, chat: int) -> int:
        """How many messages the bot sent there."""
        return [to for to, _ in self.platform.sent].count(str(chat))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "a.db"
    connection = connect(str(path), busy=0.1)
    schema.create(connection)
    cipher, rng = SivCipher("k" * 32), Random(1)
    rules = Rules(
        cipher=cipher,
        new_id=lambda: f"{rng.getrandbits(64):x}",
        reopen_window=24 * HOUR,
        key_life=lambda channel: 72 * HOUR,
    )
    own = OwnFile(str(path), every=0)
    store = SqlStore(SqliteExecutor(connection, rules, own=own), rules)

    async def quarantine(channel: str, digest: str, sample: str) -> bool:
        return await store.seen_poison(channel, digest, sample, NOW)

    storing = Storing(intake(store, lambda: NOW, lambda: None), store, lambda: NOW)
    app = application(
        ingresses={"main": TelegramIngress(SECRET)},
        intake=storing.take_in,
        quarantine=quarantine,
        taken=lambda name, received: None,
        checks={"database": storing.check},
        counters=Counters(),
    )
    async with (
        serving(app, "127.0.0.1", 0) as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        house = House(client, connection, path)
        parts = wiring.Parts(
            Settings(), shelf=Shelf(bundle()), backoffice=NoBackoffice(), cipher=cipher
        )
        platform: Any = house.platform
        house.engine = Engine(
            store,
            parts,
            {"main": platform},
            LocalBus(),
            Counters(),
            clock=lambda: NOW,
            desk=FixedDesk(),
        )
        yield house
    await store.close()


class Bad(NamedTuple):
    """A request that is none of ours; the answers to it and to its repeat."""

    name: str
    body: bytes
    first: int
    again: int
    secret: str = SECRET


_PERSON = b'"chat":{"id":9,"type":"private"},"from":{"id":9,"is_bot":false,"first_name":"x"}'
BAD = (
    Bad("nothing", b"", 400, 200),
    Bad("half of JSON", b'{"update_id": 1, "mess', 400, 200),
    Bad("an array", b"[]", 400, 200),
    Bad("a number", b"1", 400, 200),
    Bad("deep", b'{"a":' * 100_000, 400, 200),
    Bad("no UTF-8", b'{"update_id":1,"message":{' + _PERSON + b',"text":"\xff\xfe"}}', 400, 200),
    Bad("UTF-16", '{"update_id": 1}'.encode("utf-16"), 400, 200),
    Bad("NaN", b'{"update_id": NaN, "message": {}}', 400, 200),
    Bad("an id beyond 64 bits", b'{"update_id": 1' + b"0" * 400 + b',"message":{}}', 400, 200),
    Bad("a message of no chat", b'{"update_id": 2, "message": {"text": "x"}}', 400, 200),
    Bad("an unknown kind", b'{"update_id": 3, "purchased_paid_media": {}}', 200, 200),
    Bad("over 1 MiB", b" " * (1024 * 1024 + 1), 413, 413),
    Bad("a wrong secret", b'{"update_id": 4, "message": {}}', 401, 401, "guess"),
    Bad("no secret", b'{"update_id": 4, "message": {}}', 401, 401, ""),
)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
async def test_what_is_no_update_is_refused_and_the_neighbours_are_served(
    house: House, bad: Bad
) -> None:
    first, *others = await asyncio.gather(
        house.post(bad.body, bad.secret), *(house.post(house.update(n, "меню")) for n in (1, 2, 3))
    )
    assert (first, await house.post(bad.body, bad.secret)) == (bad.first, bad.again)
    assert others == [200, 200, 200]
    await house.work()
    assert house.heard() == [("1", "меню"), ("2", "меню"), ("3", "меню")]
    assert [house.answered(n) for n in (1, 2, 3)] == [1, 1, 1]


TEXTS = {
    "10 000 characters": "очень " * 1666 + "длин",
    "one long word": "а" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🤷🏽‍♀️" * 20,
    "right to left": "\u202eпривет\u202c שלום مرحبا \u2067x\u2069",
    "controls": "при\x00\x01\x07\x1b[31mвет\x7f\x85",
    "zero width": "\u200b\u200c\u200d\ufeff\u2060",
    "half an emoji": "\ud83d и \udc00",
    "piled up": "z" + "\u0300" * 3000,
    "blank": " \n\t\u00a0 ",
    "templates": "{account} {{7*7}} ${x} %s %(x)s {0} {links.pay!r}",
    "markup": "<b>x</b><script>alert(1)</script> [a](javascript:x) **x** `x`",
    "SQL": "'; DROP TABLE message; --",
    "a command": "/start ' OR 1=1",
    "digits of other scripts": "٧٧٠٠١٢٣٤ ⑦⑦⓪⓪①②③④ ７７００１２３４",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_is_a_turn_like_any_other(house: House, text: str) -> None:
    statuses = [
        await house.post(house.update(chat, words))
        for words in (text, "забыл пароль", text, text, "позовите человека")
        for chat in (1, 2)
    ]
    assert set(statuses) == {200}
    await house.work()
    runs = house.look("SELECT seq_in, seq_done, tries, error, parked_reason FROM dialog_run")
    assert runs == [(5, 5, 0, "", "")] * 2
    assert house.look("SELECT DISTINCT state FROM dialog") == [("queued",)]
    assert house.answered(1) == house.answered(2) > 1
    for _, said in house.platform.sent:
        assert len(said) <= 4096
        assert not any(char in said for char in "\x00\x1b\ud83d")


async def test_repeats_at_once_are_one_message_and_order_is_that_of_arrival(house: House) -> None:
    late, early = house.update(1, "меню"), house.update(1, "как оплатить интернет")
    assert set(await asyncio.gather(*(house.post(early) for _ in range(20)))) == {200}
    assert set(await asyncio.gather(*(house.post(late) for _ in range(20)))) == {200}
    assert await house.post(early) == 200
    await house.work()
    assert house.heard() == [("1", "как оплатить интернет"), ("1", "меню")]


Outage = Callable[[House], Any]


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else writes, for long."""
    other = SqliteConnection(str(house.path))
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full(house: House) -> Iterator[None]:
    """The file may not grow."""
    pages = house.connection.pragma("page_count")
    house.connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    house.connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def read_only(house: House) -> Iterator[None]:
    """The file may not be written."""
    house.connection.execute("PRAGMA query_only = ON")
    yield
    house.connection.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize("outage", [locked, full, read_only])
async def test_while_nothing_can_be_stored_nothing_is_confirmed_and_it_is_said(
    house: House, outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    assert await house.ready() == (200, "ok")
    assert await house.post(house.update(1, "меню")) == 200
    await house.work()
    big = [house.update(chat, f"{chat} " + "слово " * 20_000) for chat in (1, 2, 3)]
    with outage(house):
        assert await asyncio.gather(*(house.post(one) for one in big)) == [503] * 3
        assert await house.post(big[0]) == 503
        assert (await house.ready())[0] == 503
        assert await house.post(b"{" + b" " * 100_000) in (503, 400)
        assert await house.post(big[1], secret="guess") == 401
    assert await asyncio.gather(*(house.post(one) for one in big)) == [200] * 3
    assert await house.ready() == (200, "ok")
    assert "channel main: not stored, SQLite: " in caplog.text
    assert "слово" not in caplog.text
    assert await house.post(big[2]) == 200
    await house.work()
    heard = [(chat, text[:4]) for chat, text in house.heard()]
    assert heard == [("1", "меню"), ("1", "1 сл"), ("2", "2 сл"), ("3", "3 сл")]
    assert min(house.answered(chat) for chat in (1, 2, 3)) >= 1


async def test_a_file_that_was_replaced_takes_nothing_more_and_it_is_said(house: House) -> None:
    assert await house.post(house.update(1, "привет")) == 200
    house.look(f"VACUUM INTO '{house.path.parent / 'copy.db'}'")
    assert await house.post(house.update(1, "после копии")) == 200
    (house.path.parent / "copy.db").replace(house.path)
    assert await house.post(house.update(1, "куда это?")) == 503
    status, problem = await house.ready()
    assert (status, "start this process again" in problem) == (503, True)
    assert house.look('SELECT count(*) FROM "update"') == [(1,)], "the copy as it was made"
