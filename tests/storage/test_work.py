"""Calls, bundles, cursors, counters, queues: what stands around the turn."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from core.effects import Call, Note
from core.records import Closing, Escalation, Holding, QueueStay, Rating
from core.store import Store
from core.store_values import CallJob
from core.updates import CallReturned, OperatorGone
from tests.storage.build import HOUR, LEASE, NOW, answered, done, later, only, text, turn
from tests.storage.look import Look


async def called(store: Store, **how: Any) -> CallJob:
    """A turn asked for a service; the job of making the call."""
    call = Call(key="d:1:1", service="billing.balance", arguments={"account": "77"}, timeout=4.5)
    await answered(store, effects=[call], **how)
    (job,) = await store.claim_calls("c", NOW, 9, LEASE)
    return job


async def test_a_call_reaches_its_maker_with_all_it_needs(store: Store) -> None:
    job = await called(store)
    assert (job.key, job.service, job.arguments) == ("d:1:1", "billing.balance", {"account": "77"})
    assert (job.channel, job.chat, job.timeout, job.tries) == ("tg", "7", 4.5, 0)
    assert await store.claim_calls("c2", NOW, 9, LEASE) == ()


async def test_a_result_comes_back_as_an_update_exactly_once(store: Store) -> None:
    job = await called(store)
    returned = CallReturned(key=job.key, result={"amount": 1200})
    accepted = await store.finish_call("c", job, returned, later(1))
    assert accepted is not None
    assert accepted.seq == 2
    assert await store.finish_call("c", job, returned, later(2)) is None
    claimed = await only(store, now=later(2))
    assert [p.update for p in claimed.updates] == [returned]
    assert await store.claim_calls("c", NOW + HOUR, 9, LEASE) == ()


async def test_a_call_whose_maker_died_is_made_again_and_the_dead_one_is_not_heard(
    store: Store, open_another: Callable[..., Any]
) -> None:
    call = Call(key="d:1:1", service="s", arguments={}, sealed=("code",), timeout=1)
    await answered(store, effects=[call])
    (dead,) = await store.claim_calls("dead", NOW, 9, timedelta(0))
    other = await open_another()
    (job,) = await other.claim_calls("alive", NOW, 9, LEASE)
    assert (job.tries, job.sealed) == (1, ("code",))
    late = CallReturned(key=dead.key)
    assert await store.finish_call("dead", dead, late, later(1)) is None
    assert await other.finish_call("alive", job, late, later(1)) is not None


async def test_two_makers_of_one_call_finish_it_once(store: Store) -> None:
    job = await called(store)
    answers = await asyncio.gather(
        *(store.finish_call("c", job, CallReturned(key=job.key), NOW) for _ in range(5))
    )
    assert sum(answer is not None for answer in answers) == 1
    assert len((await only(store)).updates) == 1


async def test_a_result_for_a_secret_question_is_unreadable_in_the_database(
    store: Store, look: Look
) -> None:
    job = await called(store, secret=True)
    await store.finish_call("c", job, CallReturned(key=job.key, result={"code": "1234"}), NOW)
    (row,) = await look("SELECT result FROM call")
    assert b"1234" not in bytes(row[0])
    (pending,) = (await only(store)).updates
    assert pending.update == CallReturned(key=job.key, result={"code": "1234"})


async def test_records_are_written_whole_each_time_they_change(store: Store, look: Look) -> None:
    wait = Escalation(
        n=1, kind="first", reason="asked", queue="lab", escalated_at=NOW, slots=(("Город", "СПб"),)
    )
    stay = QueueStay(n=1, queue="lab", entered_at=NOW, why="escalated")
    await answered(
        store, effects=[Note(record=wait), Note(record=stay)], state="queued", queue="lab"
    )
    await store.accept("tg", [text("ну")], later(5))
    claimed = await only(store, now=later(5))
    ended = Escalation(
        n=1,
        kind="first",
        reason="asked",
        queue="lab",
        escalated_at=NOW,
        first_n=4,
        first_operator="o1",
        first_human_at=later(5),
        ended_by="operator",
    )
    held = Holding(n=1, operator="o1", name="Борис", queue="lab", how="taken", taken_at=later(4))
    closed = Closing(n=1, closed_at=later(5), closed_by="operator", result="solved", operator="o1")
    asked = Rating(n=1, metric="nps", scale=(0, 10), asked_at=later(5), operator="o1", value=9)
    notes = [Note(record=record) for record in (ended, held, closed, asked)]
    made = turn(claimed.dialog, effects=notes, state="rating", closed_at=later(5))
    await store.save("w", [done(claimed, made)], later(5))
    assert await look("SELECT first_n, first_operator, ended_by FROM escalation") == [
        (4, "o1", "operator")
    ]
    assert await look("SELECT queue, why FROM queue_stay") == [("lab", "escalated")]
    assert await look("SELECT operator, how FROM holding") == [("o1", "taken")]
    assert await look("SELECT closed_by, result FROM closing") == [("operator", "solved")]
    assert await look("SELECT metric, scale_low, scale_high, value, channel FROM rating") == [
        ("nps", 0, 10, 9, "tg")
    ]
    await store.accept("tg", [text("ещё")], later(6))
    assert (await only(store, now=later(6))).asked_nps_at == later(5)


async def test_a_person_who_rated_is_known_to_all_their_dialogs(store: Store) -> None:
    given = Rating(n=1, metric="csi", scale=(1, 5), asked_at=NOW, value=5, answered_at=later(1))
    await answered(store, effects=[Note(record=given)])
    await store.accept("tg", [text("другой чат", chat="8", user="u7")], later(2))
    claimed = await only(store, now=later(2))
    assert (claimed.rated_at, claimed.asked_nps_at) == (later(1), None)
    await store.accept("tg", [text("чужой", chat="9")], later(3))
    assert (await only(store, now=later(3))).rated_at is None


async def test_a_queue_nobody_made_is_made_open_and_empty(store: Store) -> None:
    stay = QueueStay(n=1, queue="lab", entered_at=NOW, why="escalated")
    await answered(store, effects=[Note(record=stay)], state="queued", queue="lab")
    (queue,) = await store.queues()
    assert (queue.id, queue.waiting, queue.online, queue.hours) == ("lab", 1, 0, ())
    assert queue.assign == "manual"


#: When the team was last heard of.
AT = datetime.fromtimestamp(1_804_500_000, UTC)
OPERATORS = """
INSERT INTO operator (id, login, name, password_hash, roles, status, status_reason, status_by,
  "limit", settings, settings_version, totp_secret, totp_pending, totp_step, recovery,
  failed_logins, created_at, version, status_since, last_seen_at)
