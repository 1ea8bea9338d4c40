"""What claim and save promise: leases, epochs, order, isolation, crashes."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.effects import CancelTimer, Grant, Label, Remember, Send, StartTimer, Write
from core.records import Author, Message
from core.scenario.model import Level
from core.state import Turn
from core.store import Store
from core.store_values import Done
from core.updates import TimerFired
from handlers.dispatch import levels
from tests.storage.build import (
    HOUR,
    LEASE,
    NOW,
    answered,
    done,
    later,
    only,
    sent,
    text,
    turn,
)
from tests.storage.look import Look

DAY = timedelta(days=1)


async def test_a_saved_turn_is_what_the_next_claim_finds(store: Store) -> None:
    dialog = await answered(store, topic="balance", result="solved", secret=True)
    await store.accept("tg", [text("дальше")], later(1))
    claimed = await only(store, now=later(1))
    assert claimed.dialog == dialog
    assert [pending.seq for pending in claimed.updates] == [2]


async def test_nothing_is_ready_when_everything_was_turned(store: Store) -> None:
    await answered(store)
    assert await store.claim("w", later(3600), 64, LEASE) == ()


async def test_a_dialog_woken_for_nothing_goes_back_to_sleep(store: Store, look: Look) -> None:
    await answered(store)
    await look("UPDATE dialog_run SET due_at = (SELECT opened_at FROM dialog)")
    assert await store.claim("w", NOW, 64, LEASE) == ()
    asleep = await look("SELECT 1 FROM dialog_run WHERE due_at IS NULL AND owner IS NULL")
    assert asleep == [(1,)]


async def test_the_oldest_due_dialogs_are_claimed_first(store: Store) -> None:
    for number in (3, 1, 2):
        await store.accept("tg", [text("x", chat=str(number))], later(number))
    claimed = await store.claim("w", later(9), 2, LEASE)
    assert [item.dialog.chat for item in claimed] == ["1", "2"]


async def test_a_leased_dialog_is_nobody_elses(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    await store.accept("tg", [text("раз")], NOW)
    await only(store)
    assert await other.claim("w2", NOW, 64, LEASE) == ()


async def test_updates_that_come_during_a_turn_wake_the_dialog_at_its_release(
    store: Store,
) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    await store.accept("tg", [text("два")], NOW)
    assert await store.claim("w2", NOW, 64, LEASE) == ()
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    assert [p.seq for p in (await only(store)).updates] == [2]


async def test_an_expired_lease_is_taken_over_and_its_late_owner_changes_nothing(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    await store.accept("tg", [text("раз")], NOW)
    (slow,) = await store.claim("slow", NOW, 64, timedelta(0))
    (quick,) = await other.claim("quick", NOW, 64, LEASE)
    assert quick.epoch > slow.epoch
    assert quick.updates == slow.updates
    late = turn(slow.dialog, said=["от зомби"])
    assert await store.save("slow", [done(slow, late)], NOW) == (slow.dialog.id,)
    made = turn(quick.dialog, said=["верно"])
    assert await other.save("quick", [done(quick, made)], NOW) == ()
    (chat,) = await store.claim_chats("d", NOW, 9, LEASE)
    assert [row.content.text for row in chat.rows] == ["верно"]


async def test_a_worker_that_lost_its_epoch_cannot_save_even_under_its_own_name(
    store: Store,
) -> None:
    await store.accept("tg", [text("раз")], NOW)
    (first,) = await store.claim("w", NOW, 64, timedelta(0))
    (second,) = await store.claim("w", NOW, 64, LEASE)
    assert await store.save("w", [done(first, turn(first.dialog))], NOW) == (first.dialog.id,)
    assert await store.save("w", [done(second, turn(second.dialog))], NOW) == ()


async def test_a_turn_is_saved_once(store: Store) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    made = done(claimed, turn(claimed.dialog))
    assert await store.save("w", [made], NOW) == ()
    assert await store.save("w", [made], NOW) == (claimed.dialog.id,)
    (chat,) = await store.claim_chats("d", NOW, 9, LEASE)
    assert len(chat.rows) == 1


async def test_a_failed_turn_is_tried_again_at_its_time_and_counted(store: Store) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    failed = Done(
        dialog=claimed.dialog.id, epoch=claimed.epoch, seq=0, error="boom", retry_at=later(30)
    )
    await store.save("w", [failed], NOW)
    assert await store.claim("w", later(29), 64, LEASE) == ()
    again = await only(store, now=later(30))
    assert (again.tries, [p.seq for p in again.updates]) == (1, [1])


async def test_a_new_word_does_not_hurry_a_failing_dialog(store: Store) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    failed = Done(
        dialog=claimed.dialog.id, epoch=claimed.epoch, seq=0, error="boom", retry_at=later(30)
    )
    await store.save("w", [failed], NOW)
    await store.accept("tg", [text("два")], later(1))
    assert await store.claim("w", later(2), 64, LEASE) == ()


async def test_a_parked_dialog_sleeps_until_the_customer_writes(store: Store) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    parked = Done(
        dialog=claimed.dialog.id, epoch=claimed.epoch, seq=0, error="boom", parked="poison"
    )
    await store.save("w", [parked], NOW)
    assert await store.claim("w", NOW + 48 * HOUR, 64, LEASE) == ()
    await store.accept("tg", [text("два")], later(60))
    assert [p.seq for p in (await only(store, now=later(60))).updates] == [1, 2]


async def test_turns_before_a_failing_one_are_kept(store: Store) -> None:
    await store.accept("tg", [text("раз"), text("два")], NOW)
    claimed = await only(store)
    first = turn(claimed.dialog)
    half = done(claimed, first, seq=1, turns=((1, first),), error="boom", retry_at=later(5))
    await store.save("w", [half], NOW)
    again = await only(store, now=later(5))
    assert again.dialog == first.dialog
    assert (again.tries, [p.seq for p in again.updates]) == (1, [2])


async def test_rows_the_database_refuses_spoil_only_their_own_dialog(store: Store) -> None:
    for chat in ("1", "2", "3"):
        await store.accept("tg", [text("раз", chat=chat)], NOW)
    claimed = await store.claim("w", NOW, 64, LEASE)
    batch = []
    for item in claimed:
        made = turn(item.dialog)
        if item.dialog.chat == "2":
            twice = Write(message=Message(n=1, at=NOW, author=Author(kind="bot"), text="снова"))
            made = Turn(dialog=made.dialog, effects=(*made.effects, twice))
        batch.append(done(item, made))
    bad = next(item.dialog.id for item in claimed if item.dialog.chat == "2")
    assert await store.save("w", batch, NOW) == (bad,)
    chats = await store.claim_chats("d", NOW, 9, LEASE)
    assert sorted(chat.chat for chat in chats) == ["1", "3"]
    again = await only(store, now=later(31))
    assert (again.dialog.id, again.tries, again.dialog.version) == (bad, 1, 0)


async def test_a_fault_of_ours_spoils_only_its_own_dialog_and_is_told_as_what_it_is(
    store: Store, look: Look, caplog: pytest.LogCaptureFixture
) -> None:
    for chat in ("1", "2", "3"):
        await store.accept("tg", [text("раз", chat=chat)], NOW)
    claimed = await store.claim("w", NOW, 64, LEASE)
    batch = []
    for item in claimed:
        made = turn(item.dialog)
        if item.dialog.chat == "2":
            timeless = Grant(account="1", level="linked", until=None)  # type: ignore[arg-type]  # the fault
            made = Turn(dialog=made.dialog, effects=(*made.effects, timeless))
        batch.append(done(item, made))
    bad = next(item.dialog.id for item in claimed if item.dialog.chat == "2")
    assert await store.save("w", batch, NOW) == (bad,)
    chats = await store.claim_chats("d", NOW, 9, LEASE)
    assert sorted(chat.chat for chat in chats) == ["1", "3"]
    assert "TypeError" in caplog.text
    reasons = await look("SELECT error FROM dialog_run WHERE tries > 0")
    assert reasons == [("store: TypeError",)]


async def test_timers_fire_once_when_due(store: Store) -> None:
    dialog = await answered(store, timer=later(60))
    assert await store.fire_timers(later(59), 100) == 0
    assert await store.fire_timers(later(60), 100) == 1
    assert await store.fire_timers(later(61), 100) == 0
    claimed = await only(store, now=later(61))
    assert [p.update for p in claimed.updates] == [TimerFired(kind="silence", gen=1)]
    assert claimed.dialog.id == dialog.id


async def test_a_restarted_timer_fires_with_its_new_generation_only(store: Store) -> None:
    await answered(store, timer=later(60))
    await store.accept("tg", [text("ещё")], later(10))
    claimed = await only(store, now=later(10))
    made = turn(claimed.dialog, timer=later(90))
    await store.save("w", [done(claimed, made)], later(10))
    assert await store.fire_timers(later(60), 100) == 0
    assert await store.fire_timers(later(90), 100) == 1
    claimed = await only(store, now=later(90))
    assert [p.update for p in claimed.updates] == [TimerFired(kind="silence", gen=2)]


async def test_a_cancelled_timer_never_fires(store: Store) -> None:
    await answered(store, timer=later(60))
    await store.accept("tg", [text("ещё")], later(10))
    claimed = await only(store, now=later(10))
    made = turn(claimed.dialog, effects=[CancelTimer(timer="silence")])
    await store.save("w", [done(claimed, made)], later(10))
    assert await store.fire_timers(NOW + HOUR, 100) == 0


async def test_of_one_batch_the_last_word_on_a_timer_counts(store: Store) -> None:
    await store.accept("tg", [text("раз"), text("два")], NOW)
    claimed = await only(store)
    one = turn(claimed.dialog, effects=[CancelTimer(timer="silence")])
    start = StartTimer(timer="silence", gen=7, due_at=later(5))
    two = turn(one.dialog, effects=[start])
    await store.save("w", [done(claimed, one, two)], NOW)
    assert await store.fire_timers(later(5), 100) == 1


async def test_timers_of_a_leased_dialog_are_told_after_its_turn(store: Store) -> None:
    await answered(store, timer=later(60))
    await store.accept("tg", [text("ещё")], later(60))
    claimed = await only(store, now=later(60))
    await store.fire_timers(later(60), 100)
    await store.save("w", [done(claimed, turn(claimed.dialog))], later(61))
    await store.fire_timers(later(61), 100)
    again = await only(store, now=later(61))
    assert [p.update for p in again.updates] == [TimerFired(kind="silence", gen=1)]


async def test_levels_and_memory_belong_to_the_identity_until_they_end(store: Store) -> None:
    await answered(
        store,
        state="closed",
        closed_at=NOW,
        effects=[
            Grant(account="77001234", level="linked", until=NOW + HOUR),
            Remember(slot="city", value={"id": "spb"}, until=NOW + 2 * HOUR),
            Label(text="где деньги", scenario="balance"),
        ],
    )
    await store.accept("tg", [text("а")], later(1))
    first = await only(store, now=later(1))
    assert first.grants == {"77001234": ("linked", NOW + HOUR)}
    assert first.remembered == {"city": {"id": "spb"}}
    await store.save("w", [done(first)], later(1))
    await store.accept("tg", [text("б")], later(3601))
    second = await only(store, now=later(3601))
    assert second.grants == {}
    assert second.remembered == {"city": {"id": "spb"}}


async def test_an_ended_code_leaves_the_account_linked_for_a_year(store: Store, look: Look) -> None:
    proved = Grant(account="77001234", level="verified", until=NOW + 30 * DAY)
    await answered(store, state="closed", closed_at=NOW, effects=[proved])
    year = timedelta(days=365)

    async def grants(now: datetime, words: str) -> Mapping[str, tuple[Level, datetime]]:
        await store.accept("tg", [text(words)], now)
        claimed = await only(store, now=now)
        await store.save("w", [done(claimed)], now)
        return claimed.grants

    now = NOW + 31 * DAY
    before = await grants(now, "а")
    assert before == {"77001234": ("verified", NOW + 30 * DAY)}
    assert levels(before, now) == {"77001234": "linked"}, "the sweep did not come yet"
    while await store.sweep(now):
        pass
    after = await grants(now, "б")
    assert after == {"77001234": ("linked", NOW + 30 * DAY + year)}, "as the desk shows it"
    assert levels(after, now) == {"77001234": "linked"}
    now = NOW + 31 * DAY + year
    assert await grants(now, "в") == {}
    while await store.sweep(now):
        pass
    assert await look('SELECT * FROM "grant"') == []


async def test_a_later_grant_replaces_the_earlier(store: Store) -> None:
    grants = [
        Grant(account="1", level="linked", until=NOW + HOUR),
        Grant(account="1", level="verified", until=NOW + 2 * HOUR),
    ]
    await answered(store, effects=grants)
    await store.accept("tg", [text("а")], later(1))
    claimed = await only(store, now=later(1))
    assert claimed.grants == {"1": ("verified", NOW + 2 * HOUR)}


async def test_the_transcript_and_the_lists_follow_the_turn(store: Store, look: Look) -> None:
    dialog = await answered(store, "где мой баланс?", said=["Триста рублей."], topic="balance")
    messages = await look(
        "SELECT n, direction, author_kind, text, delivery FROM message ORDER BY n"
    )
    assert messages == [
        (1, "in", "customer", "вопрос", "none"),
        (2, "out", "bot", "Триста рублей.", "new"),
    ]
    row = await look(
        "SELECT id, state, version, last_n, topic, preview_text, preview_author FROM dialog"
    )
    assert row == [(dialog.id, "bot", 1, 2, "balance", "Триста рублей.", "bot")]


async def test_one_desk_event_per_turn_tells_where_to_resume(store: Store) -> None:
    dialog = await answered(store)
    (event,) = await store.events(0, 100)
    assert (event.topic, event.dialog, event.version) == ("dialog", dialog.id, 1)
    assert (event.kind, event.first_n, event.at) == ("changed", 1, NOW)
    assert await store.events(event.id, 100) == ()


async def test_saves_of_many_workers_at_once_lose_nothing(
    store: Store, open_another: Callable[..., Any]
) -> None:
    stores = (store, await open_another())
    for chat in range(40):
        await store.accept("tg", [text("раз", chat=str(chat))], NOW)

    async def work(worker: str, own: Store) -> int:
        turned = 0
        while claimed := await own.claim(worker, NOW, 3, LEASE):
            batch = [done(item, turn(item.dialog)) for item in claimed]
            assert await own.save(worker, batch, NOW) == ()
            turned += len(batch)
        return turned

    counts = await asyncio.gather(*(work(f"w{n}", stores[n % 2]) for n in range(6)))
    assert sum(counts) == 40
    assert len(await store.events(0, 1000)) == 40


async def test_a_long_answer_is_several_rows_in_order(store: Store) -> None:
    parts = [Send(n=2, part=part, content=Outgoing(text=str(part))) for part in (1, 2)]
    await answered(store, effects=parts)
    (chat,) = await store.claim_chats("d", NOW, 9, LEASE)
    assert [(row.n, row.part) for row in chat.rows] == [(2, 0), (2, 1), (2, 2)]
    for row in chat.rows:
        assert await store.settle("d", chat, [sent(row)], row is chat.rows[-1], NOW)


async def test_a_queued_dialog_knows_its_place(store: Store) -> None:
    for chat in ("1", "2", "3"):
        await store.accept("tg", [text("оператора", chat=chat)], later(int(chat)))
        claimed = await only(store, now=later(9))
        made = turn(
            claimed.dialog, state="queued", queue="first_line", last_customer_at=later(int(chat))
        )
        await store.save("w", [done(claimed, made)], later(int(chat)))
    await store.accept("tg", [text("долго?", chat="2")], later(9))
    assert (await only(store, now=later(9))).place == 2


@pytest.mark.parametrize(
    "damage", ["UPDATE dialog SET blob = '{'", "UPDATE \"update\" SET payload = '{'"]
)
async def test_a_row_that_cannot_be_read_sets_only_its_dialog_aside(
    store: Store, look: Look, damage: str
) -> None:
    await store.accept("tg", [text("раз", chat="1")], NOW)
    await look(damage)
    await store.accept("tg", [text("раз", chat="2")], NOW)
    claimed = await only(store)
    assert claimed.dialog.chat == "2"
    await store.save("w", [done(claimed, replace(turn(claimed.dialog)))], NOW)
    assert await store.claim("w", NOW + HOUR, 64, LEASE) == ()
    parked = await look("SELECT error FROM dialog_run WHERE parked_reason <> ''")
    assert len(parked) == 1
