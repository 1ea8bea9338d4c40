"""A company's own back office over HTTP, on a real server with real faults."""

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.backoffice import http, port
from core.backoffice.port import Backoffice
from core.errors import BackofficeError, Refused, Unavailable
from tests.core.backoffice.bench import Bench

#: Effects by what answers them, and their arguments; the codes are wrong.
_WITHOUT_BODY = {
    "send_code": ("77001234",),
    "check_code": ("77001234", "000000"),
    "send_phone_code": ("+79210005678",),
    "send_reset_link": ("77001234",),
}
_WITH_BODY = {"find_by_phone": ("+79210005678", "000000"), "promise_payment": ("77001234",)}
OPENAPI = json.loads(Path(http.__file__).with_name("openapi.json").read_text(encoding="utf-8"))


async def _effect(bench: Bench, name: str) -> object:
    return await getattr(bench.driver(), name)(*(_WITHOUT_BODY | _WITH_BODY)[name], key="a")


async def test_every_operation_works_over_http_and_is_in_the_description(bench: Bench) -> None:
    driver: Backoffice = bench.driver()
    account = await driver.find_account("77001234")
    assert account is not None
    assert account.tariff == "Город 100"
    assert await driver.find_account("99999999") is None
    assert (await driver.balance("77001234")).amount == Decimal("-350.50")
    assert (await driver.history("77001234", 2))[1].date == date(2026, 10, 1)
    assert await driver.outage("77001234") is None
    assert (await driver.tariffs("spb")).items[2].speed == 1000
    await driver.send_code("77001234", key="k1")
    await driver.check_code("77001234", "123456", key="k2")
    await driver.send_phone_code("+79210005678", key="k3")
    assert await driver.find_by_phone("+79210005678", "123456", key="k4") == "77004321"
    await driver.send_reset_link("77001234", key="k5")
    promise = await driver.promise_payment("77001234", key="k6")
    assert promise.until == date(2026, 11, 25)

    described = {
        (method.upper(), path, value["operationId"])
        for path, methods in OPENAPI["paths"].items()
        for method, value in methods.items()
    }
    assert {(asked.method, asked.template) for asked in bench.server.asked} == {
        (method, path) for method, path, _ in described
    }
    assert {name for _, _, name in described} == {
        name for name in vars(Backoffice) if not name.startswith("_")
    }
    keys = [asked.key for asked in bench.server.asked if asked.method == "POST"]
    assert keys == ["k1", "k2", "k3", "k4", "k5", "k6"]
    assert all(not asked.key for asked in bench.server.asked if asked.method == "GET")


@pytest.mark.parametrize(
    "shape",
    [
        port.Account,
        port.Balance,
        port.HistoryItem,
        port.Offer,
        port.Outage,
        port.PromisedPayment,
        port.Tariff,
    ],
)
def test_the_description_names_the_fields_of_the_port(shape: type) -> None:
    schema = OPENAPI["components"]["schemas"][shape.__name__]
    assert set(schema["properties"]) == {field.name for field in fields(shape)}


async def test_refusals_of_the_contract_keep_name_and_text(bench: Bench) -> None:
    driver = bench.driver()
    with pytest.raises(Refused, match="no_service"):
        await driver.tariffs("perm")
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", "1", key="a")
    with pytest.raises(Refused) as caught:
        await driver.promise_payment("77004321", key="b")
    assert caught.value.name == "not_allowed"
    assert "Долга" in caught.value.text


async def test_a_refusal_nobody_agreed_on_is_no_answer(bench: Bench) -> None:
    bench.server.faults.append("refuse:drop_table")
    with pytest.raises(Unavailable):
        await bench.driver().promise_payment("77001234", key="a")


async def test_line_ends_in_a_refusals_text_become_spaces(bench: Bench) -> None:
    bench.server.faults.append("refuse:not_allowed")
    with pytest.raises(Refused) as caught:
        await bench.driver().promise_payment("77001234", key="a")
    assert caught.value.text == "no  no"


@pytest.mark.parametrize("fault", ["status:503", "status:429", "status:408", "status:302"])
async def test_a_read_is_tried_again_with_jitter(bench: Bench, fault: str) -> None:
    bench.server.faults.extend([fault, fault])
    assert (await bench.driver(backoff=0.2).balance("77004321")).amount == 1200
    assert len(bench.time.pauses) == 2
    assert 0 <= bench.time.pauses[0] <= 0.2
    assert 0 <= bench.time.pauses[1] <= 0.4
    assert bench.time.pauses != [0.2, 0.4]


async def test_a_read_whose_connection_drops_is_tried_again(bench: Bench) -> None:
    bench.server.faults.append("drop")
    assert (await bench.driver().balance("77004321")).amount == 1200


async def test_a_read_that_stalls_is_cut_off_and_tried_again(bench: Bench) -> None:
    bench.server.faults.append("stall")
    assert (await bench.driver(timeout=1.0).balance("77004321")).amount == 1200


async def test_a_read_gives_up_after_its_attempts(bench: Bench) -> None:
    bench.server.faults.extend(["status:500"] * 5)
    with pytest.raises(Unavailable, match="status 500"):
        await bench.driver().balance("77004321")
    assert len(bench.server.asked) == 3