SELECT id, id, id, '', '[]', 'online', '', '', 2, '{}', 1, '', '', 0, '[]', 0, t.at, 1, t.at, t.at
"""


async def team(store: Store, look: Look, url: str) -> None:
    """Anna and Boris on the line in `lab`, which assigns by itself; two dialogs wait."""
    at = "1804500000000000" if url.startswith("sqlite") else "to_timestamp(1804500000)"
    for id_ in ("anna", "boris"):
        await look(f"{OPERATORS} FROM (SELECT '{id_}' AS id, {at} AS at) t")  # own texts
    for chat in ("1", "2"):
        await store.accept("tg", [text("оператора", chat=chat)], later(int(chat)))
        claimed = await only(store, now=later(int(chat)))
        stay = QueueStay(n=1, queue="lab", entered_at=later(int(chat)), why="escalated")
        made = turn(
            claimed.dialog,
            effects=[Note(record=stay)],
            state="queued",
            queue="lab",
            stay=stay,
        )
        await store.save("w", [done(claimed, made)], later(int(chat)))
    await look("UPDATE queue SET assign = 'auto'")
    await look("INSERT INTO queue_member (queue, operator) VALUES ('lab','anna'), ('lab','boris')")


async def hand_over(store: Store, chat: str, operator: str) -> str:
    """The dialog of a chat into an operator's hands."""
    await store.accept("tg", [text(f"к {operator}", chat=chat)], later(10))
    claimed = await only(store, now=later(10))
    made = turn(claimed.dialog, state="with_operator", operator=operator)
    await store.save("w", [done(claimed, made)], later(10))
    return claimed.dialog.id


async def test_who_waits_and_who_could_take_them(
    store: Store, look: Look, database_url: str
) -> None:
    await team(store, look, database_url)
    waiting, candidates = await store.to_assign(10, AT, NOW)
    assert [item.queue for item in waiting] == ["lab", "lab"]
    assert waiting[0].waiting_since == later(1)
    assert [(c.operator, c.in_hand, c.room) for c in candidates] == [
        ("anna", 0, 2),
        ("boris", 0, 2),
    ]
    (queue,) = await store.queues()
    assert (queue.waiting, queue.online, queue.free) == (2, 2, 2)
    await hand_over(store, "1", "anna")
    waiting, candidates = await store.to_assign(10, AT, NOW)
    assert len(waiting) == 1
    assert [(c.operator, c.room) for c in candidates] == [("boris", 2), ("anna", 1)]
    waiting, candidates = await store.to_assign(10, AT + timedelta(microseconds=1), NOW)
    assert (waiting, candidates) == ((), ()), "nobody has heard of them since"


