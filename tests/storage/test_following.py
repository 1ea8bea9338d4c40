"""A write hands what it made ready to a worker of the same process, under lease."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Media, Outgoing
from core.effects import Call, Send
from core.store import Follower, Store
from core.store_values import CallJob, ChatClaim, Claimed, StoredAttachment
from core.updates import CallReturned
from tests.storage.build import HOUR, LEASE, NOW, answered, done, later, only, sent, text, turn
from tests.storage.look import Look


class Worker:
    """Follows and keeps what it was given. places: how much it takes."""

    def __init__(self, places: int = 99) -> None:
        self.places = places
        self.claims: list[Any] = []
        self.left: list[bool] = []
        self.must_look = asyncio.Event()

    def take(self, claims: Sequence[Any], left: bool) -> None:
        self.claims += claims
        self.left.append(left)
        if left:
            self.must_look.set()

    def as_follower(self) -> Follower:
        return Follower("w", LEASE, lambda: self.places, self.take)

    def dialog(self) -> Claimed:
        """The one dialog it was given since."""
        (one,) = self.claims
        self.claims.clear()
        assert isinstance(one, Claimed)
        return one


@pytest.fixture
def turns(store: Store) -> Worker:
    worker = Worker()
    store.follow(turns=worker.as_follower())
    return worker


async def test_an_idle_dialog_comes_with_its_update(store: Store, turns: Worker) -> None:
    (accepted,) = await store.accept("tg", [text("привет")], NOW)
    claimed = turns.dialog()
    assert (claimed.dialog.id, claimed.tries) == (accepted.dialog, 0)
    assert [(p.seq, p.update) for p in claimed.updates] == [(1, text("привет").update)]
    assert turns.left == [False]
    assert await store.claim("w2", NOW, 9, LEASE) == (), "it is leased already"
    made = turn(claimed.dialog)
    assert await store.save("w", [done(claimed, made)], NOW) == ()
    assert await store.claim("w2", NOW, 9, LEASE) == (), "nothing is left of it"
    await store.accept("tg", [text("дальше")], later(1))
    again = turns.dialog()
    assert again.dialog == made.dialog
    assert again.epoch == claimed.epoch + 1


async def test_what_comes_during_a_turn_is_left_for_the_look_after_it(
    store: Store, turns: Worker
) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = turns.dialog()
    await store.accept("tg", [text("два")], NOW)
    assert (turns.claims, turns.left) == ([], [False, True])
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    assert [p.seq for p in (await only(store)).updates] == [2]


async def test_a_worker_without_room_is_told_to_look_later(store: Store, turns: Worker) -> None:
    turns.places = 1
    await store.accept("tg", [text("а", chat="1"), text("б", chat="2")], NOW)
    turns.dialog()
    assert turns.left == [True]
    turns.places = 0
    await store.accept("tg", [text("в", chat="3")], NOW)
    assert turns.claims == []
    assert len(await store.claim("w2", NOW, 9, LEASE)) == 2


async def test_a_worker_that_died_with_it_is_replaced_when_the_lease_ends(
    store: Store, turns: Worker, open_another: Callable[..., Any]
) -> None:
    dead = replace_lease(turns, timedelta(0))
    store.follow(turns=dead)
    await store.accept("tg", [text("привет")], NOW)
    claimed = turns.dialog()
    other = await open_another()
    (rescued,) = await other.claim("w2", later(1), 9, LEASE)
    assert rescued.epoch == claimed.epoch + 1
    late = [done(claimed, turn(claimed.dialog))]
    assert await store.save("w", late, later(2)) == (claimed.dialog.id,)


def replace_lease(worker: Worker, lease: timedelta) -> Follower:
    return worker.as_follower()._replace(lease=lease)


async def test_a_dialog_changed_elsewhere_is_read_anew(
    store: Store, turns: Worker, open_another: Callable[..., Any]
) -> None:
    await store.accept("tg", [text("раз")], NOW)
    first = turns.dialog()
    await store.save("w", [done(first, turn(first.dialog, topic="one"))], NOW)
    other = await open_another()
    await other.accept("tg", [text("два")], NOW)
    second = (await other.claim("w2", NOW, 9, LEASE))[0]
    await other.save("w2", [done(second, turn(second.dialog, topic="two"))], NOW)
    await store.accept("tg", [text("три")], NOW)
    assert turns.dialog().dialog.topic == "two"


async def test_a_turn_that_was_not_saved_is_not_remembered(store: Store, turns: Worker) -> None:
    await store.accept("tg", [text("раз")], NOW)
    claimed = turns.dialog()
    refused = turn(claimed.dialog, said=["два", "раза"], topic="lost")
    effects = tuple(
        replace(effect, n=2) if isinstance(effect, Send) else effect for effect in refused.effects
    )
    bad = done(claimed, replace(refused, effects=effects))
    assert await store.save("w", [bad], NOW) == (claimed.dialog.id,)
    (again,) = await store.claim("w", NOW + HOUR, 9, LEASE)
    assert again.dialog.topic == ""


async def test_whoever_asked_may_leave_and_the_worker_still_gets_it(
    store: Store, turns: Worker
) -> None:
    asking = asyncio.create_task(store.accept("tg", [text("привет")], NOW))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await store.outcome("nobody", 1)  # comes after it in any case
    async with asyncio.timeout(5):
        while not turns.claims:  # noqa: ASYNC110  the worker has no event for it
            await asyncio.sleep(0)
    assert turns.dialog().updates[0].seq == 1


async def test_a_follower_that_fails_keeps_nobody_waiting(store: Store) -> None:
    """It is a mistake of ours, and the customer beside it must not wait for ever."""

    def broken(claims: Sequence[Any], left: bool) -> None:
        raise ValueError("a mistake")

    store.follow(turns=Follower("w", LEASE, lambda: 1, broken))
    async with asyncio.timeout(10):
        (accepted,) = await store.accept("tg", [text("привет")], NOW)
    assert not accepted.repeat


async def test_a_message_goes_straight_to_its_sender(store: Store) -> None:
    chats = Worker()
    store.follow(chats=chats.as_follower())
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = await only(store)
    made = turn(claimed.dialog, said=["раз", "два"])
    await store.save("w", [done(claimed, made)], NOW)
    (claim,) = chats.claims
    assert isinstance(claim, ChatClaim)
    assert (claim.channel, claim.chat, claim.address) == ("tg", "7", "7")
    assert [row.content.text for row in claim.rows] == ["раз", "два"]
    assert [row.unsure for row in claim.rows] == [False, False]
    assert await store.claim_chats("d", NOW, 9, LEASE) == (), "it is leased already"
    first, second = claim.rows
    assert await store.settle("w", claim, [sent(first)], False, NOW)
    assert await store.settle("w", claim, [sent(second)], True, NOW)
    assert await store.claim_chats("d", NOW + HOUR, 9, LEASE) == ()
    assert not await store.settle("w", claim, [sent(second)], True, NOW), "it was let go"


async def test_a_message_is_not_handed_to_whoever_cannot_send_it(store: Store) -> None:
    chats = Worker()
    store.follow(chats=chats.as_follower()._replace(channels=("vk",)))
    await answered(store)
    assert (chats.claims, chats.left) == ([], [True])
    (claim,) = await store.claim_chats("d", NOW, 9, LEASE, ("tg",))
    assert claim.rows


async def test_a_sender_that_dies_leaves_one_row_in_doubt(
    store: Store, open_another: Callable[..., Any]
) -> None:
    chats = Worker()
    store.follow(chats=replace_lease(chats, timedelta(0)))
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog, said=["раз", "два"]))], NOW)
    other = await open_another()
    (rescued,) = await other.claim_chats("d2", later(1), 9, LEASE)
    assert [row.unsure for row in rescued.rows] == [True, False]


async def test_a_chat_somebody_is_at_is_left_to_him(store: Store) -> None:
    chats = Worker()
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    (busy,) = await store.claim_chats("d", NOW, 9, LEASE)
    store.follow(chats=chats.as_follower())
    await store.accept("tg", [text("два")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    assert (chats.claims, chats.left) == ([], [True])
    assert await store.settle("d", busy, [sent(busy.rows[0])], True, NOW)
    (freed,) = await store.claim_chats("d", NOW, 9, LEASE)
    assert len(freed.rows) == 1


async def test_rows_that_rest_in_a_chat_go_before_the_new_ones(store: Store, look: Look) -> None:
    chats = Worker()
    await store.accept("tg", [text("раз")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog, said=["раз"]))], NOW)
    await look("UPDATE chat_run SET due_at = NULL")  # rests until somebody wakes the chat
    store.follow(chats=chats.as_follower())
    await store.accept("tg", [text("два")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog, said=["два"]))], NOW)
    assert (chats.claims, chats.left) == ([], [True])
    (claim,) = await store.claim_chats("d", NOW, 9, LEASE)
    assert [row.content.text for row in claim.rows] == ["раз", "два"]


async def test_what_cannot_be_sent_is_not_handed_over(store: Store, look: Look) -> None:
    sender = Worker()
    store.follow(chats=sender.as_follower())
    await store.accept("tg", [text("привет")], NOW)
    claimed = await only(store)
    await store.save("w", [done(claimed, turn(claimed.dialog, gone="blocked"))], NOW)
    assert sender.claims == []
    assert await look("SELECT owner, due_at FROM chat_run") == [(None, None)]


async def test_a_message_for_later_is_not_handed_over(store: Store) -> None:
    chats = Worker()
    store.follow(chats=chats.as_follower())
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = await only(store)
    made = turn(claimed.dialog)
    delayed = tuple(
        replace(effect, not_before=later(5)) if isinstance(effect, Send) else effect
        for effect in made.effects
    )
    await store.save("w", [done(claimed, replace(made, effects=delayed))], NOW)
    assert (chats.claims, chats.left) == ([], [True])
    assert await store.claim_chats("d", later(1), 9, LEASE) == ()
    assert len(await store.claim_chats("d", later(5), 9, LEASE)) == 1


async def test_a_chat_taken_for_a_dialog_that_was_lost_is_free_again(
    store: Store, look: Look, open_another: Callable[..., Any]
) -> None:
    chats = Worker()
    store.follow(chats=chats.as_follower())
    await store.accept("tg", [text("вопрос")], NOW)
    (stale,) = await store.claim("w", NOW, 9, timedelta(0))
    other = await open_another()
    (fresh,) = await other.claim("w2", later(1), 9, LEASE)
    lost = await store.save("w", [done(stale, turn(stale.dialog))], later(1))
    assert lost == (stale.dialog.id,)
    assert chats.claims == []
    assert await look("SELECT 1 FROM chat_run WHERE owner IS NOT NULL OR due_at IS NOT NULL") == []
    await other.save("w2", [done(fresh, turn(fresh.dialog))], later(1))
    assert len(await other.claim_chats("d", later(1), 9, LEASE)) == 1


async def test_a_call_goes_straight_to_its_maker_and_its_result_to_the_turn(store: Store) -> None:
    turns, calls = Worker(), Worker()
    store.follow(turns=turns.as_follower(), calls=calls.as_follower())
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = turns.dialog()
    wanted = Call(key="d:1:1", service="s", arguments={"a": 1}, sealed=("code",), timeout=1)
    await store.save("w", [done(claimed, turn(claimed.dialog, effects=[wanted]))], NOW)
    (job,) = calls.claims
    assert isinstance(job, CallJob)
    assert (job.key, job.tries, job.sealed, job.arguments) == ("d:1:1", 0, ("code",), {"a": 1})
    assert await store.claim_calls("c2", NOW, 9, LEASE) == (), "it is leased already"
    returned = CallReturned(key=job.key, result={"amount": 1})
    assert await store.finish_call("w", job, returned, later(1)) is not None
    assert [p.update for p in turns.dialog().updates] == [returned]
    assert await store.finish_call("w", job, returned, later(1)) is None


async def test_a_call_whose_first_maker_died_is_made_again(
    store: Store, open_another: Callable[..., Any]
) -> None:
    calls = Worker()
    store.follow(calls=replace_lease(calls, timedelta(0)))
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = await only(store)
    wanted = Call(key="d:1:1", service="s", arguments={}, timeout=1)
    await store.save("w", [done(claimed, turn(claimed.dialog, effects=[wanted]))], NOW)
    other = await open_another()
    (again,) = await other.claim_calls("c2", later(1), 9, LEASE)
    assert (again.key, again.tries) == ("d:1:1", 1)
    dead = calls.claims[0]
    assert await store.finish_call("w", dead, CallReturned(key=dead.key), later(1)) is None


async def test_nobody_follows_any_more(store: Store, turns: Worker) -> None:
    store.follow()
    await store.accept("tg", [text("привет")], NOW)
    assert turns.claims == []
    assert (await only(store)).dialog.channel == "tg"


async def test_what_was_under_way_still_comes_to_whoever_followed(
    store: Store, turns: Worker
) -> None:
    asking = asyncio.create_task(store.accept("tg", [text("привет")], NOW))
    await asyncio.sleep(0)
    store.follow()
    await asking
    # taken while somebody followed, or not taken at all; never taken and left lying
    found = tuple(turns.claims) or await store.claim("w2", NOW, 9, LEASE)
    assert [claimed.updates[0].seq for claimed in found] == [1]


async def test_files_of_a_message_come_with_it(store: Store) -> None:
    chats = Worker()
    store.follow(chats=chats.as_follower())
    stored = StoredAttachment(
        id="a1", sha256="0", media_type="image/png", size=3, name="x.png", storage_key="00/a1"
    )
    await store.put_attachment(stored, NOW)
    await store.accept("tg", [text("вопрос")], NOW)
    claimed = await only(store)
    picture = Outgoing(media=(Media(kind="image", attachment="a1"),))
    made = turn(claimed.dialog, said=(), effects=[Send(n=1, part=0, content=picture)])
    await store.save("w", [done(claimed, made)], NOW)
    (row,) = chats.claims[0].rows
    assert row.files["a1"].name == "x.png"
