"""Webhooks: verified, stored, and only then answered; nothing bad holds up the rest."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession, ClientTimeout, WSMsgType, web

from bots.telegram.ingress import SECRET_HEADER, TelegramIngress
from bots.web import SOCKETS, TRIES, application, serving
from core.channel import Answer, Ingress, Malformed, Reception
from core.counters import Counters
from core.errors import ConfigError
from core.store import Accepted
from core.updates import CustomerAllowed, CustomerMessage, CustomerStarted, Received, Sender
from tests.bots.telegram.conftest import SECRET, fixture
from tests.fakes.intake import FakeIntake

URL = "/webhooks/main"


class HandshakeIngress:
    """A channel whose platform proves the address by a GET."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        raise RuntimeError(f"a bug with {body!r}")

    def answer(self) -> tuple[int, str, str]:
        return 200, "text/plain", "ok"

    def handshake(self, query: Mapping[str, str]) -> tuple[int, str, str] | None:
        return 200, "text/plain", query.get("challenge", "")


class WordyIngress(HandshakeIngress):
    """A channel whose requests hold several events and are answered each in its own way."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        return Reception(unsupported=("poll", "poll"), answer=(200, "text/plain", "code-7"))


class BatchIngress(HandshakeIngress):
    """A channel whose request holds a good event and as many bad ones as its body names."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        good = Received(
            chat="7", sender=Sender(user="7"), update=CustomerAllowed(), dedup_key="good"
        )
        bad = tuple(Malformed(part.encode(), "no chat") for part in json.loads(body))
        return Reception((good,), malformed=bad)


