"""vkbottle does as it is told: one request, our session, no token in addresses, no noise."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientTimeout

from bots.transport import Transport
from bots.vk.client import Answer, Client, NoRescheduler, SharedClient
from core.errors import ChannelUnavailable, DeliveryUnknown, MessageRejected
from tests.bots.vk.conftest import PERSON, TOKEN
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.vk import FakeVk

ROOT = Path(__file__).parents[3]


@pytest.fixture
def client(vk: FakeVk, transport: Transport) -> Client:
    return Client(TOKEN, f"{vk.api_url}/method/", transport, 0.5)


def message(**more: Any) -> dict[str, Any]:
    return {"peer_id": PERSON, "message": "Привет", "random_id": 5, **more}


async def test_the_token_travels_in_the_body(client: Client, vk: FakeVk) -> None:
    assert await client.call("messages.send", message()) == 101
    assert vk.queries == [""]


async def test_an_answer_knows_its_status(vk: FakeVk, transport: Transport) -> None:
    http = SharedClient(transport, ClientTimeout(total=5))
    vk.fail(faults.PAGE)
    answer = await http.request_text(f"{vk.api_url}/method/groups.getById", method="POST")
    assert isinstance(answer, Answer)
    assert (answer.status, answer) == (502, faults.PAGE.body)


async def test_the_session_is_the_processs_and_outlives_the_client(
    client: Client, vk: FakeVk, transport: Transport
) -> None:
    session = transport.session()
    await client.call("messages.send", message())
    await client._api.http_client.close()
    assert transport.session() is session
    assert not session.closed


async def test_a_message_without_a_key_is_refused_before_it_is_sent(
    client: Client, vk: FakeVk
) -> None:
    for arguments in (message(random_id=0), {"peer_id": PERSON, "message": "?"}):
        with pytest.raises(MessageRejected, match="random_id"):
            await client.call("messages.send", arguments)
    assert vk.calls == []


async def test_what_it_is_given_stays_as_it_was(client: Client) -> None:
    arguments = message(dont_parse_links=True, forward=None)
    await client.call("messages.send", arguments)
    assert arguments == message(dont_parse_links=True, forward=None)


async def test_a_page_instead_of_an_answer_is_not_asked_for_again(
    client: Client, vk: FakeVk
) -> None:
    vk.fail(faults.Fault("answer", 200, faults.PAGE.body))
    with pytest.raises(DeliveryUnknown):
        await client.call("messages.send", message())
    assert vk.calls == ["messages.send"]


async def test_the_library_has_no_way_to_send_a_call_twice(client: Client) -> None:
    rescheduler = client._api.request_rescheduler
    assert isinstance(rescheduler, NoRescheduler)
    with pytest.raises(DeliveryUnknown):
        await rescheduler.reschedule(client._api, "messages.send", {}, "<html>")


@pytest.mark.parametrize("more", [{}, {"captcha_sid": "1", "captcha_img": "x"}])
async def test_a_captcha_is_a_refusal_with_and_without_its_number(
    client: Client, vk: FakeVk, more: dict[str, str]
) -> None:
    vk.fail(double.error(14, "Captcha needed", **more))
    with pytest.raises(ChannelUnavailable) as caught:
        await client.call("messages.send", message())
    assert caught.value.reason == "auth"


async def test_whatever_else_goes_wrong_in_the_library_proves_nothing(
    client: Client, vk: FakeVk
) -> None:
    with pytest.raises(DeliveryUnknown, match="TypeError") as caught:
        # a keyboard that is no JSON makes its validator stumble
        await client.call("messages.send", message(keyboard={"x": object()}))
    assert caught.value.__cause__ is None
    assert vk.calls == []


async def test_the_address_of_the_api_is_each_clients_own(client: Client, vk: FakeVk) -> None:
    mine, everybodys = client._api.API_URL, type(client._api).API_URL
    assert mine == f"{vk.api_url}/method/"
    assert everybodys == "https://api.vk.ru/method/"


def test_importing_it_changes_neither_warnings_nor_the_log() -> None:
    program = (
        "import logging, warnings\n"
        "before = warnings.showwarning\n"
        "import bots.vk.client\n"
        "assert warnings.showwarning is before\n"
        "assert logging.getLogger('vkbottle').handlers == []\n"
        "assert logging.getLogger('vkbottle').level == logging.WARNING\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


async def test_the_library_writes_down_nothing_of_what_is_said(
    client: Client, vk: FakeVk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    vk.fail(double.error(100, "invalid", request_params=[{"key": "message", "value": "Привет"}]))
    for _ in range(2):
        try:
            await client.call("messages.send", message())
        except MessageRejected:
            logging.getLogger("test").exception("sending failed")
    assert "Привет" not in caplog.text
    assert "CANARY" not in caplog.text
