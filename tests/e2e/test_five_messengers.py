"""Every messenger at the same time through one real process: each customer goes from a password
reset to an operator to the rating while their messenger misbehaves. Nothing is lost, doubled or
reordered; a message comes twice only where the platform's rules for unknown outcomes say so."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import ClientSession

from bots.adapters import limits_of
from core.channel import Capabilities
from core.storage.apsw_driver import Connection as SqliteConnection
from tests.bots.contract.platforms import SHIPPED, double_of
from tests.e2e.person import Person
from tests.e2e.served import Serve, free_port
from tests.e2e.test_desk import replied, signed_in, until_said
from tests.e2e.test_serve import no_secret_in
from tests.fakes.desk import Browser
from tests.fakes.pigeon_platform import PigeonDouble
from tests.fakes.platform import PlatformDouble

SEED = 20261126
#: Account -> its phone, by which the demo billing's log tells whose code it is.
ACCOUNTS = {"77001234": r"\+79210001234", "77004321": r"\+79210005678"}


def settings(doubles: Mapping[str, PlatformDouble], port: int) -> dict[str, str]:
    """A channel of each, named after its platform, and one that is dead."""
    given = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}
    given["ATTEMPTS__CODES"] = given["ATTEMPTS__CHECKS"] = given["ATTEMPTS__LINKS"] = "50"
    for name, double in doubles.items():
        given |= channel(name, double.settings())
    # an account that nobody can reach, which is nothing to the others
    nowhere = PigeonDouble().settings(api_url=f"http://127.0.0.1:{free_port()}")
    return given | channel("dead", nowhere)


def channel(name: str, own: Mapping[str, Any]) -> dict[str, str]:
    """The variables of one channel."""
    return {f"CHANNELS__{name.upper()}__{key.upper()}": str(own[key]) for key in own}


class Desk:
    """Anna at her desk, who helps everybody, and the billing's log beside her."""

    def __init__(self, anna: Browser, house: Serve) -> None:
        self.anna = anna
        self.house = house
        self.phones = {account: asyncio.Lock() for account in ACCOUNTS}

    async def code(self, account: str, before: int) -> str:
        """The newest code of an account, once there are more than before."""
        await self.house.bell.until(lambda: len(self.codes(account)) > before)
        return self.codes(account)[-1]

    def codes(self, account: str) -> list[str]:
        """All codes sent so far, as the demo billing logs them."""
        pattern = rf"demo: code (\d{{6}}) sent to {ACCOUNTS[account]}"
        return re.findall(pattern, self.house.output)

    async def waiting(self, channel: str) -> str:
        """The dialog of a channel that waits in the queue."""
        rows = (await self.anna.get("/dialogs?tab=queue"))["rows"]
        (found,) = [row["id"] for row in rows if row["channel"]["name"] == channel]
        return str(found)

    async def close(self, dialog: str) -> None:
        """The case is solved, and the customer is asked."""
        seen = await self.anna.get(f"/dialogs/{dialog}")
        ending = {"state_rev": seen["state_rev"], "seen_n": seen["last_n"], "result": "solved"}
        closed = await self.anna.post(f"/dialogs/{dialog}/close", {**ending, "ask_rating": True})
        assert closed.status == 200, closed


