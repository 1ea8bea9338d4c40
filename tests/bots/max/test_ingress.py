"""The webhook of MAX: its secret, its presses, what it says in vain. The rest is common to all
platforms and in tests/bots/contract."""

import io
import json
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp import ClientSession, ClientTimeout

from bots.max.ingress import SECRET_HEADER, MaxIngress
from bots.web import application, serving
from core.counters import Counters
from core.errors import ConfigError
from tests.bots.max.conftest import SECRET, fixture
from tests.fakes.intake import FakeIntake

URL = "/webhooks/main"


class House(NamedTuple):
    """A running application and what is behind it."""

    client: ClientSession
    intake: FakeIntake

    async def post(self, body: object, url: str = URL, **headers: str) -> tuple[int, str]:
        """POSTs with the right secret unless told otherwise; status and text."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {SECRET_HEADER: SECRET, **headers}
        async with self.client.post(url, data=io.BytesIO(raw), headers=sent) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    intake = FakeIntake()
    app = application(
        ingresses={"main": MaxIngress(SECRET), "second": MaxIngress("another-secret")},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=Counters(),
    )
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(f"http://127.0.0.1:{port}", timeout=ClientTimeout(total=10)) as client,
    ):
        yield House(client, intake)


async def test_a_second_press_of_a_keyboard_is_taken_in(house: House) -> None:
    for name in ("05_button", "button_again", "button_null_message"):
        assert (await house.post(fixture(name)))[0] == 200
    assert len(house.intake.filed) == 3


@pytest.mark.parametrize(
    "secret", ["", "wrong", SECRET + "x", SECRET[:-1], "пароль", "ÿ", "another-secret"]
)
async def test_a_wrong_secret_touches_nothing(house: House, secret: str) -> None:
    status, _ = await house.post(fixture("01_text_cyrillic"), **{SECRET_HEADER: secret})
    assert status == 401
    assert house.intake.calls == 0


async def test_the_secret_of_another_account_opens_only_that_one(house: House) -> None:
    sent = {SECRET_HEADER: "another-secret"}
    assert (await house.post(fixture("01_text_cyrillic"), "/webhooks/second", **sent))[0] == 200
    assert (await house.post(fixture("01_text_cyrillic"), "/webhooks/second"))[0] == 401


def test_an_empty_secret_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="secret"):
        MaxIngress("")


async def test_an_event_without_meaning_is_answered_and_leaves_no_trace(house: House) -> None:
    for name in ("17_group_chat", "18_unknown_event", "denied_dialog_removed", "from_bot"):
        assert (await house.post(fixture(name)))[0] == 200
    assert house.intake.calls == 0


async def test_there_is_no_handshake(house: House) -> None:
    async with house.client.get(URL) as answer:
        assert answer.status == 405