async def test_a_vanished_operator_goes_offline_and_the_dialogs_are_told(
    store: Store, look: Look, database_url: str
) -> None:
    await team(store, look, database_url)
    dialog = await hand_over(store, "1", "anna")
    seen = "1804600000000000" if database_url.startswith("sqlite") else "to_timestamp(1804600000)"
    await look(f"UPDATE operator SET last_seen_at = {seen} WHERE id = 'boris'")  # noqa: S608  # own text
    from core.storage.statement import moment

    silent = moment(1804550000_000000)
    assert await store.vanished(silent, later(20)) == ("anna",)
    assert await store.vanished(silent, later(21)) == ()
    claimed = await only(store, now=later(21))
    assert claimed.dialog.id == dialog
    assert [p.update for p in claimed.updates] == [OperatorGone(operator="anna", why="lost")]
    assert await look("SELECT status, status_reason FROM operator WHERE id = 'anna'") == [
        ("offline", "lost")
    ]


async def test_the_active_bundle_is_the_last_activated_that_is_not_broken(store: Store) -> None:
    assert await store.active_bundle() is None
    for name in ("a", "b"):
        await store.put_bundle(name, name.encode(), NOW)
    assert await store.activate_bundle("a", "anna", later(1))
    assert await store.activate_bundle("b", "anna", later(2))
    assert not await store.activate_bundle("c", "anna", later(3))
    active = await store.active_bundle()
    assert active is not None
    assert (active.sha256, active.content, active.activated_by) == ("b", b"b", "anna")
    await store.break_bundle("b", "raises", later(4))
    active = await store.active_bundle()
    assert active is not None
    assert active.sha256 == "a"
    assert [(bundle.sha256, bundle.broken) for bundle in await store.bundles()] == [
        ("b", "raises"),
        ("a", ""),
    ]
    assert await store.activate_bundle("b", "anna", later(5))
    again = await store.bundle("b")
    assert again is not None
    assert (again.broken, again.activated_at) == ("", later(5))


async def test_a_bundle_is_kept_once(store: Store) -> None:
    await store.put_bundle("a", b"first", NOW)
    await store.put_bundle("a", b"first", later(1))
    assert len(await store.bundles()) == 1


async def test_a_cursor_is_remembered(store: Store) -> None:
    assert await store.cursor("tg") == ""
    await store.put_cursor("tg", "41", NOW)
    await store.put_cursor("tg", "42", later(1))
    assert await store.cursor("tg") == "42"
    assert await store.cursor("vk") == ""


async def test_poison_is_known_the_second_time(store: Store) -> None:
    assert not await store.seen_poison("tg", "ab", "{…", NOW)
    assert await store.seen_poison("tg", "ab", "{…", later(1))
    assert not await store.seen_poison("vk", "ab", "{…", later(1))


async def test_tries_are_limited_within_their_window(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    tries = ((store, other)[n % 2].attempt(["code:chat:7"], HOUR, 5, later(n)) for n in range(20))
    assert sum(await asyncio.gather(*tries)) == 5
    assert await store.attempt(["code:account:77"], HOUR, 5, later(20))
    assert not await store.attempt(["code:chat:7"], HOUR, 5, later(3599))
    assert await store.attempt(["code:chat:7"], HOUR, 5, later(3700))


async def test_try_refused_under_one_key_is_counted_under_none(store: Store) -> None:
    assert await store.attempt(["code:account:77"], HOUR, 1, NOW)
    assert not await store.attempt(["code:chat:7", "code:account:77"], HOUR, 1, later(1))
    assert await store.attempt(["code:chat:7"], HOUR, 1, later(2)), "the chat lost no try by it"


async def test_sweeping_forgets_what_has_had_its_time(store: Store) -> None:
    await answered(store)
    await store.claim_chats("d", NOW, 9, LEASE)
    await store.accept("tg", [text("ещё")], later(1))
    claimed = await only(store, now=later(1))
    await store.save("w", [done(claimed, turn(claimed.dialog))], later(1))
    await store.attempt(["k"], HOUR, 5, NOW)
    assert await store.sweep(later(60)) == 0
    before = await store.events(0, 9)
    assert await store.sweep(NOW + 49 * HOUR) == 2
    assert await store.events(0, 9) == before[-1:]
    (again,) = await store.accept("tg", [text("вопрос")], NOW + 71 * HOUR)
    assert again.repeat
    assert await store.sweep(NOW + 73 * HOUR) == 2
    (fresh,) = await store.accept("tg", [text("вопрос")], NOW + 73 * HOUR)
    assert not fresh.repeat
