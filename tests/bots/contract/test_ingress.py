"""The way in: nobody but the platform is believed, nothing is lost, nothing is taken twice."""

import asyncio
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from bots.transport import Transport
from core.errors import ConfigError
from core.updates import CustomerMessage
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import Door, settings_of, way_of
from tests.bots.contract.platforms import DOUBLES, double_of
from tests.fakes.clock import Clock
from tests.fakes.platform import Event, Forgery, PlatformDouble
from tests.storage.build import NOW

_GUESSES: tuple[Forgery, ...] = ("missing", "wrong")


@behaviour("verify")
async def test_a_forged_event_is_refused_and_touches_nothing(door: Door) -> None:
    event = door.double.text(door.chat, "меню")
    forged = [made for how in _GUESSES if (made := door.double.forged(event, how))]
    assert forged
    for one in forged:
        assert (await door.post(one)).status == 401
    assert door.intake.calls == 0
    await door.taken(event)
    assert len(door.intake.filed) == 1


@behaviour("verify")
async def test_an_event_of_another_platform_is_refused(door: Door) -> None:
    for name in DOUBLES:
        if name != door.double.platform:
            async with double_of(name) as stranger:
                event = stranger.text(stranger.chats[0], "меню")
                assert (await door.post(event)).status in (400, 401), name
    assert door.intake.filed == []


@behaviour("verify_nonascii")
async def test_a_signature_of_strange_letters_is_refused_like_any_other(door: Door) -> None:
    event = door.double.text(door.chat, "меню")
    assert (await door.post(door.double.forged(event, "nonascii"))).status == 401
    assert door.intake.calls == 0


@behaviour("empty_secret_refused")
async def test_an_empty_secret_stops_the_start(platform: str) -> None:
    async with double_of(platform) as double:
        own = settings_of(double)
        secrets = [key for key, value in own if isinstance(value, SecretStr)]
        assert secrets
        for key in secrets:
            with pytest.raises((ConfigError, ValueError)):
                await _opened_with(double, key, "")


async def _opened_with(double: PlatformDouble, key: str, value: str) -> None:
    transport = Transport()
    try:
        way_of(double, transport, Clock(NOW), "http://127.0.0.1:1", **{key: value})
    finally:
        await transport.close()


@behaviour("store_before_answer")
async def test_an_event_is_stored_before_it_is_answered(door: Door) -> None:
    door.intake.gate.clear()
    answer = asyncio.create_task(door.post(door.double.text(door.chat, "меню")))
    await door.intake.asked.wait()
    assert not answer.done()
    door.intake.gate.set()
    assert (await answer).status == 200
    assert len(door.intake.filed) == 1


@behaviour("exact_answer")
async def test_the_platform_hears_exactly_what_it_takes_for_received(door: Door) -> None:
    assert await door.post(door.double.text(door.chat, "меню")) == door.double.answer
    assert await door.post(door.double.press(door.chat, "o0123456789")) == door.double.answer
    assert await door.post(door.double.unknown()) == door.double.answer


Maker = Callable[[PlatformDouble, str], Event | None]
EVENTS: dict[str, Maker] = {
    "text": lambda double, chat: double.text(chat, "меню"),
    "press": lambda double, chat: double.press(chat, "o0123456789"),
    "picture": lambda double, chat: double.picture(chat, b"\x89PNG", "вот"),
    "start": lambda double, chat: double.start(chat, "tariffs"),
    "contact": lambda double, chat: double.contact(chat, "+79210001234", own=True),
    "edited": lambda double, chat: double.edited(chat, "меню!"),
    "deleted": lambda double, chat: double.deleted(chat),
    "denied": lambda double, chat: double.denied(chat),
    "allowed": lambda double, chat: double.allowed(chat),
}


@behaviour("dedup")
async def test_a_repeat_of_any_event_is_answered_alike_and_changes_nothing(door: Door) -> None:
    await door.taken(door.double.text(door.chat, "то, что правят и удаляют"))
    for name, make in EVENTS.items():
        event = make(door.double, door.chat)
        if event is None:
            continue
        first = await door.post(event)
        filed = len(door.intake.filed)
        assert await door.post(event) == first, name
        assert len(door.intake.filed) == filed, name
    words = [text.text for text in door.intake.updates if isinstance(text, CustomerMessage)]
    assert words.count("меню") == 1


@behaviour("dedup")
async def test_the_same_words_said_again_are_no_repeat(door: Door) -> None:
    for _ in range(3):
        await door.taken(door.double.text(door.chat, "да"))
        await door.taken(door.double.press(door.chat, "o0123456789"))
    assert len(door.intake.filed) == 6


@behaviour("parallel_duplicates")
async def test_repeats_at_the_same_moment_have_one_effect(door: Door) -> None:
    event = door.double.text(door.chat, "меню")
    answers = await door.double.deliver(door.address.webhook, event, times=8)
    assert answers == [door.double.answer] * 8
    assert len(door.intake.filed) == 1


@behaviour("order")
async def test_events_are_filed_in_the_order_of_arrival(door: Door) -> None:
    words = [f"слово {n}" for n in range(6)]
    for word in words:
        await door.taken(door.double.text(door.chat, word))
    filed = door.intake.filed
    assert [item.update.text for item in filed if isinstance(item.update, CustomerMessage)] == words
    assert {item.chat for item in filed} == {door.chat}
    orders = [item.order_key for item in filed]
    assert orders == sorted(orders)


@behaviour("poison_body")
async def test_what_cannot_be_read_is_refused_once_and_then_set_aside(door: Door) -> None:
    for event in door.double.malformed():
        assert (await door.post(event)).status == 400, event.body
        assert (await door.post(event)).status == 200, event.body
    assert door.intake.filed == []
    await door.taken(door.double.text(door.chat, "меню"))
    assert len(door.intake.filed) == 1


@behaviour("db_down_503")
async def test_while_nothing_can_be_stored_the_platform_is_asked_to_come_again(door: Door) -> None:
    door.intake.down = True
    event = door.double.text(door.chat, "меню")
    assert (await door.post(event)).status == 503
    assert (await door.post(door.double.malformed()[0])).status == 503
    door.intake.down = False
    assert await door.post(event) == door.double.answer
    assert len(door.intake.filed) == 1


@behaviour("wrong_channel_body")
async def test_an_event_of_another_account_is_refused(door: Door) -> None:
    event = door.double.forged(door.double.text(door.chat, "меню"), "other_account")
    assert (await door.post(event)).status in (400, 401)
    assert door.intake.filed == []


@behaviour("handshake")
async def test_the_address_is_proven_to_the_platform(door: Door) -> None:
    assert await door.double.handshake(door.address.webhook) is True
    assert door.intake.filed == []
