"""What every customer's update passes before it is stored."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.store import Store
from core.store_values import Accepted
from core.updates import CustomerCommented, CustomerEdited, CustomerMessage, CustomerTyping
from handlers.intake import intake, prepared
from tests.fakes.fresh_store import fresh_store, url_of
from tests.storage.build import LEASE, NOW, event, text

CARD = "4111 1111 1111 1111"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(url_of(tmp_path)) as opened:
        yield opened


def test_a_card_number_under_a_post_is_masked_like_any_other() -> None:
    update = prepared(event(CustomerCommented(text=f"карта {CARD}"), key="1")).update
    assert isinstance(update, CustomerCommented)
    assert CARD not in update.text
    assert update.masked


def test_an_edit_keeps_its_place_among_the_edits_of_the_message() -> None:
    edit = event(CustomerEdited(platform_id="1", text="да"), key="1")
    assert prepared(replace(edit, order_key=7)).update == replace(edit.update, order_key=7)
    assert prepared(edit) is edit


async def test_typing_leaves_no_trace_and_opens_no_dialog(store: Store) -> None:
    woken = []
    take_in = intake(store, lambda: NOW, lambda: woken.append(1))
    (nowhere,) = await take_in("main", [event(CustomerTyping(), key="t1")])
    assert nowhere == Accepted(dialog="", seq=0)
    assert await store.claim("w", NOW, 64, LEASE) == ()
    assert woken == []


async def test_a_message_beside_typing_is_stored(store: Store) -> None:
    take_in = intake(store, lambda: NOW, lambda: None)
    typing = event(CustomerTyping(), key="t1")
    before, there, after = await take_in("main", [typing, text("привет"), typing])
    assert before == after == Accepted(dialog="", seq=0)
    assert there.seq == 1
    (claimed,) = await store.claim("w", NOW, 64, LEASE)
    assert [pending.update for pending in claimed.updates] == [CustomerMessage(text="привет")]
