"""The first answer to an update may travel another way; delivery never sends the same row."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.effects import Send
from core.store import Store
from core.store_values import Accepted, FirstAnswer, Welcome, welcome_mark
from core.updates import CustomerStarted, Received, Sender
from tests.storage.build import LEASE, NOW, done, later, only, sent, text, turn
from tests.storage.look import Look

STARTED = Received(
    chat="7",
    sender=Sender(user="u7", name="Анна"),
    update=CustomerStarted(),
    dedup_key="conversation_started:1:7",
    welcome=True,
)


def welcome_of(accepted: Accepted, received: Received = STARTED) -> Welcome:
    return Welcome(
        channel="tg",
        chat=received.chat,
        dialog=accepted.dialog,
        seq=accepted.seq,
        mark=welcome_mark(received),
    )


async def started(store: Store, seconds: float = 0) -> Welcome:
    """A person opened the chat."""
    (accepted,) = await store.accept("tg", [STARTED], later(seconds))
    return welcome_of(accepted)


async def greeted(store: Store, *said: str, seconds: float = 0, **how: Any) -> None:
    """The bot's turn."""
    claimed = await only(store, now=later(seconds))
    made = turn(claimed.dialog, heard="", said=said, now=later(seconds), **how)
    assert await store.save("w", [done(claimed, made)], later(seconds)) == ()


async def to_deliver(store: Store, seconds: float = 0, worker: str = "d") -> list[str]:
    """What delivery takes now."""
    chats = await store.claim_chats(worker, later(seconds), 9, LEASE)
    return [row.content.text for chat in chats for row in chat.rows]


async def given(store: Store, welcome: Welcome, found: FirstAnswer, seconds: float = 0) -> bool:
    """The answer is written down as given."""
    row = found.claim.rows[0]
    outcome = sent(row, platform_id=welcome.mark, at=later(seconds))
    return await store.settle_answer(welcome, found.claim, outcome, later(seconds))


async def expire(look: Look, url: str) -> None:
    """Whoever held the chat is dead, and its lease is over by the clock of the database too; on
    SQLite that is the clock of whoever asks."""
    if url.startswith("postgres"):
        await look("UPDATE chat_run SET lease_until = clock_timestamp() - interval '1 second'")


async def test_delivery_leaves_the_chat_alone_and_the_answer_is_given_once(
    store: Store, look: Look
) -> None:
    welcome = await started(store)
    assert (await store.first_answer(welcome, NOW)).state == "none"
    await greeted(store, "Здравствуйте!")
    assert await to_deliver(store) == []
    found = await store.first_answer(welcome, NOW)
    assert (found.state, found.claim.rows[0].content.text) == ("ready", "Здравствуйте!")
    assert await given(store, welcome, found)
    assert await to_deliver(store, 3600) == []
    assert await look("SELECT state, platform_id FROM outbox") == [("sent", welcome.mark)]
    assert await look("SELECT delivery FROM message WHERE direction = 'out'") == [("sent",)]


async def test_a_repeat_of_the_event_finds_the_same_answer(store: Store) -> None:
    welcome = await started(store)
    await greeted(store, "Здравствуйте!")
    first = await store.first_answer(welcome, NOW)
    assert await given(store, welcome, first)
    repeat = await started(store, 60)
    assert repeat == welcome
    again = await store.first_answer(repeat, later(60))
    assert again.state == "sent"
    assert again.claim.rows[0].content == first.claim.rows[0].content
    assert await store.settle_answer(repeat, again.claim, None, later(60))
    assert await to_deliver(store, 60) == []


async def test_when_nothing_came_in_time_delivery_goes_on(store: Store) -> None:
    welcome = await started(store)
    nothing = await store.first_answer(welcome, NOW)
    assert await store.settle_answer(welcome, nothing.claim, None, later(4))
    await greeted(store, "Здравствуйте!", seconds=5)
    assert await to_deliver(store, 5) == ["Здравствуйте!"]


async def test_a_turn_saved_just_before_the_end_of_waiting_is_delivered(store: Store) -> None:
    welcome = await started(store)
    nothing = await store.first_answer(welcome, NOW)
    await greeted(store, "Здравствуйте!", seconds=3.9)
    assert await to_deliver(store, 3.9) == []
    assert await store.settle_answer(welcome, nothing.claim, None, later(4))
    assert await to_deliver(store, 4) == ["Здравствуйте!"]


