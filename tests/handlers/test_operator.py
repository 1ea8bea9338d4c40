"""What operators do, through real stores and the real dispatcher."""

import asyncio

import pytest

from core.content import Outgoing
from core.desk_values import Ending, Line, Return, Sorting
from core.errors import StoreUnavailable
from core.state import Refusal
from handlers.operator import Operators
from tests.fakes.workplace import QUEUE, Workplace, new_id, workplace

ROUNDS = 50


def code(answer: object) -> str:
    """What refused the command, empty when nothing did."""
    return answer.code if isinstance(answer, Refusal) else ""


async def test_two_operators_take_at_once_and_exactly_one_wins(place: Workplace) -> None:
    anna = await place.hire("anna", limit=ROUNDS)
    boris = await place.hire("boris", limit=ROUNDS)
    for number in range(ROUNDS):
        dialog = await place.asks_for_people(chat=str(number))
        answers = await asyncio.gather(place.takes(anna, dialog), place.takes(boris, dialog))
        assert sorted(map(code, answers)) in (["", "stale"], ["", "taken"])
        winner = anna if answers[0] is None else boris
        row = await place.row(dialog)
        assert (row.state, row.operator) == ("with_operator", winner.id)
        assert row.whose.held_by == {winner.id}


async def test_takers_on_two_processes_get_one_winner(database_url: str) -> None:
    async with (
        workplace(database_url) as here,
        workplace(database_url, name="two") as there,
    ):
        anna, boris = await here.hire("anna"), await here.hire("boris")
        for number in range(5):
            dialog = await here.asks_for_people(chat=str(number))
            answers = await asyncio.gather(here.takes(anna, dialog), there.takes(boris, dialog))
            assert [code(answer) for answer in answers].count("") == 1


async def test_a_supervisor_takes_from_the_bot_by_force_only(place: Workplace) -> None:
    vera = await place.hire("vera", "supervisor")
    dialog = await place.writes("добрый день")
    assert (await place.row(dialog)).state == "bot"
    assert code(await place.takes(vera, dialog)) == "taken"
    assert (await place.row(dialog)).state == "bot"
    assert await place.takes(vera, dialog, force=True) is None
    assert (await place.row(dialog)).operator == "vera"


async def test_who_takes_what_returned_to_the_bot_meanwhile_hears_that_it_changed(
    place: Workplace,
) -> None:
    vera = await place.hire("vera", "supervisor")
    dialog = await place.asks_for_people()
    seen = (await place.row(dialog)).state_rev
    await place.operators.return_to_bot(vera, dialog, state_rev=seen, key=new_id(), to=Return())
    assert (await place.row(dialog)).state == "bot"
    answer = await place.operators.take(vera, dialog, state_rev=seen, key=new_id())
    assert code(answer) == "stale"