@pytest.mark.parametrize("fault", ["status:503", "stall", "drop", "html", "huge", "redirect"])
async def test_an_effect_is_never_tried_again(bench: Bench, fault: str) -> None:
    bench.server.faults.append(fault)
    with pytest.raises(Unavailable):
        await bench.driver(timeout=0.2).promise_payment("77001234", key="a")
    assert len(bench.server.asked) == 1
    assert bench.time.pauses == []


async def test_the_callers_own_repeat_of_a_key_has_one_effect(bench: Bench) -> None:
    driver = bench.driver()
    first = await driver.promise_payment("77001234", key="a")
    assert await driver.promise_payment("77001234", key="a") == first


@pytest.mark.parametrize(
    "lie",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"amount": "much", "blocked": false}',
        '{"amount": "NaN", "blocked": false}',
        '{"amount": 1e400, "blocked": false}',
        '{"amount": 99999999999, "blocked": false}',
        '{"amount": 1, "blocked": "no"}',
        '{"amount": 1, "blocked": false, "paid_until": "2026-13-01"}',
        '{"amount": 1, "blocked": false, "paid_until": "tomorrow"}',
        '{"amount": 1',
        "[" * 100_000,
    ],
    ids=lambda lie: lie[:40],
)
async def test_an_answer_of_another_shape_is_no_answer(bench: Bench, lie: str) -> None:
    bench.server.faults.append(f"lie:{lie}")
    with pytest.raises(Unavailable):
        await bench.driver().balance("77004321")


@pytest.mark.parametrize("status", [200, 404])
async def test_an_answer_that_is_not_utf_8_is_no_answer(bench: Bench, status: int) -> None:
    bench.server.faults.append(f"cp1251:{status}")
    with pytest.raises(Unavailable):
        await bench.driver().tariffs("spb")


@pytest.mark.parametrize(
    ("call", "lie"),
    [
        ("tariffs", '{"city_name": "x", "max_speed": 1, "url": "http://isp.example", "items": []}'),
        (
            "tariffs",
            '{"city_name": "x", "max_speed": 0, "url": "https://isp.example", "items": []}',
        ),
        ("tariffs", '{"city_name": "", "max_speed": 1, "url": "https://isp.example", "items": []}'),
        ("find_account", '{"account": "77004321"}'),
        ("outage", '{"outage": {"title": "x", "started_at": "2026-11-20T12:00:00"}}'),
    ],
)
async def test_a_well_formed_lie_is_no_answer(bench: Bench, call: str, lie: str) -> None:
    bench.server.faults.append(f"lie:{lie}")
    with pytest.raises(Unavailable):
        await getattr(bench.driver(), call)("77001234")


@pytest.mark.parametrize("name", [*_WITHOUT_BODY, *_WITH_BODY])
@pytest.mark.parametrize(
    "fault", ["html", "mild:wrong_code", "echo", "lie:{}", "lie:null", "lie:[]", 'lie:"77001234"']
)
async def test_a_success_that_says_something_else_is_no_answer_to_an_effect(
    bench: Bench, name: str, fault: str
) -> None:
    bench.server.faults.append(fault)
    with pytest.raises(Unavailable):
        await _effect(bench, name)
    assert len(bench.server.asked) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("name", _WITHOUT_BODY)
async def test_any_success_without_a_body_is_one(bench: Bench, name: str, status: int) -> None:
    bench.server.faults.append(f"bare:{status}")
    assert await _effect(bench, name) is None


@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize("name", _WITH_BODY)
async def test_no_body_where_one_is_described_is_no_answer(
    bench: Bench, name: str, status: int
) -> None:
    bench.server.faults.append(f"bare:{status}")
    with pytest.raises(Unavailable):
        await _effect(bench, name)


async def test_an_account_beside_an_error_is_nobodys(bench: Bench) -> None:
    bench.server.faults.append('lie:{"account": "77004321", "error": "wrong_code"}')
    with pytest.raises(Unavailable):
        await _effect(bench, "find_by_phone")
    bench.server.faults.append('lie:{"account": "77004321", "error": null}')
    assert await _effect(bench, "find_by_phone") == "77004321"


@pytest.mark.parametrize("account", ["", " ", "x" * 41])
async def test_no_account_is_no_owner(bench: Bench, account: str) -> None:
    bench.server.faults.append("lie:" + json.dumps({"account": account}))
    with pytest.raises(Unavailable):
        await bench.driver().find_by_phone("+79210005678", "123456", key="a")


async def test_a_refused_token_is_said_without_the_token(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable, match="token is refused"):
        await bench.driver(token="wr0ng-t0ken").balance("77004321")
    assert len(bench.server.asked) == 1
    assert "wr0ng-t0ken" not in caplog.text


async def test_nobody_there_is_unavailable_and_no_address_is_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable):
        await bench.driver(url="http://127.0.0.1:9/base").balance("77001234")
    assert "77001234" not in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    "account", ["..", ".", "", "a/../b", "a?b=c", "счёт 7", pytest.param("\ud800", id="surrogate")]
)
async def test_a_strange_account_never_reaches_another_path(bench: Bench, account: str) -> None:
    with pytest.raises(BackofficeError):
        await bench.driver().balance(account)
    assert {asked.template for asked in bench.server.asked} <= {"/accounts/{account}/balance"}
