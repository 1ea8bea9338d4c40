"""Finding dialogs and people, on both databases."""

from typing import Any

import pytest

from core.access import Person
from core.search import Matches, SearchQuery
from core.storage.desk_search import as_glob, as_regex
from tests.fakes.workplace import CHANNEL, QUEUE, Workplace
from tests.storage.look import look_at


async def found(place: Workplace, who: Person, *words: str, **filters: Any) -> Matches:
    """What somebody finds."""
    return await place.desk.search(who, SearchQuery(words=words, **filters))


async def asked(place: Workplace, chat: str, *texts: str) -> str:
    """A customer waits and says this; the dialog."""
    place.later(seconds=1)
    dialog = await place.asks_for_people(chat)
    for text in texts:
        await place.writes(text, chat=chat)
    return dialog


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Роутер TP-Link мигает красным", ("РОУТЕР",)),
        ("Роутер TP-Link мигает красным", ("красн", "tp-link")),
        ("Всё ещё жду", ("все", "еще")),
        ("Все еще жду", ("ВСЁ",)),
        ("скидка 50% [акция]*?", ("50%",)),
        ("скидка 50% [акция]*?", ("[акция]*?",)),
        ("a^b-c]d\\e.f_g", ("A^B-C]D\\E.F_G",)),
        ("straße", ("STRAßE",)),
        ("<b>не курсив</b>", ("<b>",)),
        ("日本語", ("本",)),
        ("👍🏽 ок", ("👍",)),
    ],
    ids=str,
)
async def test_words_are_found_whatever_their_case_and_signs(
    place: Workplace, text: str, words: tuple[str, ...]
) -> None:
    anna = await place.hire("anna")
    await asked(place, "1", "иначе")
    dialog = await asked(place, "2", text)
    match = (await found(place, anna, *words)).items
    assert [one.row.id for one in match] == [dialog]
    assert [line.text for line in match[0].lines] == [text]


@pytest.mark.parametrize("word", ["*", "?", "[a-z]", ".*", "%", "_", "\\", "рoутер"])
async def test_signs_of_patterns_mean_themselves(place: Workplace, word: str) -> None:
    anna = await place.hire("anna")
    await asked(place, "1", "роутер abc")
    assert (await found(place, anna, word, "а")).items == ()


def test_a_pattern_spells_letters_out_and_quotes_the_rest() -> None:
    assert as_glob("Дb*[") == "[Дд][Bb][*][[]"
    assert as_regex("Дb*[") == "[Дд][Bb]\\*\\["


async def test_nobody_finds_what_they_may_not_open(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    eva = await place.hire("eva", queues=("sales",))
    sonya = await place.hire("sonya", "supervisor", queues=())
    dialog = await asked(place, "1", "секретное слово")
    assert await place.takes(anna, dialog) is None
    for who, sees in ((anna, True), (boris, False), (eva, False), (sonya, True)):
        assert bool((await found(place, who, "секретное")).items) is sees, who.id
        people = await place.desk.search_customers(who, ("ольг",), 10)
        assert bool(people) is sees, who.id


async def test_filters_narrow_and_stand_alone(place: Workplace) -> None:
    anna = await place.hire("anna")
    old = await asked(place, "1", "счёт")
    border = place.now
    new = await asked(place, "2", "счёт")
    assert await place.takes(anna, new) is None

    async def ids(**filters: Any) -> list[str]:
        return [one.row.id for one in (await found(place, anna, **filters)).items]

    assert await ids(channel=CHANNEL) == [new, old]
    assert await ids(until=border, channel=CHANNEL) == []
    assert await ids(since=border) == [new, old][: len(await ids(since=border))]
    assert await ids(operator="anna") == [new]
    assert await ids(queue=QUEUE) == [new, old]
    assert await ids(queue="sales") == []
    assert await ids(rating=5) == []
    assert await ids(tag="vip") == []


async def test_pages_follow_each_other_without_gap_or_repeat(place: Workplace) -> None:
    anna = await place.hire("anna")
    made = [await asked(place, str(number), "общее слово") for number in range(7)]
    seen: list[str] = []
    after: tuple[Any, ...] = ()
    for _ in range(4):
        page = await found(place, anna, "общее", limit=2, after=after)
        seen += [one.row.id for one in page.items]
        after = page.next
        if not after:
            break
    assert seen == made[::-1]
    assert after == ()


async def test_deleted_lines_and_service_lines_are_not_found(
    place: Workplace, database_url: str
) -> None:
    anna = await place.hire("anna")
    dialog = await asked(place, "1", "передумал писать")
    assert (await found(place, anna, "передумал")).items
    look = look_at(database_url)
    await look("UPDATE message SET deleted_at = at WHERE text = 'передумал писать' RETURNING n")
    assert (await found(place, anna, "передумал")).items == ()
    assert [one.row.id for one in (await found(place, anna, "оператор")).items] == [dialog]


async def test_a_search_looks_at_a_bounded_number_of_dialogs_and_says_so(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    first = await asked(place, "0", "иголка")
    for number in range(1, 6):
        await asked(place, str(number))
    page = await found(place, anna, "иголка", most=4)
    assert (page.items, page.partial) == ((), True)
    rest = await found(place, anna, "иголка", most=4, after=page.next)
    assert ([one.row.id for one in rest.items], rest.partial, rest.next) == ([first], False, ())
