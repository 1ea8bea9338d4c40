"""The dispatcher on real stores: one dialog that fails leaves its neighbours alone."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from core.errors import StoreUnavailable
from core.scenario.model import Bundle
from core.storage.desk import open_desk
from core.store import Store
from core.store_values import Claimed, Done
from core.updates import CustomerMessage, Meaning, Received, Sender
from handlers.desk_facts import DeskFactsSource
from handlers.dispatch import SAVES, WAITING, Dispatcher, is_same_day, levels
from handlers.following import Following, follow
from handlers.world import DeskFacts, FixedDesk, World
from tests.fakes.fresh_store import fresh_store
from tests.fakes.talk import BUTTONS, NOTHING
from tests.fakes.workplace import CHANNEL, START, Workplace, new_id
from tests.fakes.world import Meant, Shelf


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Workplace]:
    """A workplace whose own dispatcher stands still, so that the test alone turns."""
    async with (
        fresh_store(database_url, new_id) as store,
        open_desk(database_url) as desk,
    ):
        yield Workplace(store, desk)


def received(chat: str, number: int, text: str) -> Received:
    """A message of the person `chat`."""
    return Received(
        chat=chat,
        sender=Sender(user=chat, lang="ru"),
        update=CustomerMessage(text=text, platform_id=str(number)),
        dedup_key=f"{chat}:{number}",
    )


def dispatcher(place: Workplace, poison: str, *, at_once: bool = False) -> Dispatcher:
    """A dispatcher whose classifier breaks at one text. at_once: it keeps nobody waiting."""

    def meaning(bundle: Bundle, text: str) -> Meaning:
        if text == poison:
            raise RuntimeError("the classifier broke")
        return NOTHING

    def saved(done: Sequence[Done]) -> None:
        """Nobody waits here."""

    world = World(
        active=lambda: place.bundle,
        bundles=Shelf(lambda: place.bundle),
        capabilities=lambda name: BUTTONS,
        seal=lambda dialog, value: value,
        desk=FixedDesk(),
        meaning=Meant(meaning, at_once=at_once),
        policy=place.dispatcher.world.policy,
    )
    return Dispatcher(place.store, world, worker="two", clock=place.clock, saved=saved)


def _texts(place: Workplace) -> Iterable[tuple[str, Mapping[str, str]]]:
    return place.bundle.texts.items()


async def lines(place: Workplace, dialog: str) -> list[str]:
    """The transcript: `author: text`."""
    found = await place.desk.lines(dialog, after=0)
    return [f"{line.author_kind}: {line.text}" for line in found.items]


async def test_turn_that_raises_leaves_the_other_dialogs_of_its_batch_alone(
    place: Workplace,
) -> None:
    worker = dispatcher(place, "яд")
    messages = [received("1", 1, "привет"), received("2", 1, "яд"), received("3", 1, "привет")]
    filed = await place.store.accept(CHANNEL, messages, START)
    assert await worker.step() == 3
    assert (await lines(place, filed[0].dialog))[0] == "customer: привет"
    assert (await lines(place, filed[2].dialog))[0] == "customer: привет"
    assert await lines(place, filed[1].dialog) == [], "nothing of the failed turn was written"


async def test_updates_before_the_failing_one_are_kept_and_order_holds(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    messages = [received("1", 1, "привет"), received("1", 2, "яд"), received("1", 3, "потом")]
    filed = await place.store.accept(CHANNEL, messages, START)
    await worker.step()
    said = [line for line in await lines(place, filed[0].dialog) if line.startswith("customer")]
    assert said == ["customer: привет"]
    place.later(seconds=5)
    worker.world.meaning = place.dispatcher.world.meaning  # the classifier works again
    await worker.step()
    said = [line for line in await lines(place, filed[0].dialog) if line.startswith("customer")]
    assert said == ["customer: привет", "customer: яд", "customer: потом"]


async def test_what_was_turned_before_a_failure_is_never_turned_again(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    await worker.step()
    await place.store.accept(CHANNEL, [received("1", 2, "яд")], START)
    for _ in range(2):
        await worker.step()
        place.later(minutes=2)
    worker.world.meaning = place.dispatcher.world.meaning  # the classifier works again
    await worker.step()
    said = [line for line in await lines(place, filed.dialog) if line.startswith("customer")]
    assert said == ["customer: привет", "customer: яд"]


async def test_dialog_that_fails_again_and_again_is_given_to_people(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "яд")], START)
    for _ in range(6):
        await worker.step()
        place.later(minutes=2)
    story = await lines(place, filed.dialog)
    assert story[0] == "customer: яд", "the message is not lost"
    handoff = await place.desk.handoff(filed.dialog)
    assert handoff is not None
    assert handoff.reason == "engine_error"
    assert any(line.startswith("system: <to_operator>") for line in story), "and is told so"


async def test_people_who_come_within_one_second_are_told_places_of_their_own(
    place: Workplace,
) -> None:
    texts = {lang: {**own, "queue_place": "номер {place}"} for lang, own in _texts(place)}
    place.bundle = replace(place.bundle, texts=texts)
    worker = dispatcher(place, "яд")
    worker.world.desk = DeskFactsSource(place.store, place.clock)  # reads once a second
    messages = [received(str(chat), 1, "оператор") for chat in (1, 2, 3)]
    filed = [*await place.store.accept(CHANNEL, messages[:2], START)]
    assert await worker.step() == 2
    filed += await place.store.accept(CHANNEL, messages[2:], START)
    assert await worker.step() == 1
    told = [line for one in filed for line in await lines(place, one.dialog) if "номер" in line]
    assert sorted(line[line.index("номер") :] for line in told) == ["номер 1", "номер 2", "номер 3"]


async def test_a_message_is_turned_where_it_is_filed(place: Workplace) -> None:
    worker = dispatcher(place, "яд", at_once=True)
    told: list[Done] = []
    worker.saved = told.extend
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    assert (await lines(place, filed.dialog))[0] == "customer: привет"
    assert [done.dialog for done in told] == [filed.dialog]
    assert await worker.step() == 0


async def test_a_slow_classifier_is_not_waited_for_while_filing(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    assert await lines(place, filed.dialog) == []
    assert await worker.step() == 1
    assert (await lines(place, filed.dialog))[0] == "customer: привет"


async def test_a_turn_that_raises_while_filing_leaves_everybody_else_alone(
    place: Workplace,
) -> None:
    worker = dispatcher(place, "яд", at_once=True)
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    messages = [received("1", 1, "привет"), received("2", 1, "яд"), received("3", 1, "привет")]
    filed = await place.store.accept(CHANNEL, messages, START)
    stories = [await lines(place, one.dialog) for one in filed]
    assert [story[:1] for story in stories] == [["customer: привет"], [], ["customer: привет"]]
    place.later(seconds=5)
    worker.world.meaning = place.dispatcher.world.meaning  # the classifier works again
    assert await worker.step() == 1
    assert (await lines(place, filed[1].dialog))[0] == "customer: яд"


async def test_while_the_desk_is_unknown_turns_are_made_later(place: Workplace) -> None:
    worker = dispatcher(place, "яд", at_once=True)
    source = DeskFactsSource(place.store, place.clock, people=place.desk)
    worker.world.desk = source
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    (first,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    assert await lines(place, first.dialog) == []
    assert await worker.step() == 1, "which reads the facts"
    (second,) = await place.store.accept(CHANNEL, [received("2", 1, "привет")], START)
    assert await lines(place, second.dialog) != []
    place.later(seconds=3)
    (third,) = await place.store.accept(CHANNEL, [received("3", 1, "привет")], place.now)
    assert await lines(place, third.dialog) == [], "they are too old"
    await source.refresh()
    (fourth,) = await place.store.accept(CHANNEL, [received("4", 1, "привет")], place.now)
    assert await lines(place, fourth.dialog) != []


class Shaky:
    """A store whose `claim` and `save` fail so often. taken: what is saved is, all the same: only
    the answer is lost."""

    def __init__(self, store: Store, *, claims: int = 0, saves: int = 0, taken: int = 0) -> None:
        self._store = store
        self.claims, self.saves, self.taken = claims, saves, taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def claim(self, *asked: Any) -> tuple[Claimed, ...]:
        self._fail("claims")
        return await self._store.claim(*asked)

    async def save(self, *asked: Any) -> tuple[str, ...]:
        self._fail("saves")
        lost = await self._store.save(*asked)
        self._fail("taken")
        return lost

    def _fail(self, what: str) -> None:
        left = getattr(self, what)
        if left:
            setattr(self, what, left - 1)
            raise StoreUnavailable(what)


def shaky(worker: Dispatcher, **fails: int) -> Dispatcher:
    """The same worker on a database that fails."""
    worker.store = Shaky(worker.store, **fails)
    return worker


class Away(FixedDesk):
    """A desk that cannot be read, but for the first times."""

    def __init__(self, answers: int = 0) -> None:
        super().__init__()
        self.answers = answers

    async def __call__(self) -> DeskFacts:
        self.answers -= 1
        if self.answers < 0:
            raise StoreUnavailable("desk")
        return await super().__call__()


async def test_who_cannot_learn_of_the_desk_keeps_no_dialog_from_others(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    worker.world.desk = Away()
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    with pytest.raises(StoreUnavailable):
        await worker.step()
    assert await dispatcher(place, "яд").step() == 1
    assert (await lines(place, filed.dialog))[0] == "customer: привет"


async def test_a_desk_that_is_away_after_the_claim_costs_no_lease(place: Workplace) -> None:
    worker = dispatcher(place, "яд")
    worker.world.desk = Away(answers=1)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    with pytest.raises(StoreUnavailable):
        await worker.step()
    worker.world.desk = FixedDesk()
    assert await worker.step() == 1
    assert (await lines(place, filed.dialog))[0] == "customer: привет"


async def test_turns_that_could_not_be_saved_are_made_again_at_once(place: Workplace) -> None:
    worker = shaky(dispatcher(place, "яд"), saves=1)
    messages = [received(str(chat), 1, "привет") for chat in range(3)]
    filed = await place.store.accept(CHANNEL, messages, START)
    with pytest.raises(StoreUnavailable):
        await worker.step()
    assert await worker.step() == 3, "their leases last, and nobody else may have them"
    for one in filed:
        assert (await lines(place, one.dialog)).count("customer: привет") == 1


async def test_turns_that_were_saved_though_nobody_heard_are_not_saved_twice(
    place: Workplace,
) -> None:
    worker = shaky(dispatcher(place, "яд"), taken=1)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    with pytest.raises(StoreUnavailable):
        await worker.step()
    story = await lines(place, filed.dialog)
    await worker.step()
    assert await worker.step() == 0
    assert await lines(place, filed.dialog) == story
    await place.store.accept(CHANNEL, [received("1", 2, "ещё")], START)
    assert await worker.step() == 1
    assert "customer: ещё" in await lines(place, filed.dialog)


async def test_dialogs_handed_over_outlast_a_claim_that_fails(place: Workplace) -> None:
    worker = shaky(dispatcher(place, "яд"), claims=1)
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    with pytest.raises(StoreUnavailable):
        await worker.step()
    assert await worker.step() == 1
    assert (await lines(place, filed.dialog))[0] == "customer: привет"


async def test_of_two_leases_of_a_dialog_only_the_later_one_is_turned(place: Workplace) -> None:
    """What waits here for the end of an outage may have to be claimed anew."""
    worker = dispatcher(place, "яд")
    worker.lease = timedelta()
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    assert worker.room() < WAITING, "it was handed over, and its lease is over"
    assert await worker.step() == 1
    assert (await lines(place, filed.dialog)).count("customer: привет") == 1


async def test_turns_made_again_take_no_second_place_in_the_queue(place: Workplace) -> None:
    texts = {lang: {**own, "queue_place": "номер {place}"} for lang, own in _texts(place)}
    place.bundle = replace(place.bundle, texts=texts)
    worker = shaky(dispatcher(place, "яд"), saves=2)
    worker.world.desk = DeskFactsSource(place.store, place.clock)  # reads once a second
    (filed,) = await place.store.accept(CHANNEL, [received("1", 1, "оператор")], START)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await worker.step()
    await worker.step()
    assert any("номер 1" in line for line in await lines(place, filed.dialog))


async def test_a_batch_that_is_never_taken_does_not_keep_others_waiting(place: Workplace) -> None:
    """It may be the batch itself that the database breaks down over."""
    worker = shaky(dispatcher(place, "яд"), saves=SAVES)
    (first,) = await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    for _ in range(SAVES):
        with pytest.raises(StoreUnavailable):
            await worker.step()
    (second,) = await place.store.accept(CHANNEL, [received("2", 1, "привет")], START)
    assert await worker.step() == 1
    assert await lines(place, second.dialog) != []
    assert await lines(place, first.dialog) == [], "it waits for the end of its lease"


async def test_whoever_stops_does_not_wait_for_a_database_that_is_away(place: Workplace) -> None:
    worker = shaky(dispatcher(place, "яд"), saves=9)
    follow(place.store, Following(worker), nudge=lambda: None, wake=lambda topic: None)
    await place.store.accept(CHANNEL, [received("1", 1, "привет")], START)
    await worker.drain()


async def test_nothing_ready_costs_no_turn(place: Workplace) -> None:
    assert await dispatcher(place, "яд").step() == 0


@pytest.mark.parametrize(("passed", "level"), [(0, "verified"), (31, "linked")])
def test_verified_level_becomes_linked_when_its_time_is_over(passed: int, level: str) -> None:
    grants = {"77001234": ("verified", START + timedelta(days=30))}
    found = levels(grants, START + timedelta(days=passed))  # type: ignore[arg-type]  # a literal
    assert found == {"77001234": level}


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ("2026-11-24T05:00+00:00", "2026-11-24T20:59+00:00", True),
        ("2026-11-24T05:00+00:00", "2026-11-24T21:01+00:00", False),  # a new day in Moscow
        ("2026-11-23T21:01+00:00", "2026-11-24T20:59+00:00", True),
    ],
)
def test_a_day_is_the_organisations(then: str, now: str, same: bool) -> None:
    moscow = ZoneInfo("Europe/Moscow")
    found = is_same_day(datetime.fromisoformat(then), datetime.fromisoformat(now), moscow)
    assert found is same
    assert not is_same_day(None, datetime.fromisoformat(now), moscow)