class House(NamedTuple):
    """A running application and what is behind it."""

    client: ClientSession
    intake: FakeIntake
    app: web.Application
    checks: dict[str, str]

    async def post(self, body: object, url: str = URL, **headers: str) -> tuple[int, str]:
        """POSTs with the right secret unless told otherwise; status and text."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {SECRET_HEADER: SECRET, **headers}
        async with self.client.post(url, data=io.BytesIO(raw), headers=sent) as answer:
            return answer.status, await answer.text()

    async def get(self, url: str) -> tuple[int, str]:
        async with self.client.get(url) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    intake, checks = FakeIntake(), {"database": "", "bus": ""}

    async def database() -> str:
        if checks["database"] == "raise":
            raise OSError("postgresql://user:password@host refused")
        return checks["database"]

    async def bus() -> str:
        return checks["bus"]

    ingresses: dict[str, Ingress] = {"main": TelegramIngress(SECRET), "other": HandshakeIngress()}
    ingresses["wordy"] = WordyIngress()
    ingresses["batch"] = BatchIngress()
    app = application(
        ingresses=ingresses,
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={"database": database, "bus": bus},
        counters=Counters(),
    )
    app.router.add_get("/socket", _socket)
    app.router.add_get("/broken/{token}", _broken)
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(f"http://127.0.0.1:{port}", timeout=ClientTimeout(total=10)) as client,
    ):
        yield House(client, intake, app, checks)


async def _socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    async for _ in socket:
        pass
    return socket


async def _broken(request: web.Request) -> web.Response:
    raise RuntimeError(request.match_info["token"])


async def test_an_update_is_stored_before_it_is_answered(house: House) -> None:
    house.intake.gate.clear()
    answer = asyncio.create_task(house.post(fixture("01_text_cyrillic")))
    await house.intake.asked.wait()
    assert not answer.done()
    house.intake.gate.set()
    assert await answer == (200, "")
    assert [type(update) for update in house.intake.updates] == [CustomerMessage]


async def test_a_duplicate_is_answered_like_the_first_time(house: House) -> None:
    first = await house.post(fixture("01_text_cyrillic"))
    assert await house.post(fixture("16_duplicate")) == first
    assert len(house.intake.filed) == 1


async def test_parallel_duplicates_have_one_effect(house: House) -> None:
    answers = await asyncio.gather(*(house.post(fixture("01_text_cyrillic")) for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len(house.intake.filed) == 1


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "пароль", "ÿ"])
async def test_a_wrong_secret_touches_nothing(house: House, secret: str) -> None:
    status, _ = await house.post(fixture("01_text_cyrillic"), **{SECRET_HEADER: secret})
    assert status == 401
    assert house.intake.calls == 0


async def test_a_secret_of_raw_bytes_is_no_server_error(house: House) -> None:
    assert await _raw(house, SECRET_HEADER.encode() + b": \xff\xfe\x80", b"{}") == 401
    assert house.intake.calls == 0


async def test_a_missing_secret_touches_nothing(house: House) -> None:
    assert await _raw(house, b"X-Other: 1", b"{}") == 401
    assert house.intake.calls == 0


async def test_a_body_that_ends_too_early_touches_nothing(house: House) -> None:
    url = house.client._base_url
    assert url is not None
    _, writer = await asyncio.open_connection("127.0.0.1", url.port)
    secret = f"{SECRET_HEADER}: {SECRET}".encode()
    lines = [b"POST " + URL.encode() + b" HTTP/1.1", b"Host: x", secret, b"Content-Length: 99"]
    writer.write(b"\r\n".join([*lines, b"", b'{"update_id": 1']))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await house.post(fixture("01_text_cyrillic")))[0] == 200
    assert house.intake.calls == 1


async def _raw(house: House, header: bytes, body: bytes) -> int:
    url = house.client._base_url
    assert url is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", url.port)
    length = f"Content-Length: {len(body)}".encode()
    lines = [b"POST " + URL.encode() + b" HTTP/1.1", b"Host: x", b"Connection: close", header]
    writer.write(b"\r\n".join([*lines, length, b"", body]))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


def test_an_empty_secret_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="secret"):
        TelegramIngress("")


async def test_an_unknown_channel_does_not_exist(house: House) -> None:
    status, _ = await house.post(fixture("01_text_cyrillic"), url="/webhooks/nobody")
    assert status == 404
    assert house.intake.calls == 0


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 2 * 1024 * 1024])
async def test_a_body_over_the_limit_is_not_read(house: House, size: int) -> None:
    status, _ = await house.post(b"x" * size)
    assert status == 413
    assert house.intake.calls == 0


async def test_a_body_over_the_limit_sent_in_chunks_is_refused_too(house: House) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    async with house.client.post(URL, data=chunks(), headers={SECRET_HEADER: SECRET}) as answer:
        assert answer.status == 413


async def test_a_packed_body_is_refused_because_signatures_cover_raw_bytes(house: House) -> None:
    status, _ = await house.post(b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert status == 415


POISON: dict[str, Any] = {
    "nothing": b"",
    "truncated": b"{",
    "cut inside a sign": b'{"update_id": 1, "message": {"text": "\xd0',
    "no UTF-8": b"\xff\xfe{}",
    "endless depth": b"[" * 200_000,
    "array": b"[]",
    "null": b"null",
    "no event": b"{}",
    "huge number": b'{"update_id": ' + b"9" * 5000 + b"}",
    "null message": fixture("20_malformed_null_message"),
    "wrong types": fixture("20_malformed_types"),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
async def test_poison_is_refused_once_and_then_set_aside(house: House, body: object) -> None:
    assert (await house.post(body))[0] == 400
    assert (await house.post(body))[0] == 200
    assert (await house.post(fixture("01_text_cyrillic")))[0] == 200
    assert len(house.intake.filed) == 1


async def test_what_is_kept_of_poison_holds_no_words(house: House) -> None:
    raw = fixture("01_text_cyrillic")
    raw["message"]["date"] = "Забыла пароль"
    raw["Анна Кузнецова"] = 4276
    await house.post(raw)
    (sample,) = house.intake.samples.values()
    assert '"message": {"message_id": "int"' in sample
    assert not any(word in sample for word in ("Забыла", "Анна", "4276", "\\u0417"))


async def test_a_fault_of_our_own_parser_is_poison_too(house: House) -> None:
    assert (await house.post(b"x", url="/webhooks/other"))[0] == 400
    assert await house.post(b"x", url="/webhooks/other") == (200, "ok")


async def test_an_event_without_meaning_is_counted_and_answered(house: House) -> None:
    for name in ("17_group_chat", "18_unknown_event", "18_unknown_event"):
        assert (await house.post(fixture(name)))[0] == 200
    assert house.intake.calls == 0
    _, metrics = await house.get("/metrics")
    counted = 'otklik_unsupported_updates_total{channel="main",kind="chat_boost"} 2'
    assert counted in metrics


async def test_while_the_database_is_down_the_platform_is_asked_to_come_again(
    house: House,
) -> None:
    house.intake.down = True
    headers = {SECRET_HEADER: SECRET}
    for name in ("01_text_cyrillic", "20_malformed_types"):
        async with house.client.post(URL, json=fixture(name), headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    house.intake.down = False
    assert (await house.post(fixture("01_text_cyrillic")))[0] == 200
    assert len(house.intake.filed) == 1


async def test_an_update_that_cannot_be_filed_is_given_up_in_the_end(house: House) -> None:
    house.intake.broken = ZeroDivisionError("with the customer's words")
    statuses = [(await house.post(fixture("01_text_cyrillic")))[0] for _ in range(5)]
    assert statuses == [500, 500, 500, 500, 200]
    house.intake.broken = None
    assert (await house.post(fixture("05_button")))[0] == 200


async def test_only_durable_updates_are_told_on(house: House) -> None:
    house.intake.down = True
    await house.post(fixture("05_button"))
    assert house.intake.taken == []
    house.intake.down = False
    await house.post(fixture("05_button"))
    assert [(name, type(update).__name__) for name, update in house.intake.taken] == [
        ("main", "ButtonPressed")
    ]


async def test_a_handshake_is_answered_where_the_platform_has_one(house: House) -> None:
    assert await house.get("/webhooks/other?challenge=42") == (200, "42")
    assert (await house.get(URL))[0] == 405


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


async def test_logs_name_the_route_and_never_paths_headers_or_bodies(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.intake.broken = ZeroDivisionError("Забыла пароль")
    await house.post(fixture("01_text_cyrillic"), url=f"{URL}?key=CANARY")
    await house.post(b"CANARY", url="/webhooks/other")
    assert (await house.get("/broken/CANARY"))[0] == 500
    assert (await house.get("/CANARY"))[0] == 404
    assert "GET /broken/{token} 500" in caplog.text
    assert "GET unknown 404" in caplog.text
    assert not any(word in caplog.text for word in ("CANARY", SECRET, "Забыла"))


async def test_open_sockets_are_told_that_the_process_goes_away() -> None:
    intake = FakeIntake()
    app = application(
        ingresses={},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=Counters(),
    )
    app.router.add_get("/socket", _socket)
    async with ClientSession() as client:
        async with serving(app, "127.0.0.1", 0) as port:
            socket = await client.ws_connect(f"http://127.0.0.1:{port}/socket")
            closing = asyncio.create_task(socket.receive())
        message = await closing
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_request_under_way_is_finished_before_the_process_ends() -> None:
    intake = FakeIntake()
    intake.gate.clear()
    app = application(
        ingresses={"main": TelegramIngress(SECRET)},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=Counters(),
    )
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


async def test_a_request_may_have_an_answer_of_its_own(house: House) -> None:
    assert await house.post({}, "/webhooks/wordy") == (200, "code-7")
    assert house.intake.filed == []
    async with house.client.get("/metrics") as answer:
        assert 'unsupported_updates_total{channel="wordy",kind="poll"} 2' in await answer.text()


async def test_a_bad_part_of_a_batch_loses_none_of_the_good_ones(house: House) -> None:
    url = "/webhooks/batch"
    assert await house.post(["a", "b"], url) == (400, ""), "once more, please"
    assert [item.dedup_key for item in house.intake.filed] == ["good"]
    assert await house.post(["a", "b"], url) == (200, "ok"), "set aside"
    assert await house.post(["b"], url) == (200, "ok"), "known in whatever company"
    assert (await house.post(["a", "c"], url))[0] == 400
    assert len(house.intake.filed) == 1
    assert len(house.intake.samples) == 3


async def test_a_bad_part_waits_for_the_database_like_a_good_one(house: House) -> None:
    house.intake.down = True
    assert (await house.post(["a"], "/webhooks/batch"))[0] == 503
    house.intake.down = False
    assert (await house.post(["a"], "/webhooks/batch"))[0] == 400


class GreetingIngress(HandshakeIngress):
    """A channel whose platform takes the first message in the answer to its own request."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        started = Received(
            chat="7",
            sender=Sender(user="7"),
            update=CustomerStarted(),
            dedup_key=body.decode(),
            welcome=body != b"plain",
        )
        return Reception((started,))


async def test_a_greeting_travels_in_the_answer_once_the_update_is_stored() -> None:
    intake = FakeIntake()
    asked: list[tuple[str, str, bool]] = []

    async def greeting(name: str, received: Received, accepted: Accepted) -> Answer | None:
        asked.append((name, received.dedup_key, accepted.repeat))
        assert intake.filed, "it is durable by now"
        return None if received.dedup_key == "silent" else (200, "application/json", '"привет"')

    app = application(
        ingresses={"main": GreetingIngress()},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=Counters(),
        greeting=greeting,
    )
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(f"http://127.0.0.1:{port}", timeout=ClientTimeout(total=10)) as client,
    ):
        house = House(client, intake, app, {})
        assert await house.post(b"e1") == (200, '"привет"')
        assert await house.post(b"e1") == (200, '"привет"')
        assert await house.post(b"silent") == (200, "ok")
        assert await house.post(b"plain") == (200, "ok")
        intake.broken = RuntimeError("a bug")
        assert [(await house.post(b"broken"))[0] for _ in range(TRIES)] == [500] * 4 + [200]
    assert asked == [("main", "e1", False), ("main", "e1", True), ("main", "silent", False)]
