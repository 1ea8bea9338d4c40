"""An operator's first word, on both databases."""

import asyncio
from datetime import timedelta

from core.access import Person
from core.content import Outgoing
from core.desk_values import Ending
from core.state import Refusal
from core.updates import CustomerMessage, OperatorOpened, Received, Sender
from tests.fakes.workplace import CHANNEL, Workplace, new_id
from tests.storage.look import look_at

HELLO = Outgoing(text="Добрый день!")


async def served(place: Workplace, who: Person) -> tuple[str, str]:
    """A closed dialog, and its customer's account."""
    dialog = await place.asks_for_people()
    assert await place.takes(who, dialog) is None
    row = await place.row(dialog)
    ending = Ending(seen_n=row.last_n, ask_rating=False, skip_reason="x")
    refusal = await place.operators.close(
        who, dialog, state_rev=row.state_rev, key=new_id(), ending=ending
    )
    assert refusal is None
    return dialog, row.identity


async def test_a_dialog_begun_by_an_operator_says_so(place: Workplace, database_url: str) -> None:
    anna = await place.hire("anna")
    old, identity = await served(place, anna)
    dialog, refusal = await place.operators.open(anna, identity, new_id(), HELLO)
    assert refusal is None
    assert dialog != old
    look = look_at(database_url)
    found = await look("SELECT id, opened_by FROM dialog WHERE state = 'with_operator'")
    assert found == [(dialog, "operator")]
    assert await look("SELECT dialog FROM chat_run") == [(dialog,)]
    assert await look("SELECT count(*) FROM outbox WHERE state = 'new' AND kind = 'operator'") == [
        (1,)
    ]


async def test_a_customer_who_writes_at_the_same_moment_is_heard_in_one_dialog(
    place: Workplace, database_url: str
) -> None:
    anna = await place.hire("anna")
    _, identity = await served(place, anna)
    place.now += timedelta(days=3)  # too late to reopen: whoever comes first begins
    (dialog, refusal), heard = await asyncio.gather(
        place.operators.open(anna, identity, new_id(), HELLO), place.writes("есть кто?")
    )
    look = look_at(database_url)
    assert await look("SELECT count(*) FROM dialog") == [(2,)]
    if refusal is None:
        assert heard == dialog
    else:
        assert refusal.code == "taken"
        assert (await place.row(heard)).state != "closed"


async def test_a_customer_who_just_came_back_is_not_written_past(
    place: Workplace, database_url: str
) -> None:
    anna = await place.hire("anna")
    old, identity = await served(place, anna)
    await place.stand_still()  # what comes is filed and waits for its turn
    place.later(minutes=5)
    assert await filed(place, "оператор") == old
    update = OperatorOpened(operator="anna", name="Anna", client_id="c", content=HELLO)
    word = await place.store.begin(identity, update, place.now, "message:c")
    assert word.dialog == old
    assert await place.dispatcher.step() == 1
    _, refusal = await place.store.outcome(old, word.seq)
    assert refusal == Refusal(code="taken", detail="queued")
    assert await look_at(database_url)("SELECT id, state FROM dialog") == [(old, "queued")]
    assert await filed(place, "ау") == old


async def filed(place: Workplace, words: str) -> str:
    """A customer's message that nobody turns yet: the dialog it came into."""
    sender = Sender(user="u7", name="Ольга", lang="ru")
    update = CustomerMessage(text=words)
    received = Received(chat="7", sender=sender, update=update, dedup_key=new_id())
    return (await place.store.accept(CHANNEL, [received], place.now))[0].dialog


async def test_nobody_has_no_chat(place: Workplace) -> None:
    anna = await place.hire("anna")
    assert await place.operators.open(anna, "nobody", new_id(), HELLO) == (
        "",
        Refusal(code="not_found"),
    )
