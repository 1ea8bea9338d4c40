"""From a turn to the customer's screen: order kept, nothing lost, repeats only where allowed."""

import random
from collections.abc import Sequence
from typing import get_args

import pytest

from core.channel import MessageClass, UnknownRule
from core.desk_values import ChannelState
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import House
from tests.fakes.platform import Fault

KINDS: Sequence[MessageClass] = get_args(MessageClass)


async def live(house: House, hours: float = 2) -> None:
    """Lets time go by in small steps."""
    for _ in range(int(hours * 60)):
        await house.wait(60)


@behaviour("send_text")
async def test_the_bot_answers_every_customer(house: House) -> None:
    for chat in house.double.chats:
        await house.post(house.double.text(chat, "меню"))
    await house.work()
    assert all(house.heard(chat) for chat in house.double.chats)
    assert set(house.states().values()) == {"sent"}


@behaviour("dedup")
async def test_an_event_repeated_a_day_later_changes_nothing(house: House) -> None:
    events = [house.double.text(house.chat, "меню"), house.double.press(house.chat, "oAAAAAAAAAA")]
    for event in events:
        await house.post(event)
        await house.work()
    heard = house.heard(house.chat)
    await house.wait(24 * 3600.0)
    await house.store.sweep(house.clock())
    for event in reversed(events):
        await house.post(event)
        await house.work()
    assert house.heard(house.chat) == heard


@behaviour("button_ack")
async def test_a_pressed_button_stops_spinning(house: House) -> None:
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    await house.post(house.double.press(house.chat, "oAAAAAAAAAA"))
    await house.work()
    assert house.double.acknowledged() == 1


@behaviour("options")
async def test_a_press_of_a_shown_button_leads_on(house: House) -> None:
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    *_, last = house.double.sent(house.chat)
    assert last.options, "the menu has buttons"
    shown = next(option for option in last.options if not option.url)
    await house.post(house.double.press(house.chat, shown.token or shown.label))
    await house.work()
    assert len(house.heard(house.chat)) > house.double.sent(house.chat).index(last) + 1


@behaviour("order")
async def test_messages_of_a_chat_arrive_in_order_whatever_goes_wrong(house: House) -> None:
    words = [f"слово {n}" for n in range(6)]
    house.double.fail("limit", "page", "limit", "limit")
    await house.say(house.chat, *words, kind="answer")
    await live(house)
    heard = house.heard(house.chat)
    assert list(dict.fromkeys(heard)) == words
    assert heard == sorted(heard)
    assert set(house.states().values()) == {"sent"}


@behaviour("rate_limit_hint")
async def test_the_chat_waits_exactly_as_long_as_the_platform_says(house: House) -> None:
    house.double.fail("limit_hint")
    await house.say(house.chat, "слово")
    await house.work()
    await house.wait(6.9)
    assert house.channel.calls == 1
    await house.wait(0.2)
    assert house.heard(house.chat) == ["слово"]


@behaviour("rate_limit_no_hint")
async def test_without_a_hint_the_pause_is_the_platforms_own(house: House) -> None:
    house.double.fail("limit", "limit")
    await house.say(house.chat, "слово")
    await house.work()
    await house.wait(0.5)
    assert house.channel.calls == 1
    await house.wait(house.can.rate_hint)
    assert house.channel.calls == 2
    assert house.heard(house.chat) == []
    await house.wait(max(house.can.rate_most, 2 * house.can.rate_hint))
    assert house.heard(house.chat) == ["слово"]


@behaviour("rate_limit_no_hint")
async def test_where_a_reply_ends_the_pause_the_answer_goes_at_once(house: House) -> None:
    house.double.fail("limit")
    await house.say(house.chat, "слово")
    await house.work()
    assert house.channel.calls == 1
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    assert ("слово" in house.heard(house.chat)) == house.can.reply_ends_limit
    await live(house)
    heard = house.heard(house.chat)
    assert heard[0] == "слово"
    assert len(heard) > 1
    assert set(house.states().values()) == {"sent"}


def copies_allowed(rule: UnknownRule) -> int:
    """How often a customer may see a message whose first sending nobody confirmed."""
    return 1 + (rule.times if rule.action == "resend" and not rule.same_key else 0)


