"""Sending through the Graph API: one request, its answer or the error it stands for."""

from pathlib import Path

import pytest

from bots.messenger.channel import MessengerChannel
from core.channel import Tried
from core.content import Option
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots import letters
from tests.bots.messenger.conftest import (
    CHAT,
    NOW,
    PICTURE,
    MakeChannel,
    letter,
    stored,
)
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.messenger import FakeMessenger


async def test_a_text_arrives_and_its_id_comes_back(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    sent = await channel.send(letter(options=(Option(key="a", label="Да", token="o1"),)))
    (entry,) = messenger.sent(CHAT)
    assert sent.platform_id == entry.id == "m_1"
    assert entry.body["messaging_type"] == "RESPONSE"
    assert entry.message["metadata"] == "42", "our row, by which the echo is known"
    assert entry.message["attachment"]["payload"]["text"] == "Здравствуйте!"


@pytest.mark.parametrize(
    ("human_agent", "kind", "reason"),
    [
        (True, "operator", {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (True, "answer", {"messaging_type": "RESPONSE"}),
        (True, "notice", {"messaging_type": "RESPONSE"}),
        (True, "secret", {"messaging_type": "RESPONSE"}),
        (False, "operator", {"messaging_type": "RESPONSE"}),
    ],
)
async def test_only_a_human_with_the_right_to_it_may_answer_within_seven_days(
    make_channel: MakeChannel,
    messenger: FakeMessenger,
    human_agent: bool,
    kind: str,
    reason: dict[str, str],
) -> None:
    await make_channel(human_agent=human_agent).send(letter(kind=kind))
    body = messenger.sent()[0].body
    assert {key: body[key] for key in ("messaging_type", "tag") if key in body} == reason


async def test_a_day_after_the_persons_words_the_window_is_closed_for_all_but_humans(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    channel = make_channel(human_agent=True)
    messenger.silent.add(CHAT)
    with pytest.raises(RecipientGone) as caught:
        await channel.send(letter())
    assert caught.value.reason == "window_closed"
    await channel.send(letter(kind="operator"))
    assert len(messenger.sent()) == 1


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        (double.error(400, 613), RateLimited, 0),
        (faults.PAGE, DeliveryUnknown, 0),
        (faults.GARBAGE, DeliveryUnknown, 1),
        (faults.EMPTY, DeliveryUnknown, 1),
        (faults.DROP, DeliveryUnknown, 1),
        (faults.REFUSE, DeliveryUnknown, 0),
        (double.error(500, 2), DeliveryUnknown, 0),
        (double.error(400, 1, 1357046), DeliveryUnknown, 0),
        (double.error(400, 551, 1545041), RecipientGone, 0),
        (double.error(400, 100, 2018001), RecipientGone, 0),
        (double.error(403, 10, 2018278), RecipientGone, 0),
        (double.error(400, 100), MessageRejected, 0),
        (double.error(400, 190), ChannelUnavailable, 0),
        (double.error(403, 10, 1893063), ChannelUnavailable, 0),
    ],
)
@pytest.mark.parametrize("with_file", [False, True])
async def test_every_fault_becomes_the_error_it_stands_for_after_one_request(
    channel: MessengerChannel,
    messenger: FakeMessenger,
    tmp_path: Path,
    fault: faults.Fault,
    error: type[ChannelError],
    accepted: int,
    with_file: bool,
) -> None:
    written = letter("", {"a1": stored(tmp_path)}, **PICTURE) if with_file else letter()
    made = await letters.check_error(channel, messenger, fault, error, written)
    assert made == ["message"]
    assert len(messenger.sent()) == accepted


async def test_silence_after_taking_a_message_proves_nothing(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(faults.TIMEOUT)
    with pytest.raises(DeliveryUnknown, match="timeout"):
        await make_channel(timeout=0.3).send(letter())
    assert messenger.calls == ["message"]
    assert len(messenger.sent()) == 1


async def test_a_hint_of_the_platform_is_passed_on(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(double.LIMIT, double.LIMIT_HINT)
    with pytest.raises(RateLimited) as bare:
        await channel.send(letter())
    with pytest.raises(RateLimited) as hinted:
        await channel.send(letter())
    assert (hinted.value.retry_after, hinted.value.scope) == (7.0, "channel")
    assert bare.value.retry_after is None
    assert (channel.capabilities.rate_hint, channel.capabilities.rate_most) == (60.0, 3600.0)


async def test_two_passing_faults_in_a_row_for_one_chat_stop_repeats_there(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    """Code 2 is also how Facebook tells of a person who blocked the page."""

    async def repeats(chat: str = CHAT) -> bool:
        with pytest.raises(DeliveryUnknown) as caught:
            await channel.send(letter(chat=chat))
        return caught.value.repeat

    messenger.fail(*[double.error(500, 2)] * 4)
    assert await repeats() is True
    assert await repeats("5") is True, "another chat"
    assert [await repeats(), await repeats()] == [False, False]
    await channel.send(letter())
    messenger.fail(double.error(500, 2))
    assert await repeats() is True, "it was a fault, and it passed"
    messenger.fail(faults.PAGE, double.error(400, 551))
    assert await repeats() is True, "pages of a proxy say nothing of the person"
    with pytest.raises(RecipientGone):
        await channel.send(letter())
    messenger.fail(double.error(500, 2))
    assert await repeats() is True


async def test_a_slow_answer_within_the_timeout_is_a_success(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(faults.SLOW)
    messenger.release.set()
    assert (await channel.send(letter())).platform_id == "m_1"


async def test_an_upload_to_nobody_proves_that_nothing_was_sent(
    make_channel: MakeChannel, tmp_path: Path
) -> None:
    channel = make_channel(api_url="http://127.0.0.1:9")
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(letter("", {"a1": stored(tmp_path)}, **PICTURE))
    assert caught.value.reason == "network"


async def test_what_messenger_has_not_makes_no_call(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.acknowledge("c1")
    await channel.retire_options(CHAT, "m_1")
    # asked after the ten seconds that the rules leave for the echo
    await channel.find_sent(Tried(letter(), NOW))
    assert messenger.calls == []


async def test_typing_is_shown(channel: MessengerChannel, messenger: FakeMessenger) -> None:
    await channel.typing(CHAT)
    assert messenger.ledger[0].body == {"recipient": {"id": CHAT}, "sender_action": "typing_on"}


async def test_no_log_line_and_no_error_holds_the_token(
    make_channel: MakeChannel, messenger: FakeMessenger, caplog: pytest.LogCaptureFixture
) -> None:
    channel = make_channel(timeout=0.2)
    nobody = make_channel(api_url="http://127.0.0.1:9")
    broken = make_channel(api_url="http://127.0.0.1:99999")
    messenger.fail(faults.PAGE, faults.DROP, faults.GARBAGE, faults.TIMEOUT, double.error(400, 4))
    await letters.check_silence(caplog, letter(), *[channel] * 6, nobody, broken)
