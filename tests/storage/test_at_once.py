"""Turns in the transaction that files their updates: durable together, and nothing is lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.effects import Call, Send, Write
from core.records import Author, Message
from core.state import Refusal, Turn
from core.store import Follower, Store, Turner
from core.store_values import ChatClaim, Claimed, Done
from core.updates import CallReturned, CustomerMessage
from tests.storage.at_once import Works, answer
from tests.storage.build import LEASE, NOW, done, later, only, sent, text, turn
from tests.storage.look import Look


@pytest.fixture
def works(store: Store) -> Works:
    made = Works()
    made.follow(store)
    return made


async def settle(store: Store, claim: ChatClaim) -> None:
    """All of it was sent."""
    assert await store.settle("w", claim, [sent(row) for row in claim.rows], True, NOW)


async def test_a_message_its_turn_and_its_answer_are_one_write(
    store: Store, works: Works, look: Look
) -> None:
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    assert (accepted.seq, accepted.repeat) == (1, False)
    assert [done.seq for done in works.turned] == [1]
    assert await store.outcome(accepted.dialog, 1) == (True, None)
    assert await look("SELECT text FROM message ORDER BY n") == [("привет",), ("ответ",)]
    assert works.letters() == ["ответ"]
    assert await store.claim("w2", later(999), 9, LEASE) == (), "nothing is left to be turned"
    assert await store.claim_chats("w2", NOW, 9, LEASE) == (), "its sender has it already"


async def test_one_message_after_the_other(store: Store, works: Works, look: Look) -> None:
    (first,) = await store.accept("tg", [text("раз")], NOW)
    await settle(store, works.chats.pop())
    (second,) = await store.accept("tg", [text("два")], later(1))
    assert (second.dialog, second.seq) == (first.dialog, 2)
    assert [done.epoch for done in works.turned] == [1, 2], "every turn is a lease of its own"
    said = await look("SELECT n, text FROM message ORDER BY n")
    assert said == [(1, "раз"), (2, "ответ"), (3, "два"), (4, "ответ")]
    assert works.letters() == ["ответ"]


async def test_two_messages_at_once_are_two_turns_in_order(
    store: Store, works: Works, look: Look
) -> None:
    both = await store.accept("tg", [text("раз"), text("два")], NOW)
    assert [one.seq for one in both] == [1, 2]
    assert [[seq for seq, _ in done.turns] for done in works.turned] == [[1, 2]]
    said = await look("SELECT text FROM message ORDER BY n")
    assert said == [("раз",), ("ответ",), ("два",), ("ответ",)]


async def test_what_is_saved_is_what_the_next_turn_finds_in_any_process(
    store: Store, works: Works, open_another: Callable[..., Any]
) -> None:
    works.make = lambda claimed: done(claimed, turn(claimed.dialog, topic="balance", secret=True))
    await store.accept("tg", [text("раз")], NOW)
    other = await open_another()
    elsewhere = Works(works.make)
    elsewhere.follow(other)
    await other.accept("tg", [text("два")], later(1))
    (seen,) = elsewhere.asked
    assert seen.dialog == works.turned[0].turns[-1][1].dialog
    assert (seen.epoch, seen.updates[0].seq) == (2, 2)
    await store.accept("tg", [text("три")], later(2))
    assert works.asked[-1].dialog == elsewhere.turned[0].turns[-1][1].dialog
    assert works.asked[-1].dialog.version == 2, "not what this process remembers"


async def test_what_cannot_be_turned_now_goes_to_whoever_turns_later(
    store: Store, works: Works
) -> None:
    works.make = lambda claimed: None
    await store.accept("tg", [text("привет")], NOW)
    (claimed,) = works.later
    assert [pending.seq for pending in claimed.updates] == [1]
    assert await store.claim("w2", NOW, 9, LEASE) == (), "it is under lease"
    assert await store.save("w", [answer(claimed)], NOW) == ()
    assert works.turned == []
    assert works.letters() == ["ответ"]


async def test_some_now_and_some_later(store: Store, works: Works) -> None:
    works.make = lambda claimed: answer(claimed) if claimed.dialog.chat == "1" else None
    await store.accept("tg", [text("a", chat="1"), text("b", chat="2")], NOW)
    assert [done.turns[0][1].dialog.chat for done in works.turned] == ["1"]
    assert [claimed.dialog.chat for claimed in works.later] == ["2"]


async def test_whom_nobody_has_room_for_waits_in_the_database(store: Store, works: Works) -> None:
    works.make = lambda claimed: None
    works.places = 0
    await store.accept("tg", [text("привет")], NOW)
    assert works.later == []
    assert (await only(store)).updates[0].seq == 1


async def test_an_answer_without_a_free_sender_waits_in_the_database(
    store: Store, works: Works
) -> None:
    works.places = 0
    (first,) = await store.accept("tg", [text("привет")], NOW)
    assert works.chats == []
    (chat,) = await store.claim_chats("w2", NOW, 9, LEASE)
    assert [row.content.text for row in chat.rows] == ["ответ"]
    (second,) = await store.accept("tg", [text("ещё")], NOW)
    assert (second.dialog, second.seq) == (first.dialog, 2), "the chat knows its dialog"


async def test_a_failed_turn_keeps_its_update_for_another_try(
    store: Store, works: Works, look: Look
) -> None:
    def fails(claimed: Claimed) -> Done:
        seq = claimed.updates[0].seq - 1
        return Done(
            dialog=claimed.dialog.id, epoch=claimed.epoch, seq=seq, error="boom", retry_at=later(5)
        )

    (accepted,) = await store.accept("tg", [text("раз")], NOW)
    await settle(store, works.chats.pop())
    works.make = fails
    await store.accept("tg", [text("два")], later(1))
    assert await store.claim("w2", later(4), 9, LEASE) == (), "not before its time"
    assert await store.outcome(accepted.dialog, 2) == (False, None)
    works.make = answer
    await store.accept("tg", [text("три")], later(2))
    assert len(works.asked) == 2, "a dialog that failed is not turned at once"
    claimed = await only(store, now=later(5))
    assert (claimed.tries, [p.seq for p in claimed.updates]) == (1, [2, 3])
    assert await look("SELECT error FROM dialog_run") == [("boom",)]


async def test_the_first_turn_of_a_person_may_fail(store: Store, works: Works) -> None:
    works.make = lambda claimed: Done(
        dialog=claimed.dialog.id, epoch=claimed.epoch, seq=0, error="boom", retry_at=later(5)
    )
    await store.accept("tg", [text("привет")], NOW)
    claimed = await only(store, now=later(6))
    assert (claimed.tries, [p.seq for p in claimed.updates]) == (1, [1])
    assert claimed.dialog.version == 0


async def test_turns_before_the_failing_one_count(store: Store, works: Works) -> None:
    def half(claimed: Claimed) -> Done:
        made = turn(claimed.dialog, heard="раз")
        return Done(
            dialog=claimed.dialog.id,
            epoch=claimed.epoch,
            seq=1,
            turns=((1, made),),
            error="boom",
            retry_at=later(5),
        )

    works.make = half
    await store.accept("tg", [text("раз"), text("два")], NOW)
    claimed = await only(store, now=later(6))
    assert [p.seq for p in claimed.updates] == [2]
    assert claimed.dialog.version == 1


async def test_rows_that_the_database_refuses_do_not_keep_it_from_the_message(
    store: Store, works: Works, look: Look
) -> None:
    def clashes(claimed: Claimed) -> Done:
        made = answer(claimed)
        seq, first = made.turns[0]
        author = Author(kind="customer", id="c")
        twice = Write(message=Message(n=1, at=NOW, author=author, text="ещё раз"))
        broken = replace(first, effects=(*first.effects, twice))
        return replace(made, turns=((seq, broken),))

    works.make = lambda claimed: (clashes if claimed.dialog.chat == "2" else answer)(claimed)
    (accepted,) = await store.accept("tg", [text("яд", chat="2")], NOW)
    assert accepted.seq == 1
    (claimed,) = works.later
    assert await store.save("w", [clashes(claimed)], NOW) == (accepted.dialog,)
    errors = await look("SELECT error FROM dialog_run")
    assert errors[0][0].startswith("store: ")
    (beside,) = await store.accept("tg", [text("привет", chat="1")], NOW)
    assert (beside.seq, len(works.turned)) == (1, 1), "nobody else is held up"


async def test_a_turner_that_breaks_keeps_no_message_from_being_filed(
    store: Store, works: Works
) -> None:
    def breaks(claimed: Claimed) -> Done:
        raise RuntimeError("the turner broke")

    works.make = lambda claimed: (breaks if claimed.dialog.chat == "2" else answer)(claimed)
    lots = [[text("раз", chat="1")], [text("яд", chat="2")], [text("два", chat="3")]]
    filed = await asyncio.gather(*(store.accept("tg", lot, NOW) for lot in lots))
    assert [one.seq for (one,) in filed] == [1, 1, 1]
    assert sorted(done.turns[0][1].dialog.chat for done in works.turned) == ["1", "3"]
    (claimed,) = works.later
    assert claimed.dialog.chat == "2"


async def test_a_refusal_is_written_with_its_update(store: Store, works: Works) -> None:
    refusal = Refusal(code="limit_reached", detail="5")
    works.make = lambda claimed: done(claimed, Turn(dialog=claimed.dialog, refusal=refusal))
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    assert await store.outcome(accepted.dialog, 1) == (True, refusal)


async def test_a_repeat_is_not_turned_again(store: Store, works: Works) -> None:
    message = text("привет")
    (first,) = await store.accept("tg", [message], NOW)
    (again,) = await store.accept("tg", [message], later(1))
    assert (again.dialog, again.seq, again.repeat) == (first.dialog, first.seq, True)
    assert len(works.turned) == 1


async def test_a_dialog_that_somebody_turns_is_left_to_them(store: Store, works: Works) -> None:
    works.make = lambda claimed: None
    await store.accept("tg", [text("раз")], NOW)
    works.make = answer
    await store.accept("tg", [text("два")], NOW)
    assert works.turned == []
    (claimed,) = works.later
    await store.save("w", [answer(claimed)], NOW)
    assert [p.seq for p in (await only(store)).updates] == [2]


async def test_an_answer_waits_for_the_one_before_it(store: Store, works: Works) -> None:
    await store.accept("tg", [text("раз")], NOW)
    (first,) = works.chats
    await store.accept("tg", [text("два")], NOW)
    assert len(works.turned) == 2
    assert works.chats == [first], "its sender is not done"
    await settle(store, first)
    (second,) = await store.claim_chats("w2", NOW, 9, LEASE)
    assert [row.content.text for row in second.rows] == ["ответ"]


async def test_letters_of_channels_that_others_serve_are_left_to_them(store: Store) -> None:
    works = Works()
    chats = Follower(
        "w", LEASE, lambda: 9, lambda claims, left: works.chats.extend(claims), ("vk",)
    )
    store.follow(turner=Turner(lambda: works._turn, works.turned.extend), chats=chats)
    await store.accept("tg", [text("привет")], NOW)
    assert works.chats == []
    (chat,) = await store.claim_chats("w2", NOW, 9, LEASE)
    assert chat.channel == "tg"


async def test_a_person_comes_back_into_a_new_dialog(
    store: Store, works: Works, look: Look
) -> None:
    works.make = lambda claimed: done(
        claimed, turn(claimed.dialog, state="closed", closed_at=NOW, said=("пока",))
    )
    (old,) = await store.accept("tg", [text("раз")], NOW)
    await settle(store, works.chats.pop())
    works.make = answer
    (new,) = await store.accept("tg", [text("два")], NOW + timedelta(days=3))
    assert (new.dialog != old.dialog, new.seq) == (True, 1)
    assert works.letters() == ["ответ"]
    rows = await look("SELECT dialog FROM chat_run")
    assert rows == [(new.dialog,)]
    closed = await look(
        "SELECT count(*) FROM dialog_run WHERE closed_at IS NOT NULL"
        " UNION ALL SELECT count(*) FROM dialog WHERE closed_at IS NOT NULL"
    )
    assert closed == [(1,), (1,)]


async def test_while_a_secret_is_asked_what_comes_is_sealed(
    store: Store, works: Works, look: Look
) -> None:
    works.make = lambda claimed: done(claimed, turn(claimed.dialog, secret=True))
    await store.accept("tg", [text("раз")], NOW)
    await store.accept("tg", [text("1234")], later(1))
    rows = await look('SELECT seq, sealed, payload FROM "update" ORDER BY seq')
    assert [(row[0], bool(row[1])) for row in rows] == [(1, False), (2, True)]
    assert b"1234" not in bytes(rows[1][2])


async def test_a_call_and_what_came_of_it(store: Store, works: Works, look: Look) -> None:
    def asks(claimed: Claimed) -> Done:
        wanted = Call(key=f"{claimed.dialog.id}:1:1", service="s", arguments={}, timeout=1)
        return done(claimed, turn(claimed.dialog, said=(), effects=[wanted]))

    works.make = asks
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    (job,) = works.calls
    works.make = lambda claimed: done(claimed, turn(claimed.dialog, said=("готово",)))
    result = CallReturned(key=job.key, result={"ok": True})
    filed = await store.finish_call("w", job, result, later(1))
    assert filed is not None
    assert (filed.dialog, filed.seq) == (accepted.dialog, 2)
    assert await store.outcome(accepted.dialog, 2) == (True, None)
    assert works.letters() == ["готово"]
    kept = await look("SELECT state, result FROM call")
    assert kept[0][0] == "done"
    assert b'"ok":true' in bytes(kept[0][1])
    assert await store.finish_call("w", job, result, later(2)) is None
    assert len(works.turned) == 2


async def test_an_operators_word_is_turned_at_once_too(store: Store, works: Works) -> None:
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    await settle(store, works.chats.pop())
    works.make = lambda claimed: done(claimed, turn(claimed.dialog, said=("от человека",)))
    word = CustomerMessage(text="x", platform_id="")
    filed = await store.append(accepted.dialog, word, later(1), "k1")
    assert await store.outcome(accepted.dialog, filed.seq) == (True, None)
    assert works.letters() == ["от человека"]
    again = await store.append(accepted.dialog, word, later(2), "k1")
    assert (again.seq, again.repeat) == (filed.seq, True)
    with pytest.raises(KeyError):
        await store.append("nowhere", word, later(2), "k2")


async def test_while_nobody_can_turn_everything_is_filed(store: Store) -> None:
    store.follow(turner=Turner(lambda: None, lambda done: None))
    await store.accept("tg", [text("привет")], NOW)
    assert (await only(store)).updates[0].seq == 1


async def test_a_letter_for_later_waits_for_its_time(store: Store, works: Works) -> None:
    def quiet(claimed: Claimed) -> Done:
        made = turn(claimed.dialog, said=("потом",))
        effects = tuple(
            replace(effect, not_before=later(60)) if isinstance(effect, Send) else effect
            for effect in made.effects
        )
        return done(claimed, replace(made, effects=effects))

    works.make = quiet
    await store.accept("tg", [text("привет")], NOW)
    assert works.chats == []
    assert await store.claim_chats("w2", later(59), 9, LEASE) == ()
    assert len(await store.claim_chats("w2", later(60), 9, LEASE)) == 1