@behaviour("delivery_unknown")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["timeout", "drop", "empty"])
async def test_a_message_taken_in_silence_is_settled_by_the_rule_of_its_class(
    house: House, kind: MessageClass, fault: Fault
) -> None:
    house.double.fail(fault)
    house.channel.hurry = fault == "timeout"
    await house.say(house.chat, "первое", "второе", kind=kind)
    await house.work()
    assert house.states()["первое"] == "unknown"
    await live(house)
    rule = house.can.unknown[kind]
    heard = house.heard(house.chat)
    assert heard == ["первое"] * heard.count("первое") + ["второе"]
    assert 1 <= heard.count("первое") <= copies_allowed(rule)
    states = house.states()
    assert states["второе"] == "sent"
    proven = rule.action == "resend" or rule.look
    assert states["первое"] in (("sent", "unknown") if proven else ("unknown",))
    if rule.action == "resend":
        assert states["первое"] == "sent"


@behaviour("delivery_unknown")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_lost_in_silence_is_never_called_sent(
    house: House, kind: MessageClass
) -> None:
    house.double.fail("page")
    await house.say(house.chat, "первое", "второе", kind=kind)
    await live(house)
    rule = house.can.unknown[kind]
    heard = house.heard(house.chat)
    assert heard == (["первое", "второе"] if rule.action == "resend" else ["второе"])
    assert house.states()["первое"] == ("sent" if rule.action == "resend" else "unknown")


@behaviour("delivery_unknown")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_that_never_passes_holds_up_its_chat_for_an_hour_at_most(
    house: House, kind: MessageClass
) -> None:
    house.channel.trouble = lambda letter: ["page"] if letter.content.text == "первое" else []
    await house.say(house.chat, "первое", "второе", kind=kind)
    await live(house, hours=1)
    assert house.heard(house.chat) == ["второе"]
    assert house.states() == {"первое": "unknown", "второе": "sent"}
    shown = "SELECT text, delivery FROM message WHERE direction = 'out'"
    assert dict(house.look(shown)) == {"первое": "unknown", "второе": "sent"}
    calls = house.channel.calls
    assert calls < 20, "the pauses grow"
    await live(house, hours=5)
    assert house.channel.calls == calls, "the rest is a person's to decide"


@behaviour("receipts")
@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_seen_of_others_words_proves_no_lost_message(
    house: House, kind: MessageClass
) -> None:
    await house.say(house.chat, "до того", kind=kind)
    await house.work()
    (before,) = house.double.sent(house.chat)
    house.double.fail("page")
    await house.say(house.chat, "первое", kind=kind)
    await house.work()
    assert house.states()["первое"] == "unknown"
    await house.post(house.double.receipt(before._replace(id="990077"), "seen"))
    await house.work()
    assert house.states()["первое"] == "unknown"
    await live(house)
    assert (house.states()["первое"] == "sent") == ("первое" in house.heard(house.chat))


@behaviour("echo")
@pytest.mark.parametrize("kind", KINDS)
async def test_what_others_write_in_our_name_proves_no_lost_message(
    house: House, kind: MessageClass
) -> None:
    house.double.fail("page")
    await house.say(house.chat, "первое", kind=kind)
    await house.work()
    await house.post(house.double.echo(house.chat, "Мы разобрались."))
    await house.work()
    assert house.states()["первое"] == "unknown"
    await live(house)
    assert (house.states()["первое"] == "sent") == ("первое" in house.heard(house.chat))


@behaviour("recipient_gone")
async def test_a_person_who_blocked_us_is_tried_once_and_then_left_alone(house: House) -> None:
    await house.say(house.chat, "первое", "второе", "третье")
    house.double.denied(house.chat)
    await live(house)
    assert house.heard(house.chat) == []
    assert house.channel.calls == 1
    assert list(house.states().values()) == ["failed", "cancelled", "cancelled"]
    neighbour = house.double.chats[1]
    await house.say(neighbour, "соседу")
    await house.work()
    assert house.heard(neighbour) == ["соседу"]


