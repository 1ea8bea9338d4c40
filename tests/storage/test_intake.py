"""What accept and append promise."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.store import Store
from core.store_values import Accepted
from core.updates import (
    AnyUpdate,
    CustomerAllowed,
    CustomerCommented,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    DeliveryReported,
    OperatorNoted,
    OperatorOpened,
    Sender,
)
from tests.storage.build import HOUR, LEASE, NOW, answered, done, event, later, only, text, turn
from tests.storage.look import Look


async def test_first_update_of_a_chat_opens_a_dialog_for_its_sender(store: Store) -> None:
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    claimed = await only(store)
    dialog = claimed.dialog
    assert (accepted.seq, accepted.repeat) == (1, False)
    assert dialog.id == accepted.dialog
    assert (dialog.channel, dialog.chat, dialog.state) == ("tg", "7", "bot")
    assert (dialog.lang, dialog.customer_name, dialog.opened_at) == ("ru", "Анна", NOW)
    assert [pending.seq for pending in claimed.updates] == [1]
    update = claimed.updates[0].update
    assert isinstance(update, CustomerMessage)
    assert update.text == "привет"
    assert claimed.updates[0].received_at == NOW


def opening(words: str) -> OperatorOpened:
    return OperatorOpened(
        operator="anna", name="Анна", client_id=words, content=Outgoing(text=words)
    )


async def test_an_operators_first_word_follows_the_customer_who_came_back(
    store: Store, look: Look
) -> None:
    dialog = await answered(store, state="closed", closed_at=NOW)
    await store.accept("tg", [text("снова я")], later(60))
    filed = await store.begin(dialog.identity, opening("день добрый"), later(61), "k1")
    assert filed == Accepted(dialog=dialog.id, seq=3)
    claimed = await only(store, now=later(61))
    assert [type(pending.update) for pending in claimed.updates] == [
        CustomerMessage,
        OperatorOpened,
    ]
    # of the closed one nothing is left to be done
    await store.save("w", [done(claimed)], later(61))
    filed = await store.begin(dialog.identity, opening("это я"), later(62), "k2")
    assert (filed.dialog != dialog.id, filed.seq) == (True, 1)
    # nor of one that cannot be turned
    parked = filed.dialog
    await look("UPDATE dialog_run SET parked_reason = 'broken', closed_at = due_at")
    filed = await store.begin(dialog.identity, opening("и ещё"), later(63), "k3")
    assert filed.dialog not in (dialog.id, parked)


async def test_an_operators_first_word_does_not_go_under_a_post(store: Store) -> None:
    said = 'тут пишут "public":true'
    private = await answered(store, said, result=said, state="closed", closed_at=NOW)
    await store.accept("tg", [text("под постом", chat="wall", user="u7")], later(60))
    claimed = await only(store, now=later(60))
    made = turn(claimed.dialog, public=True, now=later(60))
    await store.save("w", [done(claimed, made)], later(60))
    filed = await store.begin(private.identity, opening("добрый день"), later(61), "k1")
    claimed = await only(store, now=later(61))
    assert (claimed.dialog.id, claimed.dialog.chat) == (filed.dialog, "7")


async def test_who_only_wrote_under_a_post_cannot_be_written_to(store: Store) -> None:
    dialog = await answered(store, public=True)
    with pytest.raises(KeyError):
        await store.begin(dialog.identity, opening("добрый день"), later(1), "k1")


async def test_a_repeat_answers_as_the_first_time_and_changes_nothing(store: Store) -> None:
    first = await store.accept("tg", [text("раз")], NOW)
    again = await store.accept("tg", [text("раз")], later(5))
    assert (again[0].dialog, again[0].seq, again[0].repeat) == (first[0].dialog, 1, True)
    assert len((await only(store, now=later(9))).updates) == 1


async def test_a_repeat_inside_one_call_is_a_repeat(store: Store) -> None:
    accepted = await store.accept("tg", [text("раз"), text("два"), text("раз")], NOW)
    assert [(item.seq, item.repeat) for item in accepted] == [(1, False), (2, False), (1, True)]


async def test_the_same_key_on_another_channel_is_no_repeat(store: Store) -> None:
    (one,) = await store.accept("tg", [text("раз", key="k")], NOW)
    (two,) = await store.accept("vk", [text("раз", key="k")], NOW)
    assert not two.repeat
    assert one.dialog != two.dialog


async def test_parallel_duplicates_from_two_processes_leave_one_update(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    calls = [
        (store, other)[number % 2].accept("tg", [text(f"{number // 10}")], NOW)
        for number in range(100)
    ]
    answers = [answer for (answer,) in await asyncio.gather(*calls)]
    assert len({answer.dialog for answer in answers}) == 1
    assert sum(not answer.repeat for answer in answers) == 10
    assert sorted({answer.seq for answer in answers}) == list(range(1, 11))
    assert [pending.seq for pending in (await only(store)).updates] == list(range(1, 11))


async def test_parallel_first_messages_of_one_chat_open_one_dialog(
    store: Store, open_another: Callable[..., Any]
) -> None:
    other = await open_another()
    answers = await asyncio.gather(
        *((store, other)[n % 2].accept("tg", [text(f"{n}")], NOW) for n in range(40))
    )
    assert len({answer[0].dialog for answer in answers}) == 1
    assert sorted(answer[0].seq for answer in answers) == list(range(1, 41))


async def test_updates_are_read_in_the_order_of_their_numbers(store: Store) -> None:
    for number in range(5):
        await store.accept("tg", [text(f"{number}")], later(number))
    claimed = await only(store, now=later(9))
    words = [p.update.text for p in claimed.updates if isinstance(p.update, CustomerMessage)]
    assert words == ["0", "1", "2", "3", "4"]


async def test_one_claim_reads_a_bounded_number_of_a_flood(store: Store) -> None:
    await store.accept("tg", [text(f"{n}") for n in range(100)], NOW)
    first = await only(store)
    await store.save("w", [done(first)], NOW)
    second = await only(store)
    assert [p.seq for p in first.updates] + [p.seq for p in second.updates] == [*range(1, 101)]


async def test_a_closed_dialog_takes_words_within_the_window_and_no_longer(store: Store) -> None:
    dialog = await answered(store, state="closed", closed_at=NOW)
    (inside,) = await store.accept("tg", [text("ещё")], NOW + 24 * HOUR)
    (outside,) = await store.accept("tg", [text("снова")], NOW + 25 * HOUR)
    assert inside.dialog == dialog.id
    assert outside.dialog != dialog.id
    assert outside.seq == 1


async def test_a_late_receipt_opens_no_dialog(store: Store) -> None:
    dialog = await answered(store, state="closed", closed_at=NOW)
    seen = event(DeliveryReported(state="seen", platform_id="p1"), key="seen")
    (accepted,) = await store.accept("tg", [seen], NOW + 48 * HOUR)
    assert accepted.dialog == dialog.id


async def test_a_person_is_known_again_in_the_next_dialog(store: Store) -> None:
    first = await answered(store, state="closed", closed_at=NOW)
    await store.accept("tg", [text("снова")], NOW + 25 * HOUR)
    second = await only(store, now=NOW + 25 * HOUR)
    assert second.dialog.identity == first.identity


async def test_append_files_an_update_once_per_key(store: Store) -> None:
    dialog = await answered(store)
    noted = OperatorNoted(operator="o1", name="Борис", client_id="c1", text="заметка")
    one = await store.append(dialog.id, noted, NOW, "c1")
    two = await store.append(dialog.id, noted, NOW, "c1")
    assert (one.seq, one.repeat) == (2, False)
    assert (two.seq, two.repeat) == (2, True)


async def test_append_to_no_dialog_is_a_key_error_and_spoils_nobody(store: Store) -> None:
    dialog = await answered(store)
    noted = OperatorNoted(operator="o1", name="Борис", client_id="c1", text="заметка")
    good, bad = await asyncio.gather(
        store.append(dialog.id, noted, NOW),
        store.append("nobody", noted, NOW),
        return_exceptions=True,
    )
    assert isinstance(bad, KeyError)
    assert not isinstance(good, BaseException)
    assert good.seq == 2


async def test_an_answer_to_a_secret_question_is_unreadable_in_the_database(
    store: Store, look: Look
) -> None:
    await answered(store, secret=True)
    await store.accept("tg", [text("hunter2-секрет")], NOW)
    claimed = await only(store)
    update = claimed.updates[0].update
    assert isinstance(update, CustomerMessage)
    assert update.text == "hunter2-секрет"
    raw = [bytes(row[0]) for row in await look('SELECT payload FROM "update" ORDER BY seq')]
    assert len(raw) == 2
    assert b"hunter2" not in raw[1]


async def test_a_late_edit_is_unreadable_in_the_database_too(store: Store, look: Look) -> None:
    await answered(store)
    edit = CustomerEdited(platform_id="1", text="234567")
    await store.accept("tg", [replace(text("-"), update=edit, dedup_key="edit")], NOW)
    claimed = await only(store)
    assert claimed.updates[0].update == edit, "the turn reads it"
    raw = [bytes(row[0]) for row in await look('SELECT payload FROM "update" ORDER BY seq')]
    assert b"234567" not in raw[-1], "an edit may give a secret answer anew"


async def test_a_refused_update_is_told_by_outcome(store: Store) -> None:
    from core.state import Refusal, Turn

    await store.accept("tg", [text("раз"), text("два")], NOW)
    claimed = await only(store)
    assert await store.outcome(claimed.dialog.id, 1) == (False, None)
    made = turn(claimed.dialog)
    refusal = Refusal(code="taken", by="Борис", at=NOW)
    refused = Turn(dialog=made.dialog, refusal=refusal)
    await store.save("w", [done(claimed, made, refused)], NOW)
    assert await store.outcome(claimed.dialog.id, 1) == (True, None)
    assert await store.outcome(claimed.dialog.id, 2) == (True, refusal)
    assert await store.outcome(claimed.dialog.id, 3) == (False, None)
    assert await store.claim("w", NOW, 64, LEASE) == ()


async def test_a_receipt_forgets_nothing_of_how_the_person_is_called(
    store: Store, look: Look
) -> None:
    await store.accept("tg", [text("раз")], NOW)
    known = await look("SELECT seen_as FROM chat_run")
    report = DeliveryReported(state="seen", platform_id="9")
    nameless = replace(event(report, key="seen:9"), sender=Sender(user="u7"))
    await store.accept("tg", [nameless], later(1))
    assert await look("SELECT seen_as FROM chat_run") == known


@pytest.mark.parametrize("name", ["", "Анна Петрова"])
async def test_an_empty_name_never_replaces_a_known_one(store: Store, name: str) -> None:
    from msgspec.structs import replace

    first = text("раз")
    await store.accept("tg", [first], NOW)
    second = replace(text("два"), sender=Sender(user="u7", name=name))
    (accepted,) = await store.accept("tg", [second], NOW)
    assert accepted.seq == 2


@pytest.mark.parametrize(
    "update",
    [
        DeliveryReported(state="seen", platform_id="5", up_to=True),
        DeliveryReported(state="echo", platform_id="5", text="Рассылка"),
        CustomerGone(),
        CustomerEdited(platform_id="5", text="было давно"),
        CustomerDeleted(platform_id="5"),
        CustomerAllowed(),
    ],
    ids=["seen", "echo", "gone", "edited", "deleted", "allowed"],
)
async def test_news_of_what_never_was_here_opens_no_dialog(
    store: Store, look: Look, update: AnyUpdate
) -> None:
    news = event(update, key="n")
    assert await store.accept("tg", [news], NOW) == (Accepted(dialog="", seq=0),)
    assert await store.claim("w", NOW, 64, LEASE) == ()
    assert await look("SELECT count(*) FROM dialog") == [(0,)]
    # beside the person's first words it belongs to them
    nowhere, first = await store.accept("tg", [news, text("привет")], later(1))
    assert (nowhere.dialog, nowhere.seq, first.seq) == (first.dialog, 1, 2)


async def test_comments_under_a_post_stay_in_one_dialog_for_ever(store: Store) -> None:
    comment = event(CustomerCommented(text="раз", platform_id="1"), key="c1")
    (first,) = await store.accept("tg", [comment], NOW)
    claimed = await only(store)
    closed = turn(claimed.dialog, said=(), state="closed", closed_at=NOW)
    assert await store.save("w", [done(claimed, closed)], NOW) == ()
    again = event(CustomerCommented(text="два", platform_id="2"), key="c2")
    (second,) = await store.accept("tg", [again], NOW + 1000 * HOUR)
    assert (second.dialog, second.seq) == (first.dialog, 2)


async def test_a_repeat_after_the_dialog_is_over_opens_no_other(store: Store, look: Look) -> None:
    """Some platforms bring an event again for a day and longer."""
    dialog = await answered(store, state="closed", closed_at=NOW)
    late = NOW + 25 * HOUR
    (again,) = await store.accept("tg", [text("вопрос")], late)
    assert again == Accepted(dialog=dialog.id, seq=1, repeat=True)
    assert await look("SELECT count(*) FROM dialog") == [(1,)]
    again, new = await store.accept("tg", [text("вопрос"), text("снова")], late)
    assert again == Accepted(dialog=dialog.id, seq=1, repeat=True)
    assert (new.dialog != dialog.id, new.seq) == (True, 1)


async def test_a_key_known_from_another_chat_is_a_repeat_too(store: Store, look: Look) -> None:
    (first,) = await store.accept("tg", [text("раз", chat="1", key="k")], NOW)
    both = [text("раз", chat="2", key="k"), text("два", chat="3")]
    again, beside = await store.accept("tg", both, NOW)
    assert (again.dialog, again.seq, again.repeat) == (first.dialog, 1, True)
    assert (beside.seq, beside.repeat) == (1, False)
    assert await look('SELECT count(*) FROM "update"') == [(2,)]
    assert await look("SELECT count(*) FROM dialog") == [(2,)]


async def test_a_known_person_in_a_new_chat_is_the_same_person(store: Store, look: Look) -> None:
    await store.accept("tg", [text("раз", chat="1", user="anna")], NOW)
    await store.accept("tg", [text("два", chat="2", user="anna")], NOW)
    assert await look("SELECT count(DISTINCT identity) FROM dialog") == [(1,)]
    assert await look("SELECT count(*) FROM customer") == [(1,)]
