"""What the outbox promises: order per chat, no doubt forgotten, no zombie heard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Media, Outgoing
from core.effects import Hasten, Reach, Send, Settle
from core.store import Store
from core.store_values import StoredAttachment
from tests.storage.build import HOUR, LEASE, NOW, answered, done, later, only, sent, text, turn
from tests.storage.look import Look
from tests.storage.sending import chat_of, nothing_to_send, speak


async def test_what_a_turn_said_is_sent_in_order_and_once(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два", "три"])
    chat = await chat_of(store)
    assert (chat.channel, chat.chat, chat.address) == ("tg", "7", "7")
    assert [row.content.text for row in chat.rows] == ["раз", "два", "три"]
    for row in chat.rows:
        last = row is chat.rows[-1]
        assert await store.settle("d", chat, [sent(row, at=later(row.n))], last, later(9))
    assert await nothing_to_send(store, 3600)
    lines = await look("SELECT n, delivery, platform_id FROM message WHERE direction = 'out'")
    assert sorted(lines) == [(2, "sent", "p1"), (3, "sent", "p2"), (4, "sent", "p3")]


async def test_a_leased_chat_has_one_sender(store: Store, open_another: Callable[..., Any]) -> None:
    other = await open_another()
    await answered(store)
    await chat_of(store)
    assert await other.claim_chats("d2", NOW, 9, LEASE) == ()


async def test_letters_of_a_channel_that_others_serve_are_left_to_them(
    store: Store, look: Look
) -> None:
    await answered(store)
    before = await look("SELECT * FROM chat_run")
    assert await store.claim_chats("d", NOW, 9, LEASE, ("vk", "max")) == ()
    assert await store.claim_chats("d", NOW, 9, LEASE, ()) == ()
    assert await look("SELECT * FROM chat_run") == before
    (chat,) = await store.claim_chats("d", NOW, 9, LEASE, ("vk", "tg"))
    assert chat.channel == "tg"


async def test_words_said_while_a_chat_is_being_served_follow(store: Store) -> None:
    await answered(store, said=["раз"])
    chat = await chat_of(store)
    await speak(store, "ещё", said=["два"])
    assert await nothing_to_send(store, 1)
    await store.settle("d", chat, [sent(chat.rows[0])], True, later(1))
    assert [row.content.text for row in (await chat_of(store, seconds=1)).rows] == ["два"]


async def test_a_row_that_waits_for_its_time_holds_up_those_behind_it(store: Store) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    wait = sent(chat.rows[0], state="new", not_before=later(30), platform_id="")
    await store.settle("d", chat, [wait], True, NOW)
    assert await nothing_to_send(store, 29)
    rows = (await chat_of(store, seconds=30)).rows
    assert [(row.content.text, row.tries, row.unsure) for row in rows] == [
        ("раз", 1, False),
        ("два", 0, False),
    ]


async def test_a_row_without_its_time_come_holds_up_nobody_else(store: Store) -> None:
    await answered(store)
    await store.accept("tg", [text("раз", chat="8")], NOW)
    claimed = await only(store)
    late = Send(n=3, part=0, content=Outgoing(text="потом"), not_before=later(60))
    await store.save("w", [done(claimed, turn(claimed.dialog, said=(), effects=[late]))], NOW)
    assert (await chat_of(store)).chat == "7"
    chats = await store.claim_chats("d", later(60), 9, LEASE)
    assert "8" in [chat.chat for chat in chats]


async def test_a_row_held_for_a_person_lets_others_pass(store: Store, look: Look) -> None:
    await answered(store, said=["раз"], kind="operator")
    await speak(store, "ещё", said=["два"])
    chat = await chat_of(store, seconds=1)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="", code="timeout")
    await store.settle("d", chat, [held], True, later(1))
    assert [row.content.text for row in (await chat_of(store, seconds=1)).rows] == ["два"]
    assert await look("SELECT delivery, error FROM message WHERE n = 2") == [("unknown", "timeout")]


async def test_a_chat_that_waits_for_a_person_alone_is_left_in_peace(
    store: Store, look: Look
) -> None:
    await answered(store, kind="operator")
    chat = await chat_of(store)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [held], True, NOW)
    assert await look("SELECT 1 FROM chat_run WHERE due_at IS NOT NULL") == []


async def test_an_unknown_row_comes_back_in_doubt_at_its_time(store: Store) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    doubt = sent(chat.rows[0], state="unknown", not_before=later(5), platform_id="")
    await store.settle("d", chat, [doubt], True, NOW)
    assert await nothing_to_send(store, 4)
    rows = (await chat_of(store, seconds=5)).rows
    assert [(row.content.text, row.unsure) for row in rows] == [("раз", True), ("два", False)]


async def test_the_row_in_flight_when_a_sender_died_comes_back_in_doubt(
    store: Store, open_another: Callable[..., Any]
) -> None:
    await answered(store, said=["раз", "два"])
    (dead,) = await store.claim_chats("dead", NOW, 9, timedelta(0))
    other = await open_another()
    (chat,) = await other.claim_chats("alive", NOW, 9, LEASE)
    assert [row.id for row in chat.rows] == [row.id for row in dead.rows]
    assert [row.unsure for row in chat.rows] == [True, False]
    zombie = await store.settle("dead", dead, [sent(dead.rows[0])], True, NOW)
    assert not zombie
    assert await other.settle("alive", chat, [sent(chat.rows[0])], False, NOW)


async def test_after_a_crash_the_first_row_not_settled_is_in_doubt(store: Store) -> None:
    await answered(store, said=["раз", "два", "три"])
    (dead,) = await store.claim_chats("dead", NOW, 9, timedelta(0))
    assert await store.settle("dead", dead, [sent(dead.rows[0])], False, NOW)
    rows = (await chat_of(store)).rows
    assert [(row.content.text, row.unsure) for row in rows] == [("два", True), ("три", False)]


async def test_a_release_gives_back_what_was_not_sent(store: Store) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    assert await store.settle("d", chat, [sent(chat.rows[0])], True, NOW)
    (row,) = (await chat_of(store)).rows
    assert (row.content.text, row.unsure) == ("два", False)


async def test_a_failed_part_cancels_the_rest_of_its_message_only(store: Store, look: Look) -> None:
    parts = [Send(n=2, part=part, content=Outgoing(text=f"ч{part}")) for part in (1, 2)]
    await answered(store, said=["ч0"], effects=parts)
    await speak(store, "ещё", said=["другое"])
    chat = await chat_of(store, seconds=1)
    failed = sent(chat.rows[1], state="failed", code="400", platform_id="")
    await store.settle("d", chat, [sent(chat.rows[0])], False, later(1))
    await store.settle("d", chat, [failed], True, later(1))
    assert [row.content.text for row in (await chat_of(store, seconds=1)).rows] == ["другое"]
    states = await look("SELECT part, state FROM outbox WHERE n = 2 ORDER BY part")
    assert states == [(0, "sent"), (1, "failed"), (2, "cancelled")]
    line = await look("SELECT delivery, error FROM message WHERE n = 2")
    assert line == [("failed", "400")]


async def test_a_line_is_sent_when_all_its_parts_are(store: Store, look: Look) -> None:
    await answered(store, effects=[Send(n=2, part=1, content=Outgoing(text="конец"))])
    chat = await chat_of(store)
    await store.settle("d", chat, [sent(chat.rows[0], at=later(1))], False, later(1))
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("new",)]
    await store.settle("d", chat, [sent(chat.rows[1], at=later(2))], True, later(2))
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("sent",)]


async def test_desks_hear_of_every_outcome(store: Store) -> None:
    dialog = await answered(store)
    chat = await chat_of(store)
    await store.settle("d", chat, [sent(chat.rows[0], at=later(3))], True, later(3))
    event = (await store.events(0, 9))[-1]
    assert (event.kind, event.dialog, event.first_n) == ("message_state", dialog.id, 2)
    assert event.at == later(3)


async def test_somebody_gone_gets_nothing_more(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    gone = sent(chat.rows[0], state="failed", code="blocked", gone="blocked", platform_id="")
    await store.settle("d", chat, [gone], True, NOW)
    assert await nothing_to_send(store, 3600)
    states = await look("SELECT state FROM outbox ORDER BY id")
    assert states == [("failed",), ("cancelled",)]
    assert await look("SELECT unreachable FROM chat_run") == [("blocked",)]
    await speak(store, "я вернулась", said=["рады"], effects=[Reach(reason="")])
    assert await look("SELECT unreachable FROM chat_run") == [("",)]
    assert (await chat_of(store, seconds=1)).rows[0].content.text == "рады"


async def test_a_turn_that_learns_of_it_cancels_what_was_pending(store: Store, look: Look) -> None:
    await answered(store, said=["раз"])
    await speak(store, "стоп", said=(), effects=[Reach(reason="blocked")])
    assert await nothing_to_send(store, 3600)
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("cancelled",)]


async def test_a_chat_is_written_to_where_its_platform_said(store: Store) -> None:
    received = [replace(text("вопрос"), address="7:700"), text("без адреса")]
    await store.accept("tg", received, NOW)
    (claimed,) = await store.claim("w", NOW, 8, LEASE)
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    assert (await chat_of(store)).address == "7:700"


async def test_a_moved_chat_is_served_at_its_new_address(store: Store) -> None:
    await answered(store)
    chat = await chat_of(store)
    moved = sent(chat.rows[0], state="new", address="-100", not_before=NOW, platform_id="")
    await store.settle("d", chat, [moved], True, NOW)
    again = await chat_of(store)
    assert (again.chat, again.address, len(again.rows)) == ("7", "-100", 1)


@pytest.mark.parametrize(("gone", "goes"), [("blocked", False), ("window_closed", True)])
async def test_what_is_said_to_somebody_who_cannot_be_reached_fails_at_once(
    store: Store, look: Look, gone: str, goes: bool
) -> None:
    await answered(store, said=["раз", "два"], kind="operator", gone=gone)
    assert await nothing_to_send(store) is not goes
    lines = await look("SELECT delivery, error FROM message WHERE direction = 'out'")
    rows = await look("SELECT state, code FROM outbox")
    assert lines == rows == [("new", "") if goes else ("failed", "blocked")] * 2


async def test_a_new_dialog_of_a_person_makes_the_chat_reachable_again(
    store: Store, look: Look
) -> None:
    gone = [Reach(reason="blocked")]
    await answered(store, said=(), effects=gone, state="closed", closed_at=NOW, gone="blocked")
    assert await look("SELECT unreachable FROM chat_run") == [("blocked",)]
    await store.accept("tg", [text("снова")], NOW + 25 * HOUR)
    assert await look("SELECT unreachable, unreachable_at FROM chat_run") == [("", None)]


async def test_what_waits_because_we_were_too_fast_goes_when_the_person_writes(
    store: Store,
) -> None:
    late = Send(n=3, part=0, content=Outgoing(text="потом"), not_before=later(60))
    await answered(store, said=["раз"], effects=[late])
    chat = await chat_of(store)
    wait = sent(chat.rows[0], state="new", tries=0, not_before=later(3600), platform_id="")
    await store.settle("d", chat, [wait], True, NOW)
    assert await nothing_to_send(store, 2)
    await speak(store, "да", said=(), seconds=3, effects=[Hasten()])
    rows = (await chat_of(store, seconds=3)).rows
    assert [row.content.text for row in rows] == ["раз"], "what waits on purpose waits on"


async def test_a_sender_who_goes_on_holds_the_chat_for_longer(store: Store) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    assert chat.until == NOW + LEASE
    near_the_end = NOW + LEASE - timedelta(seconds=1)
    assert await store.settle("d", chat, [sent(chat.rows[0])], False, near_the_end, LEASE)
    assert await store.claim_chats("e", NOW + 1.5 * LEASE, 9, LEASE) == ()
    assert await store.settle("d", chat, [sent(chat.rows[1])], True, NOW + 1.5 * LEASE)


async def test_an_operator_sends_a_doubtful_message_again(store: Store, look: Look) -> None:
    await answered(store, said=["раз"], kind="operator")
    chat = await chat_of(store)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [held], True, NOW)
    await speak(store, "?", said=(), effects=[Settle(n=2, resend=True)])
    (row,) = (await chat_of(store, seconds=1)).rows
    assert (row.content.text, row.unsure, row.tries) == ("раз", False, 0)
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("new",)]


async def test_what_is_sent_again_while_its_chat_is_at_work_is_not_forgotten(store: Store) -> None:
    await answered(store, said=["раз"], kind="operator")
    chat = await chat_of(store)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [held], True, NOW)
    await speak(store, "ещё", said=["два"])
    at_work = await chat_of(store, seconds=2)
    await speak(store, "?", seconds=3, said=(), effects=[Settle(n=2, resend=True)])
    await store.settle("d", at_work, [sent(at_work.rows[0])], True, later(4))
    (row,) = (await chat_of(store, seconds=4)).rows
    assert row.content.text == "раз"


async def test_an_operator_knows_that_a_doubtful_message_arrived(store: Store, look: Look) -> None:
    await answered(store, said=["раз"], kind="operator")
    chat = await chat_of(store)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [held], True, NOW)
    await speak(store, "вижу", said=(), effects=[Settle(n=2, resend=False)])
    assert await nothing_to_send(store, 3600)
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("sent",)]


async def test_files_come_with_their_place_and_what_the_platform_knows(store: Store) -> None:
    picture = StoredAttachment(
        id="a1", sha256="0" * 64, media_type="image/png", size=7, name="p.png", storage_key="00/a1"
    )
    await store.put_attachment(picture, NOW)
    content = Outgoing(media=(Media(kind="image", attachment="a1"),))
    await answered(store, said=(), effects=[Send(n=2, part=0, content=content)])
    chat = await chat_of(store)
    file = chat.rows[0].files["a1"]
    assert (file.path, file.mime, file.size, file.platform_file) == ("00/a1", "image/png", 7, "")
    told = sent(chat.rows[0], files={"a1": "AgAC"})
    await store.settle("d", chat, [told], True, NOW)
    await speak(store, "ещё", said=(), effects=[Send(n=9, part=0, content=content)])
    (row,) = (await chat_of(store, seconds=1)).rows
    assert (row.files["a1"].platform_file, row.files["a1"].kept_at) == ("AgAC", told.at)
    assert await store.attachment("a1") == picture
    assert await store.attachment("nothing") is None


async def test_an_hour_of_silence_leaves_nothing_to_send(store: Store) -> None:
    assert await store.claim_chats("d", NOW + HOUR, 9, LEASE) == ()
