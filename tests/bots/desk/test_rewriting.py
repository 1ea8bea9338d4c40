"""One's own messages changed or taken back, at the platform and in the transcript."""

from typing import Any

import pytest

from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from core.store_values import Delivered
from tests.bots.desk.test_commands import said
from tests.bots.desk.test_undo import LEASE
from tests.fakes.desk import CAPABILITIES, Browser, DeskServer
from tests.fakes.workplace import Workplace, new_id


async def sent_out(place: Workplace) -> None:
    """Everything that may go now goes, and the platform says so."""
    for claim in await place.store.claim_chats("w", place.now, 64, LEASE):
        outcomes = [
            Delivered(
                row=row.id, state="sent", at=place.now, tries=1, platform_id=f"p{row.n}.{row.part}"
            )
            for row in claim.rows
        ]
        await place.store.settle("w", claim, outcomes, True, place.now)


async def replied(desk: DeskServer, who: Browser, *, sent: bool = True) -> tuple[str, str]:
    """A dialog with an operator's message; its id and the message's."""
    dialog = await desk.place.asks_for_people()
    assert (await who.take(dialog)).status == 200
    answer = await who.post(f"/dialogs/{dialog}/reply", said("Здрасте"))
    if sent:
        await sent_out(desk.place)
    return dialog, answer.body["id"]


async def shown(who: Browser, dialog: str, message: str) -> Any:
    """The message as the transcript has it now."""
    found = (await who.get(f"/dialogs/{dialog}"))["messages"]
    return next(one for one in found if one["id"] == message)


async def test_a_changed_message_is_changed_for_the_customer_too(
    desk: DeskServer, anna: Browser
) -> None:
    dialog, message = await replied(desk, anna)
    path = f"/dialogs/{dialog}/messages/{message}"
    answer = await anna.ask("PATCH", path, {"text": "Здравствуйте!"})
    assert answer.status == 200, answer
    assert desk.platform.rewritten == [(f"p{message}.0", "Здравствуйте!")]
    now = await shown(anna, dialog, message)
    assert now == answer.body
    assert now["parts"] == [{"t": "text", "v": "Здравствуйте!"}]
    assert now["edited_at"]
    assert now["delivery"]["state"] == "sent"


async def test_a_message_taken_back_leaves_its_place(desk: DeskServer, anna: Browser) -> None:
    dialog, message = await replied(desk, anna)
    path = f"/dialogs/{dialog}/messages/{message}"
    answer = await anna.ask("DELETE", path)
    assert (answer.status, answer.body["parts"]) == (200, [])
    assert answer.body["deleted_at"]
    assert desk.platform.rewritten == [(f"p{message}.0", None)]
    for again in (await anna.ask("DELETE", path), await anna.ask("PATCH", path, {"text": "x"})):
        assert (again.status, again.code) == (422, "validation")


async def test_what_is_still_unsent_is_not_sent(desk: DeskServer, anna: Browser) -> None:
    dialog, message = await replied(desk, anna, sent=False)
    path = f"/dialogs/{dialog}/messages/{message}"
    assert (await anna.ask("PATCH", path, {"text": "x"})).code == "validation"
    assert (await anna.ask("DELETE", path)).status == 200
    assert desk.platform.rewritten == []
    await sent_out(desk.place)
    assert (await shown(anna, dialog, message))["delivery"]["state"] == "cancelled"


async def test_notes_need_no_channel(desk: DeskServer, anna: Browser) -> None:
    dialog, _ = await replied(desk, anna)
    note = {"client_id": new_id(), "text": "черновик"}
    message = (await anna.post(f"/dialogs/{dialog}/note", note)).body["id"]
    path = f"/dialogs/{dialog}/messages/{message}"
    assert (await anna.ask("PATCH", path, {"text": "заметка"})).body["kind"] == "note"
    assert (await anna.ask("DELETE", path)).status == 200
    assert desk.platform.rewritten == []


async def test_only_ones_own_words_can_be_changed(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser
) -> None:
    dialog, message = await replied(desk, anna)
    own = f"/dialogs/{dialog}/messages/{message}"
    assert (await boris.ask("PATCH", own, {"text": "x"})).status == 404
    assert (await sonya.ask("PATCH", own, {"text": "x"})).code == "not_owner"
    customers = f"/dialogs/{dialog}/messages/1"
    assert (await anna.ask("PATCH", customers, {"text": "x"})).code == "validation"
    for nothing in ("99", "x", "-1"):
        path = f"/dialogs/{dialog}/messages/{nothing}"
        assert (await anna.ask("DELETE", path)).status == 404
    assert desk.platform.rewritten == []


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (MessageRejected("400", "message can't be edited"), 422, "channel_refuses"),
        (RecipientGone("blocked"), 422, "channel_refuses"),
        (RateLimited(3, "chat"), 429, "rate_limited"),
        (ChannelUnavailable("network"), 503, "draining"),
        (DeliveryUnknown("timeout"), 503, "draining"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_the_platform_refuses_stays_as_it_is(
    desk: DeskServer, anna: Browser, refusal: ChannelError, status: int, code: str
) -> None:
    dialog, message = await replied(desk, anna)
    desk.platform.refusal = refusal
    path = f"/dialogs/{dialog}/messages/{message}"
    for answer in (await anna.ask("PATCH", path, {"text": "x"}), await anna.ask("DELETE", path)):
        assert (answer.status, answer.code) == (status, code)
    now = await shown(anna, dialog, message)
    assert (now["parts"], now["edited_at"], now["deleted_at"]) == (
        [{"t": "text", "v": "Здрасте"}],
        None,
        None,
    )


async def test_a_channel_that_cannot_is_not_asked(place: Workplace, tmp_path: Any) -> None:
    from msgspec.structs import replace

    server = DeskServer(place, tmp_path)
    plain = replace(CAPABILITIES, edit=False, delete=False)
    async with server.open(capabilities=lambda _: plain) as desk:
        anna = await desk.hired("anna")
        dialog, message = await replied(desk, anna)
        path = f"/dialogs/{dialog}/messages/{message}"
        for answer in (
            await anna.ask("PATCH", path, {"text": "x"}),
            await anna.ask("DELETE", path),
        ):
            assert (answer.status, answer.code) == (422, "channel_refuses")
        assert desk.platform.rewritten == []
