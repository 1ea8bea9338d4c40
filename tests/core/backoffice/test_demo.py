"""The embedded back office: its data, its codes, its keys."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

from core.backoffice.demo import DemoBackoffice, month_start, shipped_data
from core.backoffice.port import Backoffice, Outage
from core.errors import Refused, Unavailable
from tests.fakes.clock import Clock

SEEDED = Random  # a test replays from its seed
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def demo(clock: Clock | None = None, fixed_code: str = "") -> DemoBackoffice:
    ids = iter(range(1000))
    return DemoBackoffice(
        clock=clock or Clock(NOW),
        rng=SEEDED(7),
        new_id=lambda: f"id{next(ids)}",
        fixed_code=fixed_code,
    )


async def test_the_demo_is_a_back_office() -> None:
    driver: Backoffice = demo()
    account = await driver.find_account("77001234")
    assert account is not None
    assert account.blocked
    assert account.phone == "+7 *** ***-12-34"
    assert await driver.find_account("99999999") is None


async def test_accounts_are_those_of_the_design() -> None:
    driver = demo()
    debt = await driver.balance("77001234")
    paid = await driver.balance("77004321")
    assert (debt.amount, debt.blocked) == (Decimal("-350.50"), True)
    assert (paid.amount, paid.blocked) == (Decimal("1200.00"), False)
    assert paid.paid_until == date(2026, 12, 1)


async def test_petersburg_has_a_gigabit_and_an_https_address() -> None:
    offer = await demo().tariffs("spb")
    assert offer.max_speed == 1000
    assert offer.url == "https://isp.example/spb"
    assert offer.max_speed == max(item.speed for item in offer.items)


@pytest.mark.parametrize("city", ["moscow", "kazan"])
async def test_the_other_cities_top_speed_is_sold_there(city: str) -> None:
    offer = await demo().tariffs(city)
    assert offer.max_speed == max(item.speed for item in offer.items)


async def test_a_city_without_network_is_refused_by_name() -> None:
    with pytest.raises(Refused) as caught:
        await demo().tariffs("perm")
    assert caught.value.name == "no_service"


async def test_a_code_is_six_digits_and_good_once() -> None:
    driver = demo()
    await driver.send_code("77001234", key="a")
    (sms,) = driver.codes()
    assert len(sms.text) == 6
    assert sms.text.isdigit()
    assert sms.phone == "+79210001234"
    await driver.check_code("77001234", sms.text, key="b")
    assert driver.codes() == ()
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", sms.text, key="c")


async def test_a_code_expires() -> None:
    clock = Clock(NOW)
    driver = demo(clock, fixed_code="123456")
    await driver.send_code("77001234", key="a")
    clock.now += timedelta(minutes=10)
    assert driver.codes() == ()
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", "123456", key="b")


async def test_a_newer_code_replaces_the_older_one() -> None:
    driver = demo()
    await driver.send_code("77001234", key="a")
    old = driver.codes()[0].text
    await driver.send_code("77001234", key="b")
    assert driver.codes()[0].text != old
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", old, key="c")


async def test_a_code_of_one_account_opens_no_other() -> None:
    driver = demo()
    await driver.send_code("77001234", key="a")
    (sms,) = driver.codes()
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77004321", sms.text, key="b")


async def test_the_fixed_code_of_an_earlier_process_is_good_and_once() -> None:
    driver = demo(fixed_code="123456")
    await driver.check_code("77001234", "123456", key="a")
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", "123456", key="b")
    assert await driver.find_by_phone("+79210005678", "123456", key="c") == "77004321"
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77004321", "654321", key="d")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "000000",
        "１２３４５６",
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("1" * 10_000, id="long"),
    ],
)
async def test_unknown_and_known_accounts_answer_alike(code: str) -> None:
    driver = demo()
    answers = []
    for number, account in enumerate(("77001234", "99999999")):
        await driver.send_code(account, key=f"s{number}")
        with pytest.raises(Refused) as caught:
            await driver.check_code(account, code, key=f"c{number}")
        answers.append((caught.value.name, caught.value.text))
    assert answers[0] == answers[1] == ("wrong_code", "")


async def test_an_unknown_account_can_never_be_verified_even_with_the_fixed_code() -> None:
    driver = demo(fixed_code="123456")
    await driver.send_code("99999999", key="a")
    for code in ("123456", "------"):
        with pytest.raises(Refused, match="wrong_code"):
            await driver.check_code("99999999", code, key=code)


async def test_the_owner_of_a_phone_is_found_by_its_code() -> None:
    driver = demo(fixed_code="123456")
    await driver.send_phone_code("+79210005678", key="a")
    assert await driver.find_by_phone("+79210005678", "123456", key="b") == "77004321"
    await driver.send_phone_code("+79990000000", key="c")
    with pytest.raises(Refused, match="wrong_code"):
        await driver.find_by_phone("+79990000000", "123456", key="d")


async def test_a_repeated_key_has_its_effect_once_and_the_same_answer() -> None:
    driver = demo(fixed_code="123456")
    await driver.send_code("77001234", key="a")
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", "000000", key="b")
    with pytest.raises(Refused, match="wrong_code"):
        await driver.check_code("77001234", "123456", key="b")
    await driver.check_code("77001234", "123456", key="c")
    await driver.check_code("77001234", "123456", key="c")
    await driver.send_reset_link("77001234", key="d")
    await driver.send_reset_link("77001234", key="d")
    assert len(driver.links()) == 1
    promise = await driver.promise_payment("77001234", key="e")
    assert await driver.promise_payment("77001234", key="e") == promise


async def test_a_promised_payment_switches_the_service_on_until_its_day() -> None:
    clock = Clock(NOW)
    driver = demo(clock)
    promise = await driver.promise_payment("77001234", key="a")
    assert (promise.until, promise.amount) == (date(2026, 11, 25), Decimal("350.50"))
    assert not (await driver.balance("77001234")).blocked
    with pytest.raises(Refused, match="not_allowed") as caught:
        await driver.promise_payment("77001234", key="b")
    assert caught.value.text
    clock.now += timedelta(days=6)
    assert (await driver.balance("77001234")).blocked


async def test_without_a_debt_there_is_nothing_to_promise() -> None:
    with pytest.raises(Refused, match="not_allowed"):
        await demo().promise_payment("77004321", key="a")


async def test_history_is_the_months_asked_for_newest_first() -> None:
    items = await demo().history("77001234", 3)
    assert [item.date for item in items] == [
        date(2026, 11, 1),
        date(2026, 10, 1),
        date(2026, 9, 1),
    ]
    assert await demo().history("77001234", -5) == ()


async def test_an_account_nobody_has_is_unavailable_to_protected_reads() -> None:
    with pytest.raises(Unavailable):
        await demo().balance("99999999")


async def test_an_outage_of_the_data_is_told() -> None:
    data = shipped_data()
    outage = Outage(title="Обрыв кабеля", started_at=NOW)
    hit = replace(data.accounts[0], outage=outage)
    driver = DemoBackoffice(
        clock=Clock(NOW), rng=SEEDED(1), new_id=str, data=replace(data, accounts=(hit,))
    )
    assert await driver.outage("77001234") == outage
    assert await demo().outage("77001234") is None


async def test_codes_are_logged_as_demo_lines(caplog: pytest.LogCaptureFixture) -> None:
    driver = demo(fixed_code="123456")
    with caplog.at_level("INFO"):
        await driver.send_code("77001234", key="a")
        await driver.send_code("99999999", key="b")
    (record,) = caplog.records
    assert record.getMessage() == "demo: code 123456 sent to +79210001234"


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 1)),
        (date(2026, 3, 15), 0, date(2026, 3, 1)),
    ],
)
def test_months_are_counted_over_the_year(day: date, months: int, expected: date) -> None:
    assert month_start(day, months) == expected
