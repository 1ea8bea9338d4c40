"""Messenger's webhook: its signature covers raw bytes, its batches are filed before the answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from msgspec.structs import replace

from bots.messenger.ingress import MessengerIngress
from bots.web import application, serving
from core.counters import Counters
from core.errors import ConfigError
from core.updates import CustomerMessage, Received
from tests.bots.messenger.conftest import APP_SECRET, FIXTURES, PAGE, VERIFY_TOKEN, fixture
from tests.fakes.intake import FakeIntake
from tests.fakes.messenger import SIGNATURE_HEADER, body_of, signature

URL = "/webhooks/page"
GOOD = (200, "EVENT_RECEIVED")


class House(NamedTuple):
    """A running application with one page."""

    client: ClientSession
    intake: FakeIntake
    counters: Counters

    async def post(self, body: object, signed: str | None = None) -> tuple[int, str]:
        """POSTs with the right signature unless told otherwise; status and text."""
        raw = body if isinstance(body, bytes) else body_of(body)
        header = signature(APP_SECRET, raw) if signed is None else signed
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: header}
        async with self.client.post(URL, data=raw, headers=headers) as answer:
            return answer.status, await answer.text()

    def words(self) -> list[str]:
        """Texts that were filed."""
        filed = self.intake.updates
        return [update.text for update in filed if isinstance(update, CustomerMessage)]

    async def get(self, **query: str) -> tuple[int, str, str]:
        params = {key.replace("_", ".", 1): value for key, value in query.items()}
        async with self.client.get(URL, params=params) as answer:
            return answer.status, answer.content_type, await answer.text()


async def named(received: Sequence[Received]) -> list[Received]:
    """Everybody is called Anna."""
    return [replace(item, sender=replace(item.sender, name="Анна")) for item in received]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    intake, counters = FakeIntake(), Counters()
    ingress = MessengerIngress(
        app_secret=APP_SECRET, verify_token=VERIFY_TOKEN, page_id=PAGE, named=named
    )
    app: web.Application = application(
        ingresses={"page": ingress},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=counters,
    )
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(f"http://127.0.0.1:{port}", timeout=ClientTimeout(total=10)) as client,
    ):
        yield House(client, intake, counters)


async def test_a_signed_text_is_filed_and_answered(house: House) -> None:
    body = fixture("01_text_cyrillic")
    assert rb"\u0417" in body_of(body), "signed as it is sent, escaped"
    assert await house.post(body) == GOOD
    assert [type(update) for update in house.intake.updates] == [CustomerMessage]
    assert [item.sender.name for item in house.intake.filed] == ["Анна"]


async def test_bytes_that_a_parser_would_write_otherwise_keep_their_signature(house: House) -> None:
    raw = (FIXTURES / "04_text_hostile.json").read_bytes()
    assert json.dumps(json.loads(raw)).encode() != raw
    assert await house.post(raw) == GOOD


async def test_a_signature_in_capitals_is_the_same_signature(house: House) -> None:
    raw = body_of(fixture("01_text_cyrillic"))
    assert await house.post(raw, signature(APP_SECRET, raw).upper()) == GOOD


RIGHT = signature(APP_SECRET, body_of(fixture("01_text_cyrillic")))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "sha256=",
        RIGHT.removeprefix("sha256="),
        RIGHT.replace("sha256", "sha1"),
        RIGHT[:-1],
        RIGHT + "0",
        signature("another-app", body_of(fixture("01_text_cyrillic"))),
        "sha256=подпись",
        "ÿ" * 71,
    ],
)
async def test_a_forged_signature_touches_nothing(house: House, forged: str) -> None:
    assert (await house.post(fixture("01_text_cyrillic"), forged))[0] == 401
    assert house.intake.calls == 0


async def test_a_missing_signature_touches_nothing(house: House) -> None:
    async with house.client.post(URL, data=body_of(fixture("01_text_cyrillic"))) as answer:
        assert answer.status == 401
    assert house.intake.calls == 0


async def test_a_changed_body_is_no_longer_signed(house: House) -> None:
    raw = body_of(fixture("01_text_cyrillic"))
    assert (await house.post(raw + b" ", signature(APP_SECRET, raw)))[0] == 401
    assert house.intake.calls == 0


async def test_the_body_of_another_page_is_refused(house: House) -> None:
    assert (await house.post(fixture("another_page")))[0] == 401
    assert house.intake.calls == 0


async def test_our_part_of_a_batch_is_taken_and_that_of_another_page_is_not(house: House) -> None:
    assert await house.post(fixture("batch_with_another_page")) == GOOD
    assert house.words() == ["наше"]
    counted = 'otklik_unsupported_updates_total{channel="page",kind="other_page"} 1'
    assert counted in house.counters.text()


async def test_a_batch_is_filed_whole_before_it_is_answered(house: House) -> None:
    house.intake.gate.clear()
    answer = asyncio.create_task(house.post(fixture("batch_of_three")))
    await house.intake.asked.wait()
    assert not answer.done()
    house.intake.gate.set()
    assert await answer == GOOD
    assert [item.dedup_key.partition(":")[0] for item in house.intake.filed] == [
        "m",
        "m",
        "rd",
        "m",
    ]
    assert house.intake.calls == 1, "one transaction"


async def test_a_repeated_batch_is_answered_alike_and_has_no_second_effect(house: House) -> None:
    answers = [await house.post(fixture("batch_of_three")) for _ in range(3)]
    assert answers == [GOOD] * 3
    assert len(house.intake.filed) == 4


async def test_a_poisoned_part_loses_none_of_its_batch(house: House) -> None:
    """Refused once, so that a fault of ours may be mended; set aside when it comes again."""
    body = fixture("batch_with_poison")
    assert (await house.post(body))[0] == 400
    assert house.words() == ["до", "после"]
    body["entry"][0]["messaging"].reverse()
    assert await house.post(body) == GOOD, "other bytes, the same bad part"
    assert len(house.intake.filed) == 2
    assert "4276" not in "".join(house.intake.samples.values())


@pytest.mark.parametrize(
    "name", ["20_malformed_array", "20_malformed_no_entry", "20_malformed_no_chat"]
)
async def test_poison_is_refused_once_and_then_set_aside(house: House, name: str) -> None:
    assert (await house.post(fixture(name)))[0] == 400
    assert await house.post(fixture(name)) == GOOD
    assert house.intake.filed == []


async def test_events_without_meaning_are_counted_and_answered(house: House) -> None:
    assert await house.post(fixture("standby")) == GOOD
    assert await house.post(fixture("18_unknown_object")) == GOOD
    text = house.counters.text()
    assert 'otklik_unsupported_updates_total{channel="page",kind="standby"} 2' in text
    assert 'otklik_unsupported_updates_total{channel="page",kind="object.instagram"} 1' in text


async def test_while_the_database_is_down_the_platform_is_asked_to_come_again(
    house: House,
) -> None:
    house.intake.down = True
    assert (await house.post(fixture("batch_of_three")))[0] == 503
    house.intake.down = False
    assert await house.post(fixture("batch_of_three")) == GOOD
    assert len(house.intake.filed) == 4


async def test_the_owner_of_the_app_is_told_that_the_address_is_ours(house: House) -> None:
    asked = {"hub_mode": "subscribe", "hub_verify_token": VERIFY_TOKEN, "hub_challenge": "1158201"}
    assert await house.get(**asked) == (200, "text/plain", "1158201")


@pytest.mark.parametrize(
    "change",
    [
        {"hub_verify_token": "wrong"},
        {"hub_verify_token": ""},
        {"hub_verify_token": "пароль"},
        {"hub_mode": "unsubscribe"},
    ],
)
async def test_a_handshake_with_another_word_is_refused(
    house: House, change: dict[str, str]
) -> None:
    asked = {"hub_mode": "subscribe", "hub_verify_token": VERIFY_TOKEN, "hub_challenge": "1158201"}
    assert await house.get(**{**asked, **change}) == (403, "text/plain", "")
    assert (await house.get())[0] == 403


@pytest.mark.parametrize("empty", ["app_secret", "verify_token"])
def test_an_empty_secret_is_refused_at_start(empty: str) -> None:
    given: dict[str, Any] = {"app_secret": "a", "verify_token": "b", "page_id": PAGE, empty: ""}
    given["named"] = named
    with pytest.raises(ConfigError, match=empty):
        MessengerIngress(**given)
