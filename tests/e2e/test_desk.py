"""Customer, bot and operator through one real process: escalation, take, reply, close, rating."""

import re
import uuid
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.bots.telegram.conftest import TOKEN
from tests.e2e.messenger import Customer, Strict
from tests.e2e.served import Serve, free_port
from tests.e2e.test_serve import no_secret_in, settings
from tests.fakes.desk import Browser
from tests.fakes.telegram import FakeTelegram

_LOGIN = re.compile(r"^    anna  (\S+)  \(operator\)$", re.MULTILINE)


async def signed_in(session: ClientSession, house: Serve) -> Browser:
    """Anna at her desk, with the password printed at the first start."""
    found = _LOGIN.search(house.output)
    assert found is not None, house.output
    anna = Browser(session, house.url)
    answer = await anna.post("/login", {"login": "anna", "password": found[1]})
    assert answer.status == 200, answer
    anna.cookie = answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    status = await anna.ask("PUT", "/me/status", {"status": "online"})
    assert status.status == 200, status
    return anna


async def test_from_the_bot_to_an_operator_to_the_rating(tmp_path: Path, cache: Path) -> None:
    async with FakeTelegram(TOKEN) as fake, ClientSession() as session:
        telegram = Strict(fake, "webhook")
        given = settings(telegram, "webhook", free_port())
        async with Serve("--demo", cwd=tmp_path, cache=cache, settings=given) as house:
            anna = await signed_in(session, house)
            customer = Customer(telegram)
            await customer.write("позовите человека")
            await customer.hears("Передаю оператору")
            await customer.write("не открывается личный кабинет")
            (row,) = (await anna.get("/dialogs?tab=queue"))["rows"]
            taken = await anna.take(row["id"])
            assert taken.status == 200, taken
            await customer.hears("На связи Анна")
            await replied(anna, row["id"], "Здравствуйте! Уже смотрю.")
            await customer.hears("Уже смотрю")

            house.kill()  # the operator's page and the customer notice nothing of it
            await house.ended()
            await house.start()

            await customer.write("спасибо, открылся")
            dialog = await until_said(anna, row["id"], "спасибо, открылся")
            ending = {
                "state_rev": dialog["state_rev"],
                "seen_n": dialog["last_n"],
                "result": "solved",
                "ask_rating": True,
            }
            closed = await anna.post(f"/dialogs/{row['id']}/close", ending)
            assert closed.status == 200, closed
            await customer.hears("Оцените")
            await customer.press("4")
            await customer.hears("Спасибо за оценку")
            dialog = await anna.get(f"/dialogs/{row['id']}")
            assert (dialog["state"], dialog["rating"]["value"]) == ("closed", 4)
            assert [line["n"] for line in dialog["messages"]] == list(
                range(1, dialog["last_n"] + 1)
            )
        no_secret_in(house.output)


async def replied(anna: Browser, dialog: str, text: str) -> None:
    """The operator writes."""
    body = {"client_id": str(uuid.uuid4()), "parts": [{"t": "text", "v": text}]}  # noqa: TID251  # as the page does
    answer = await anna.post(f"/dialogs/{dialog}/reply", body)
    assert answer.status == 202, answer


async def until_said(anna: Browser, dialog: str, text: str) -> Any:
    """The dialog once the customer's words are on the operator's screen."""
    async with await anna.live() as live:
        await live.send_json(
            {"t": "hello", "since": None, "build": "", "open": [{"dialog": dialog, "version": 0}]}
        )
        while True:
            found = await anna.get(f"/dialogs/{dialog}")
            if any(text in str(line["parts"]) for line in found["messages"]):
                return found
            await live.receive(timeout=20)
