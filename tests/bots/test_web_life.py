"""The process from outside: whether it lives, what it measures, how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, WSMsgType

from bots.telegram.ingress import SECRET_HEADER, TelegramIngress
from bots.web import serving
from tests.bots import webhooks
from tests.bots.telegram.conftest import SECRET, fixture
from tests.bots.webhooks import URL, House, socket, web_of
from tests.fakes.intake import FakeIntake


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with webhooks.opened() as made:
        yield made


async def test_the_process_says_that_it_lives(house: House) -> None:
    assert await house.get("/healthz") == (200, "ok\n")


async def test_readiness_depends_on_every_check(house: House) -> None:
    status, body = await house.get("/readyz")
    assert (status, json.loads(body)["checks"]) == (200, {"database": "ok", "bus": "ok"})
    house.checks["bus"] = "not connected"
    status, body = await house.get("/readyz")
    assert (status, json.loads(body)["checks"]["bus"]) == (503, "not connected")


async def test_a_check_that_raises_does_not_print_addresses(house: House) -> None:
    house.checks["database"] = "raise"
    status, body = await house.get("/readyz")
    assert (status, json.loads(body)["checks"]["database"]) == (503, "OSError")


async def test_requests_are_measured_by_route_and_status(house: House) -> None:
    await house.post(fixture("01_text_cyrillic"))
    _, metrics = await house.get("/metrics")
    assert 'otklik_http_seconds_count{route="/webhooks/{name}",status="200"} 1' in metrics
    assert 'otklik_updates_total{channel="main",kind="CustomerMessage"} 1' in metrics


async def test_what_a_platform_brings_again_is_counted_apart_from_what_is_new(house: House) -> None:
    for name in ("01_text_cyrillic", "16_duplicate", "16_duplicate", "05_button"):
        await house.post(fixture(name))
    _, metrics = await house.get("/metrics")
    assert 'otklik_updates_total{channel="main",kind="CustomerMessage"} 1' in metrics
    assert 'otklik_updates_total{channel="main",kind="ButtonPressed"} 1' in metrics
    assert 'otklik_repeated_updates_total{channel="main",kind="CustomerMessage"} 2' in metrics


async def test_open_sockets_are_told_that_the_process_goes_away() -> None:
    intake = FakeIntake()
    app = web_of({}, intake)
    app.router.add_get("/socket", socket)
    async with ClientSession() as client:
        async with serving(app, "127.0.0.1", 0) as port:
            opened = await client.ws_connect(f"http://127.0.0.1:{port}/socket")
            closing = asyncio.create_task(opened.receive())
        message = await closing
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_request_under_way_is_finished_before_the_process_ends() -> None:
    intake = FakeIntake()
    intake.gate.clear()
    app = web_of({"main": TelegramIngress(SECRET)}, intake)
    async with ClientSession() as client:
        async with serving(app, "127.0.0.1", 0, shutdown_timeout=5) as port:
            url = f"http://127.0.0.1:{port}{URL}"
            headers = {SECRET_HEADER: SECRET}
            request = client.post(url, json=fixture("01_text_cyrillic"), headers=headers)
            answer = asyncio.create_task(request.__aenter__())
            await intake.asked.wait()
            asyncio.get_running_loop().call_later(0.05, intake.gate.set)
        assert (await answer).status == 200
    assert len(intake.filed) == 1