async def test_after_a_crash_delivery_takes_over_without_doubt(
    store: Store, look: Look, database_url: str, open_another: Callable[..., Any]
) -> None:
    welcome = await started(store)
    await greeted(store, "Здравствуйте!")
    late = await store.first_answer(welcome, NOW)
    await expire(look, database_url)
    other = await open_another()
    (chat,) = await other.claim_chats("d2", later(6), 9, LEASE)
    assert [row.unsure for row in chat.rows] == [False]
    assert not await given(store, welcome, late, 6), "the lease was lost: it must not be given"
    assert (await store.first_answer(welcome, later(6))).state == "none"
    assert await other.settle("d2", chat, [sent(chat.rows[0])], True, later(6))
    assert (await store.first_answer(welcome, later(7))).state == "over"


async def test_what_delivery_was_forbidden_to_send_is_given_to_the_repeat(
    store: Store, look: Look, database_url: str
) -> None:
    welcome = await started(store)
    await greeted(store, "Здравствуйте!")
    await expire(look, database_url)
    (chat,) = await store.claim_chats("d", later(6), 9, LEASE)
    refused = sent(chat.rows[0], state="failed", code="not_allowed", platform_id="")
    assert await store.settle("d", chat, [replace(refused, gone="not_allowed")], True, later(6))
    await started(store, 60)
    found = await store.first_answer(welcome, later(60))
    assert found.state == "ready"
    assert await given(store, welcome, found, 60)
    assert await look("SELECT state, code FROM outbox") == [("sent", "")]


async def test_of_two_requests_at_once_one_writes_and_both_have_the_same_answer(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    welcome, repeat = await started(store), await started(other)
    await greeted(store, "Здравствуйте!")
    first = await store.first_answer(welcome, NOW)
    second = await other.first_answer(repeat, NOW)
    assert not await given(store, welcome, first)
    assert await given(other, repeat, second)
    again = await store.first_answer(welcome, NOW)
    assert again.state == "sent"
    assert again.claim.rows[0].content == second.claim.rows[0].content


async def test_what_follows_the_answer_rests_until_the_persons_word(store: Store) -> None:
    welcome = await started(store)
    await greeted(store, "Здравствуйте!", "Вот меню.")
    assert await given(store, welcome, await store.first_answer(welcome, NOW))
    assert await to_deliver(store, 3600) == []
    await store.accept("tg", [text("привет")], later(3601))
    await greeted(store, "Слушаю.", seconds=3601)
    assert await to_deliver(store, 3601) == ["Вот меню.", "Слушаю."]


async def test_a_word_that_came_meanwhile_ends_the_rest(store: Store) -> None:
    welcome = await started(store)
    await greeted(store, "Здравствуйте!", "Вот меню.")
    found = await store.first_answer(welcome, NOW)
    await store.accept("tg", [text("привет")], later(1))
    await greeted(store, "Слушаю.", seconds=1)
    assert await to_deliver(store, 1) == []
    assert await given(store, welcome, found, 2)
    assert await to_deliver(store, 2) == ["Вот меню.", "Слушаю."]


async def test_a_sender_at_work_is_not_pushed_aside(store: Store) -> None:
    await store.accept("tg", [text("вопрос")], NOW)
    await greeted(store, "ответ")
    (chat,) = await store.claim_chats("d", NOW, 9, LEASE)
    welcome = await started(store, 1)
    await greeted(store, "Здравствуйте!", seconds=2)
    assert (await store.first_answer(welcome, later(2))).state == "none"
    assert await store.settle("d", chat, [sent(chat.rows[0])], True, later(2))
    found = await store.first_answer(welcome, later(2))
    assert (found.state, found.claim.rows[0].content.text) == ("ready", "Здравствуйте!")
    assert await to_deliver(store, 2) == []


async def test_a_row_on_its_way_when_its_sender_died_stays_in_doubt(
    store: Store, look: Look, database_url: str
) -> None:
    await store.accept("tg", [text("вопрос")], NOW)
    await greeted(store, "ответ")
    await store.claim_chats("dead", NOW, 9, LEASE)
    await expire(look, database_url)
    await started(store, 60)
    (chat,) = await store.claim_chats("d", later(60), 9, LEASE)
    assert [row.unsure for row in chat.rows] == [True]


async def test_a_row_that_waits_for_its_time_is_no_answer(store: Store) -> None:
    welcome = await started(store)
    late = Send(n=1, part=0, content=Outgoing(text="потом"), not_before=later(60))
    await greeted(store, effects=[late])
    assert (await store.first_answer(welcome, NOW)).state == "none"


@pytest.mark.parametrize("welcome", [True, False])
async def test_only_updates_that_ask_for_it_hold_their_chat(store: Store, welcome: bool) -> None:
    await store.accept("tg", [replace(STARTED, welcome=welcome)], NOW)
    await greeted(store, "Здравствуйте!")
    assert (await to_deliver(store) == []) is welcome
