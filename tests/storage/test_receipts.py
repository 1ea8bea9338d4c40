"""What receipts of the platform and changes of the customer do to messages."""

from typing import Any

import pytest
from msgspec.structs import replace

from core.effects import Amend, MarkDelivery
from core.store import Store
from tests.storage.build import NOW, answered, later, sent
from tests.storage.look import Look
from tests.storage.sending import chat_of, speak


@pytest.mark.parametrize("state", ["delivered", "seen"])
async def test_receipts_raise_a_line_and_never_lower_it(
    store: Store, look: Look, state: str
) -> None:
    await answered(store)
    chat = await chat_of(store)
    await store.settle("d", chat, [sent(chat.rows[0])], True, NOW)
    up: Any = state
    for number, said in enumerate((up, "delivered", "sent")):
        mark = MarkDelivery(platform_id="p1", state=said, at=later(5 + number))
        await speak(store, f"{number}", seconds=5 + number, said=(), effects=[mark])
    assert await look("SELECT delivery FROM message WHERE n = 2") == [(state,)]


async def test_read_up_to_a_message_marks_the_earlier_ones(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два", "три"])
    chat = await chat_of(store)
    for row in chat.rows:
        await store.settle("d", chat, [sent(row)], row is chat.rows[-1], NOW)
    mark = MarkDelivery(platform_id="p2", state="seen", up_to=True, at=later(5))
    await speak(store, "ок", said=(), effects=[mark])
    states = await look("SELECT delivery FROM message WHERE direction = 'out' ORDER BY n")
    assert states == [("seen",), ("seen",), ("sent",)]


async def test_desks_hear_only_of_lines_that_a_receipt_changed(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    for row in chat.rows:
        await store.settle("d", chat, [sent(row)], row is chat.rows[-1], NOW)
    told = "SELECT count(*) FROM desk_event WHERE kind = 'message_state'"
    ((before,),) = await look(told)
    for number, platform_id in enumerate(("p1", "p2", "p2")):
        mark = MarkDelivery(platform_id=platform_id, state="seen", up_to=True, at=later(5))
        await speak(store, f"{number}", said=(), effects=[mark])
    assert await look(told) == [(before + 2,)]


async def test_read_up_to_a_moment_marks_what_was_sent_by_then(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два", "три"])
    chat = await chat_of(store)
    for row, seconds in zip(chat.rows, (0, 3, 60), strict=True):
        outcome = sent(row, at=later(seconds))
        await store.settle("d", chat, [outcome], row is chat.rows[-1], later(seconds))
    mark = MarkDelivery(platform_id="", state="seen", up_to=True, until=NOW, at=later(70))
    await speak(store, "ок", said=(), seconds=70, effects=[mark])
    states = await look("SELECT delivery FROM message WHERE direction = 'out' ORDER BY n")
    assert states == [("seen",), ("seen",), ("sent",)], "the answer to «два» came a little later"


async def test_a_receipt_proves_the_only_unknown_row_of_its_chat(store: Store, look: Look) -> None:
    await answered(store, said=["раз", "два"])
    chat = await chat_of(store)
    doubt = sent(chat.rows[0], state="unknown", not_before=later(10), platform_id="", at=NOW)
    await store.settle("d", chat, [doubt], True, NOW)
    await speak(store, "ок", said=(), seconds=3, effects=[proof(3)])
    assert await look("SELECT state, platform_id FROM outbox WHERE n = 2") == [("sent", "token")]
    assert [row.content.text for row in (await chat_of(store, seconds=3)).rows] == ["два"]


def proof(seconds: float, **changes: Any) -> MarkDelivery:
    """A receipt of a message that we know nothing of, where the platform's prove something."""
    given = {"platform_id": "token", "state": "delivered", "at": later(seconds), "proves": True}
    return MarkDelivery(**{**given, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"proves": False},
        {"proves": False, "state": "sent"},
        {"proves": False, "state": "seen", "up_to": True},
        {"platform_id": ""},
    ],
)
async def test_a_receipt_of_a_strange_message_proves_nothing(
    store: Store, look: Look, changes: dict[str, Any]
) -> None:
    await answered(store, said=["раз"], kind="operator")
    chat = await chat_of(store)
    doubt = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [doubt], True, NOW)
    await speak(store, "ок", said=(), seconds=3, effects=[proof(3, **changes)])
    assert await look("SELECT state FROM outbox") == [("unknown",)]
    assert await look("SELECT delivery FROM message WHERE n = 2") == [("unknown",)]


async def test_a_receipt_may_be_of_a_greeting_whose_id_nobody_was_told(
    store: Store, look: Look
) -> None:
    await answered(store, said=["привет", "раз"], kind="operator")
    chat = await chat_of(store)
    greeting = sent(chat.rows[0], platform_id="welcome:0f")
    doubt = sent(chat.rows[1], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [greeting, doubt], True, NOW)
    await speak(store, "ок", said=(), seconds=3, effects=[proof(3)])
    assert await look("SELECT state FROM outbox ORDER BY id") == [("sent",), ("unknown",)]


async def test_the_receipt_of_a_greeting_is_written_down_and_the_next_is_of_another(
    store: Store, look: Look
) -> None:
    await answered(store, said=["привет"])
    chat = await chat_of(store)
    greeting = sent(chat.rows[0], platform_id="welcome:0f")
    await store.settle("d", chat, [greeting], True, NOW)
    await speak(store, "ок", said=["раз"], seconds=1, effects=[proof(1, platform_id="t1")])
    lines = "SELECT delivery FROM message WHERE direction = 'out' ORDER BY n"
    assert await look(lines) == [("delivered",), ("new",)]
    chat = await chat_of(store, seconds=2)
    at = later(2)
    doubt = sent(chat.rows[0], state="unknown", not_before=later(12), platform_id="", at=at)
    await store.settle("d", chat, [doubt], True, at)
    await speak(store, "да", said=(), seconds=3, effects=[proof(3)])
    rows = "SELECT state, platform_id FROM outbox ORDER BY id"
    assert await look(rows) == [("sent", "welcome:0f"), ("sent", "token")]


async def test_a_receipt_may_be_of_a_message_that_is_on_its_way(store: Store, look: Look) -> None:
    await answered(store, said=["раз"], kind="operator")
    chat = await chat_of(store)
    held = sent(chat.rows[0], state="unknown", hold=True, platform_id="")
    await store.settle("d", chat, [held], True, NOW)
    await speak(store, "ок", said=["два"], seconds=1)
    await chat_of(store, seconds=1)  # the platform has «два», and its answer is not here yet
    await speak(store, "да", said=(), seconds=2, effects=[proof(2)])
    assert await look("SELECT state FROM outbox ORDER BY id") == [("unknown",), ("new",)]


async def test_no_attempt_at_a_doubtful_message_is_older_than_it_is_said_to_be(
    store: Store,
) -> None:
    await answered(store, said=["раз"])
    for minute in range(1, 4):
        chat = await chat_of(store, seconds=minute * 60)
        (row,) = chat.rows
        assert row.since == NOW, "the first attempt counts, however many followed it"
        at = later(minute * 60)
        doubt = sent(row, state="unknown", not_before=at, platform_id="", at=at)
        await store.settle("d", chat, [doubt], True, at)


async def test_edits_and_deletions_of_the_customer_reach_the_transcript(
    store: Store, look: Look
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1' WHERE n = 1")
    edit = Amend(platform_id="m1", text="исправлено", at=later(5))
    await speak(store, "а", said=(), effects=[edit])
    line = "SELECT text, edited_at IS NULL, deleted_at IS NULL FROM message WHERE n = 1"
    assert [tuple(map(str, row)) for row in await look(line)] in (
        [("исправлено", "0", "1")],
        [("исправлено", "False", "True")],
    )
    gone = Amend(platform_id="m1", text=None, at=later(6))
    await speak(store, "б", said=(), effects=[gone])
    assert (await look(line))[0][0] == "исправлено"
    assert not (await look(line))[0][2]


@pytest.mark.parametrize(("said", "masked"), [("привет", False), ("код ••••••", True)])
async def test_an_edit_that_changes_no_word_leaves_the_line_as_it_was(
    store: Store, look: Look, said: str, masked: bool
) -> None:
    await answered(store)
    kept = f"text = '{said}', masked = {str(masked).lower()}"
    await look(f"UPDATE message SET platform_id = 'm1', {kept} WHERE n = 1")  # noqa: S608
    words = "код 654321" if masked else said
    same = Amend(platform_id="m1", text=words, at=later(5))
    await speak(store, "а", said=(), effects=[same])
    ((text, is_new),) = await look("SELECT text, edited_at IS NULL FROM message WHERE n = 1")
    assert (text, bool(is_new)) == (said, True)


async def test_an_edit_that_brings_a_card_marks_the_message_as_masked(
    store: Store, look: Look
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1' WHERE n = 1")
    edit = Amend(platform_id="m1", text="карта ••••••", at=later(5), masked=True)
    await speak(store, "а", said=(), effects=[edit])
    ((is_masked,),) = await look("SELECT masked FROM message WHERE n = 1")
    assert is_masked in (1, True)


async def test_the_edit_of_a_secret_answer_shows_no_more_than_the_answer_did(
    store: Store, look: Look
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1', masked = true WHERE n = 1")
    edit = Amend(platform_id="m1", text="ой, 654 321", at=later(5))
    await speak(store, "а", said=(), effects=[edit])
    assert await look("SELECT text FROM message WHERE n = 1") == [("ой, ••••••",)]


async def edited(store: Store, *edits: Amend) -> None:
    """The first line is the message m1, and these edits of it come one after the other."""
    for number, edit in enumerate(edits):
        await speak(store, f"и {number}", said=(), effects=[edit])


def worded(text: str, order: int) -> Amend:
    return Amend(platform_id="m1", text=text, at=later(5), order=order)


@pytest.mark.parametrize(
    ("orders", "shown"),
    [
        ((7, 6), "раз"),
        ((6, 7), "два"),
        ((7, 7), "два"),
        ((7, 0), "два"),
        ((0, 7), "два"),
        ((0, 0), "два"),
    ],
    ids=["reversed", "in order", "at the same moment", "then unknown", "unknown first", "unknown"],
)
async def test_an_older_edit_that_comes_late_changes_nothing(
    store: Store, look: Look, orders: tuple[int, int], shown: str
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1' WHERE n = 1")
    await edited(store, worded("раз", orders[0]), worded("два", orders[1]))
    assert await look("SELECT text FROM message WHERE n = 1") == [(shown,)]


async def test_an_older_edit_is_older_than_all_that_came_before_it(
    store: Store, look: Look
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1' WHERE n = 1")
    old = replace(worded("карта ••••••", 6), masked=True)
    gone = Amend(platform_id="m1", text=None, at=later(6))
    await edited(store, worded("раз", 7), worded("два", 0), gone, old)
    line = "SELECT text, masked, deleted_at IS NULL FROM message WHERE n = 1"
    ((text, masked, is_there),) = await look(line)
    assert (text, bool(masked), bool(is_there)) == ("два", False, False)


@pytest.mark.parametrize("orders", [(7, 6), (6, 7), (0, 0)], ids=str)
async def test_edits_of_one_message_in_one_turn_of_the_dialog_follow_each_other(
    store: Store, look: Look, orders: tuple[int, int]
) -> None:
    await answered(store)
    await look("UPDATE message SET platform_id = 'm1' WHERE n = 1")
    gone = Amend(platform_id="m1", text=None, at=later(6))
    edits = [worded("раз", orders[0]), worded("два", orders[1]), gone]
    await speak(store, "а", said=(), effects=edits)
    shown = "раз" if orders == (7, 6) else "два"
    ((text, is_there),) = await look("SELECT text, deleted_at IS NULL FROM message WHERE n = 1")
    assert (text, bool(is_there)) == (shown, False)