@behaviour("recipient_gone")
async def test_a_person_who_comes_back_is_answered_again(house: House) -> None:
    await house.say(house.chat, "первое")
    house.double.denied(house.chat)
    await house.work()
    back = house.double.allowed(house.chat)
    if back is not None:
        await house.post(back)
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    assert house.heard(house.chat)


@behaviour("allowed_denied")
async def test_what_waits_for_a_person_who_leaves_is_taken_back(house: House) -> None:
    house.double.fail("limit")
    await house.say(house.chat, "первое", "второе")
    await house.work()
    await house.post(house.double.denied(house.chat))
    await live(house)
    assert house.heard(house.chat) == []
    assert house.channel.calls == 1
    assert set(house.states().values()) == {"cancelled"}


@behaviour("allowed_denied")
async def test_to_a_person_who_left_nothing_is_sent_and_the_operator_sees_why(
    house: House,
) -> None:
    await house.say(house.chat, "первое")
    await house.work()
    await house.post(house.double.denied(house.chat))
    await house.work()
    await house.say(house.chat, "второе", "третье", kind="operator")
    await live(house)
    assert house.channel.calls == 1
    assert house.states() == {"первое": "sent", "второе": "failed", "третье": "failed"}
    shown = "SELECT text, delivery, error FROM message WHERE direction = 'out' ORDER BY n"
    assert house.look(shown)[-2:] == [
        ("второе", "failed", "blocked"),
        ("третье", "failed", "blocked"),
    ]
    await house.post(house.double.allowed(house.chat))
    await house.work()
    await house.say(house.chat, "четвёртое")
    await house.work()
    assert house.heard(house.chat)[-1] == "четвёртое"


@behaviour("errors_table")
async def test_a_refused_message_does_not_hold_up_the_next(house: House) -> None:
    house.double.fail("rejected")
    await house.say(house.chat, "первое")
    await house.say(house.chat, "второе")
    await house.work()
    assert house.heard(house.chat) == ["второе"]
    assert house.states() == {"первое": "failed", "второе": "sent"}


@behaviour("errors_table")
async def test_while_the_token_is_revoked_everything_waits(house: House) -> None:
    house.double.fail("auth")
    await house.say(house.chat, "первое", "второе")
    await house.work()
    await house.wait(299)
    assert house.channel.calls == 1
    assert set(house.states().values()) == {"new"}
    await house.wait(2)
    assert house.heard(house.chat) == ["первое", "второе"]


@behaviour("watchdog")
async def test_a_channel_that_refuses_to_send_is_told_of_until_it_sends_again(
    house: House,
) -> None:
    told: list[tuple[str, str]] = []

    async def fares(channel: str, found: ChannelState) -> None:
        told.append((channel, found.state))

    house.engine.delivery.fares = fares
    house.double.fail("auth")
    await house.say(house.chat, "первое", "второе")
    await house.work()
    assert told == [("main", "down")]
    await house.wait(301)
    assert house.heard(house.chat) == ["первое", "второе"]
    assert told == [("main", "down"), ("main", "ok")]


FAULTS: Sequence[Fault] = ("limit", "page", "garbage", "empty", "drop", "refuse", "auth")


@behaviour("fault_injection")
@pytest.mark.parametrize("seed", range(3))
async def test_random_faults_lose_nothing_silently_and_keep_the_order(
    house: House, seed: int
) -> None:
    rng = random.Random(seed)
    classes = dict(zip(house.double.chats, rng.sample(KINDS, 3), strict=True))
    for chat, kind in classes.items():
        await house.say(chat, *(f"{chat}: {n}" for n in range(6)), kind=kind)
    house.channel.trouble = lambda letter: rng.choices(FAULTS, k=rng.random() < 0.4)
    await live(house, hours=12)
    states = house.states()
    assert house.channel.calls > len(states), "the platform did misbehave"
    assert set(states.values()) <= {"sent", "unknown"}
    for chat, kind in classes.items():
        heard = house.heard(chat)
        assert heard == sorted(heard)
        allowed = copies_allowed(house.can.unknown[kind])
        assert all(heard.count(words) <= allowed for words in heard)
        silent = {words for words in states if words.startswith(chat)} - set(heard)
        assert all(states[words] == "unknown" for words in silent), "it is not called sent"