async def test_loser_is_told_who_won_and_when(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    dialog = await place.asks_for_people()
    rev = (await place.row(dialog)).state_rev
    assert await place.takes(anna, dialog) is None
    answer = await place.operators.take(boris, dialog, state_rev=rev + 1, key=new_id())
    assert answer == Refusal(code="taken", by="Anna", at=place.now)


async def test_taken_dialog_reaches_its_owner_and_the_customer_hears_of_it(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    assert (await place.desk.counts(anna)).mine == 1
    assert ("bot", "<operator_joined>") in [
        (kind if kind != "system" else "bot", text) for kind, text in await place.texts(dialog)
    ]


async def test_repeated_take_answers_as_the_first_time(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    rev, key = (await place.row(dialog)).state_rev, new_id()
    assert await place.operators.take(anna, dialog, state_rev=rev, key=key) is None
    assert await place.operators.take(anna, dialog, state_rev=rev, key=key) is None
    assert (await place.row(dialog)).state_rev == rev + 1


async def test_nobody_gets_more_than_the_limit_however_fast_they_click(place: Workplace) -> None:
    anna = await place.hire("anna", limit=2)
    dialogs = [await place.asks_for_people(chat=str(number)) for number in range(4)]
    answers = await asyncio.gather(*(place.takes(anna, dialog) for dialog in dialogs))
    assert sorted(map(code, answers)) == ["", "", "limit_reached", "limit_reached"]
    assert len(await place.desk.in_hand("anna")) == 2


async def test_take_next_gives_the_one_who_waits_longest(place: Workplace) -> None:
    anna = await place.hire("anna")
    first = await place.asks_for_people(chat="1")
    place.later(seconds=5)
    await place.asks_for_people(chat="2")
    assert await place.operators.take_next(anna, None, new_id()) == first


async def test_take_next_passes_over_queues_of_others(place: Workplace) -> None:
    anna = await place.hire("anna", queues=["sales"])
    await place.asks_for_people()
    assert await place.operators.take_next(anna, None, new_id()) is None


async def test_dialog_of_a_foreign_queue_does_not_exist(place: Workplace) -> None:
    stranger = await place.hire("sam", queues=["sales"])
    dialog = await place.asks_for_people()
    assert code(await place.takes(stranger, dialog)) == "not_found"
    assert code(await place.operators.reply(stranger, dialog, "c", Outgoing(text="?"))) == (
        "not_found"
    )


async def test_reply_lands_in_transcript_and_outbox_once(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    answers = await asyncio.gather(
        *(place.operators.reply(anna, dialog, "c1", Outgoing(text="Добрый день")) for _ in range(3))
    )
    assert {line.n for line in answers if isinstance(line, Line)} == {
        (await place.row(dialog)).last_n
    }
    assert (await place.texts(dialog)).count(("operator", "Добрый день")) == 1
    chats = await place.store.claim_chats("sender", place.now, 9, place.dispatcher.lease)
    texts = [row.content.text for chat in chats for row in chat.rows]
    assert texts.count("Добрый день") == 1


async def test_reply_of_a_stranger_is_refused_and_may_be_sent_again_after_taking(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    message = Outgoing(text="Здравствуйте")
    assert code(await place.operators.reply(anna, dialog, "c1", message)) == "not_owner"
    await place.takes(anna, dialog)
    line = await place.operators.reply(anna, dialog, "c1", message)
    assert isinstance(line, Line)
    assert line.text == "Здравствуйте"


async def test_note_is_in_the_transcript_and_not_in_the_outbox(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    line = await place.operators.note(anna, dialog, "n1", "перезвонить")
    assert isinstance(line, Line)
    assert (line.kind, line.delivery) == ("note", "none")
    chats = await place.store.claim_chats("sender", place.now, 9, place.dispatcher.lease)
    assert "перезвонить" not in [row.content.text for chat in chats for row in chat.rows]


async def test_secrets_in_what_operators_note_are_stored_nowhere(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    line = await place.operators.note(anna, dialog, "n1", "карта 4111 1111 1111 1111, ждёт")
    assert isinstance(line, Line)
    assert line.text == "карта ••••••, ждёт"
    edited = await place.operators.rewrite(
        anna, dialog, line.n, "пароль: Qwerty12 не подходит", _no_platform
    )
    assert isinstance(edited, Line)
    assert edited.text == "пароль: •••••• не подходит"
    rev = (await place.row(dialog)).state_rev
    await place.operators.transfer(
        anna, dialog, state_rev=rev, key=new_id(), to_queue=QUEUE, comment="паспорт 4010 123456"
    )
    assert ("operator", "паспорт ••••••") in await place.texts(dialog)
    boris = await place.hire("boris")
    await place.takes(boris, dialog)
    said = Outgoing(text="Ваш временный пароль: Qwerty12")
    reply = await place.operators.reply(boris, dialog, "c1", said)
    assert isinstance(reply, Line)
    assert reply.text == said.text, "what the customer is sent is what was written"


async def _no_platform(*_: object) -> None:
    raise AssertionError("a note is on no platform")


async def test_a_mention_outlives_a_note_whose_answer_came_too_late(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    before = await place.desk.last_event()
    hasty = Operators(place.store, place.desk, place.bus, place.clock, patience=0.05)
    await place.stand_still()
    with pytest.raises(StoreUnavailable):
        await hasty.note(anna, dialog, "n1", "@Борис, глянь", ["boris"])
    await place.dispatcher.step()
    line = await hasty.note(anna, dialog, "n1", "@Борис, глянь", ["boris"])
    assert isinstance(line, Line)
    told = [one for one in await place.desk.events(before, 100) if one.topic == "mention"]
    assert [(one.kind, one.first_n) for one in told] == [("boris", line.n)]


async def test_transfer_to_a_queue_keeps_the_waiting_time(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    since = (await place.row(dialog)).waiting_since
    place.later(minutes=3)
    await place.takes(anna, dialog)
    rev = (await place.row(dialog)).state_rev
    answer = await place.operators.transfer(
        anna, dialog, state_rev=rev, key=new_id(), to_queue=QUEUE, comment="не моё"
    )
    assert answer is None
    row = await place.row(dialog)
    assert (row.state, row.operator, row.waiting_since) == ("queued", "", since)
    assert ("operator", "не моё") in await place.texts(dialog)


async def test_transfer_needs_a_colleague_on_the_line_with_room(place: Workplace) -> None:
    anna = await place.hire("anna")
    await place.hire("away", status="offline")
    await place.hire("full", limit=0)
    await place.hire("boris")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    rev = (await place.row(dialog)).state_rev
    codes = {}
    for name in ("away", "full", "nobody", "anna", "boris"):
        answer = await place.operators.transfer(
            anna, dialog, state_rev=rev, key=new_id(), to_operator=name
        )
        codes[name] = code(answer)
    assert codes == {
        "away": "limit_reached",
        "full": "limit_reached",
        "nobody": "validation",
        "anna": "validation",
        "boris": "",
    }
    assert (await place.row(dialog)).operator == "boris"


async def test_bot_goes_on_at_an_entry_step_and_nowhere_else(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    rev = (await place.row(dialog)).state_rev

    async def returned(step: str) -> str:
        answer = await place.operators.return_to_bot(
            anna, dialog, state_rev=rev, key=new_id(), to=Return(scenario="balance", step=step)
        )
        return code(answer)

    assert await returned("told") == "validation"
    assert await returned("ask_account") == ""
    assert (await place.row(dialog)).state == "bot"
    assert (await place.texts(dialog))[-1] == ("bot", "Номер счёта?")


async def test_returned_customer_may_ask_for_people_again_and_nobody_loses_count(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    rev = (await place.row(dialog)).state_rev
    await place.operators.return_to_bot(anna, dialog, state_rev=rev, key=new_id(), to=Return())
    assert await place.asks_for_people() == dialog
    kinds = [event.kind for event in await place.desk.timeline(dialog)]
    assert sum("escalat" in kind for kind in kinds) >= 2


async def test_close_asks_for_a_rating(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    await place.operators.reply(anna, dialog, "c", Outgoing(text="готово"))
    row = await place.row(dialog)
    answer = await place.operators.close(
        anna,
        dialog,
        state_rev=row.state_rev,
        key=new_id(),
        ending=Ending(seen_n=row.last_n),
    )
    assert answer is None
    assert (await place.row(dialog)).state == "rating"
    assert (await place.texts(dialog))[-1][1] == "<rating_csi>"


async def test_close_over_an_unseen_message_is_refused(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    seen = (await place.row(dialog)).last_n
    await place.writes("и ещё вопрос")
    row = await place.row(dialog)
    answer = await place.operators.close(
        anna,
        dialog,
        state_rev=row.state_rev,
        key=new_id(),
        ending=Ending(seen_n=seen, ask_rating=False, skip_reason="spam"),
    )
    assert code(answer) == "new_message"
    assert (await place.row(dialog)).state == "with_operator"


async def test_command_on_an_old_view_is_stale(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    rev = (await place.row(dialog)).state_rev
    await place.takes(anna, dialog)
    answer = await place.operators.transfer(
        anna, dialog, state_rev=rev, key=new_id(), to_queue=QUEUE
    )
    assert code(answer) == "stale"


async def test_supervisor_takes_over_by_force_and_an_operator_cannot(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    vera = await place.hire("vera", "supervisor")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    assert code(await place.takes(boris, dialog, force=True)) == "forbidden"
    assert code(await place.takes(vera, dialog)) == "taken"
    assert await place.takes(vera, dialog, force=True) is None
    assert (await place.row(dialog)).operator == "vera"


async def test_going_offline_with_dialogs_in_hand_must_say_what_becomes_of_them(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)

    async def leaves(hand_back: bool | None) -> str:
        account = await place.desk.account("anna")
        assert account is not None
        answer = await place.operators.set_status(account, "offline", by=anna, hand_back=hand_back)
        return code(answer)

    assert await leaves(None) == "validation"
    assert await leaves(False) == ""
    assert (await place.row(dialog)).operator == "anna"
    assert await leaves(True) == ""
    assert (await place.row(dialog)).state == "queued"
    account = await place.desk.account("anna")
    assert account is not None
    assert (account.status, account.in_hand) == ("offline", 0)


async def test_command_that_nobody_turns_says_so_and_is_found_by_its_repeat(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    rev, key = (await place.row(dialog)).state_rev, new_id()
    hasty = Operators(place.store, place.desk, place.bus, place.clock, patience=0.05)
    await place.stand_still()
    with pytest.raises(StoreUnavailable):
        await hasty.take(anna, dialog, state_rev=rev, key=key)
    await place.dispatcher.step()
    assert await place.operators.take(anna, dialog, state_rev=rev, key=key) is None
    assert (await place.row(dialog)).state_rev == rev + 1


async def test_tags_come_and_go_in_one_batch_of_turns(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    assert await place.takes(anna, dialog) is None
    rev = (await place.row(dialog)).state_rev
    changes = [
        Sorting(topic="outage", tags_add=("a", "b")),
        Sorting(tags_remove=("a",), tags_add=("c",)),
        Sorting(tags_add=("b",)),
    ]
    answers = [place.operators.sort(anna, dialog, state_rev=rev, sorting=one) for one in changes]
    for answer in answers:
        assert await answer is None
    row = await place.row(dialog)
    assert (row.topic, row.tags, row.priority) == ("outage", ("b", "c"), 0)