async def walk(person: Person, desk: Desk, account: str) -> str:
    """The whole way; the dialog's id. The platform fails at two answers (at one, if it must be
    waited for long) and at an operator's word."""
    troubles = set(person.rng.sample(range(4), 2 if person.is_quick else 1))

    async def say(text: str, step: int, kept: str = "") -> None:
        if step in troubles:
            person.trouble()
        await person.writes(text, kept)

    await say("Забыла пароль от личного кабинета, как мне его восстановить", 0)
    await person.hears("номер лицевого счёта")
    async with desk.phones[account]:  # one phone gets one code at a time
        before = len(desk.codes(account))
        await say(account, 1)
        await person.hears("код отправлен на телефон")
        await say(await desk.code(account, before), 2, kept="••••••")
        await person.hears("Ссылка для нового пароля")
    await person.presses("Нет, не получилось")
    await person.hears("ператор")
    dialog = await desk.waiting(person.name)
    assert (await desk.anna.take(dialog)).status == 200
    await person.hears("На связи Анна")
    if person.rng.random() < 0.7:
        person.silence()
    await replied(desk.anna, dialog, f"Здравствуйте! Смотрю ваш {person.name}.")
    await person.hears(f"Смотрю ваш {person.name}")
    await person.writes("пишет «неверный пароль»")
    await until_said(desk.anna, dialog, "пишет «неверный пароль»")
    await replied(desk.anna, dialog, "Сбросила ещё раз, попробуйте.")
    await person.hears("Сбросила ещё раз")
    await person.writes("спасибо, получилось")
    await until_said(desk.anna, dialog, "спасибо, получилось")
    if 3 in troubles:
        person.trouble()
    await desk.close(dialog)
    await person.hears("Оцените")
    await person.presses("5")
    await person.hears("Спасибо за оценку")
    return dialog


async def test_all_messengers_at_once_on_their_worst_day(tmp_path: Path, cache: Path) -> None:
    doubles = {name: double_of(name) for name in SHIPPED}
    async with AsyncExitStack() as stack, ClientSession() as session:
        for double in doubles.values():
            await stack.enter_async_context(double)
        given = settings(doubles, free_port())
        async with Serve("--demo", cwd=tmp_path, cache=cache, settings=given) as house:
            desk = Desk(await signed_in(session, house), house)
            people = [
                Person(
                    name,
                    double,
                    f"{house.url}/webhooks/{name}",
                    limits_of(name),
                    Random(f"{SEED} {name}"),
                )
                for name, double in doubles.items()
            ]
            accounts = [list(ACCOUNTS)[number % 2] for number in range(len(people))]
            dialogs = await asyncio.gather(*map(walk, people, [desk] * len(people), accounts))
            for dialog in dialogs:
                seen = await desk.anna.get(f"/dialogs/{dialog}")
                assert (seen["state"], seen["rating"]["value"]) == ("closed", 5)
            fares = {one["id"]: one["state"] for one in await desk.anna.get("/channels")}
            assert fares == {**dict.fromkeys(doubles, "ok"), "dead": "down"}
            house.terminate()
            assert await house.ended(seconds=20) == 0
    for person in people:
        judged(person, tmp_path / "otklik.db")
        assert person.double.canary not in house.output
    assert "channel dead could not be registered" in house.output
    no_secret_in(house.output)


def judged(person: Person, database: Path) -> None:
    """Compares what the customer said and saw with what is stored."""
    connection = SqliteConnection(str(database))
    try:
        rows = connection.execute(_SENT, (person.name,)).fetchall()
        heard = connection.execute(_HEARD, (person.name,)).fetchall()
    finally:
        connection.close()
    assert [text for (text,) in heard] == person.said, person.name
    shown = [message.text for message in person.double.sent(person.chat)]
    assert unrepeated(shown) == [text for _, text, _ in rows], person.name
    for kind, text, state in rows:
        assert state in ("sent", "delivered", "seen", "unknown"), (person.name, text, state)
        assert 1 <= shown.count(text) <= copies(person.can, kind), (person.name, text)


_SENT = """
SELECT o.kind, json_extract(o.content, '$.text'), o.state FROM outbox o
JOIN dialog d ON d.id = o.dialog WHERE d.channel = ? ORDER BY o.id
"""
_HEARD = """
SELECT m.text FROM message m JOIN dialog d ON d.id = m.dialog
WHERE d.channel = ? AND m.direction = 'in' ORDER BY m.n
"""


def unrepeated(texts: Sequence[str]) -> list[str]:
    """Without what stands directly behind its like."""
    return [text for number, text in enumerate(texts) if not number or text != texts[number - 1]]


def copies(can: Capabilities, kind: Any) -> int:
    """How often the customer may see a message of a class."""
    rule = can.unknown[kind]
    return 1 + (rule.times if rule.action == "resend" and not rule.same_key else 0)
