"""Webhooks: verified, stored, and only then answered; nothing bad holds up the rest."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.telegram.ingress import SECRET_HEADER, TelegramIngress
from config import logs
from core.errors import ConfigError
from core.updates import CustomerMessage
from tests.bots import webhooks
from tests.bots.telegram.conftest import SECRET, fixture
from tests.bots.webhooks import URL, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with webhooks.opened() as made:
        yield made


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


async def test_a_body_over_the_limit_that_comes_again_and_again_is_given_up(house: House) -> None:
    large = b"x" * (1024 * 1024 + 1)
    for _ in range(9):
        assert (await house.post(large, **{SECRET_HEADER: "wrong"}))[0] == 413
    statuses = [(await house.post(large))[0] for _ in range(5)]
    assert statuses == [413, 413, 413, 413, 200]
    assert list(house.intake.samples.values()) == ["1048577 bytes, not read"]
    assert (await house.post(large + b"x"))[0] == 413, "another one"
    assert house.intake.calls == 1, "to set it aside"


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


_HOST = b" HTTP/1.1\r\nHost: x\r\n"
#: What a server cannot read, or reads when nobody wants it any more, with a secret in it.
UNREADABLE = {
    "letters in a path": "GET /media/CANARY/файл.png HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a long path": b"GET /" + b"CANARY" * 2000 + _HOST + b"\r\n",
    "a long cookie": b"GET /"
    + _HOST
    + b"Cookie: __Host-otklik=CANARY; "
    + b"x=; " * 3000
    + b"\r\n\r\n",
    "a zero in a header": b"GET /" + _HOST + b"X-CANARY: CANARY\x00\r\n\r\n",
    "a length that is none": b"POST /" + _HOST + b"Content-Length: CANARY\r\n\r\n",
    "a piece that is none": b"POST /" + _HOST + b"Transfer-Encoding: chunked\r\n\r\nCANARY\r\n",
    "a body that is no gzip": b"POST /webhooks/main"
    + _HOST
    + b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\nCANARY",
    "no HTTP": b"CANARY \x16\x03 /\r\n\r\n",
    "nonsense behind a request": b"GET /" + _HOST + b"\r\nCANARY nonsense\r\n\r\n",
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_a_server_cannot_read_is_a_line_without_what_it_was(
    house: House, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, root = io.StringIO(), logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    monkeypatch.setattr(root, "level", root.level)
    logs.set_up("text", out)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(raw)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert not any(word in out.getvalue() for word in ("CANARY", "Traceback", "ERROR"))
