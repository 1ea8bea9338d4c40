"""GET /search: what is shown of what was found, and who may know that it was looked for."""

import pytest

from bots.desk.search import pattern_of, pieces_of, words_of
from tests.fakes.desk import Browser, DeskServer


async def test_hits_come_as_pieces_of_text_with_their_row(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await desk.place.writes("<img src=x onerror=alert(1)> не работает РОУТЕР дома")
    found = await anna.get("/search?q=роутер")
    assert (found["partial"], found["next_cursor"]) == (False, None)
    (item,) = found["items"]
    assert item["row"]["id"] == dialog
    (hit,) = item["hits"]
    assert hit["pieces"] == [
        {"text": "<img src=x onerror=alert(1)> не работает ", "hit": False},
        {"text": "РОУТЕР", "hit": True},
        {"text": " дома", "hit": False},
    ]


async def test_customers_are_found_by_name(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    row = await desk.place.row(dialog)
    found = await anna.get("/search?q=ольга")
    assert found["customers"] == [{"id": row.customer, "name": "Ольга", "level": "anonymous"}]


async def test_a_page_ends_with_a_cursor_that_belongs_to_its_question(
    desk: DeskServer, anna: Browser
) -> None:
    for chat in "123":
        desk.place.later(seconds=1)
        await desk.place.asks_for_people(chat)
    first = await anna.get("/search?q=оператор&limit=2")
    rest = await anna.get(f"/search?q=оператор&limit=2&cursor={first['next_cursor']}")
    ids = [item["row"]["id"] for page in (first, rest) for item in page["items"]]
    assert (len(ids), len(set(ids)), rest["next_cursor"]) == (3, 3, None)
    assert rest["customers"] == []
    for cursor in (first["next_cursor"] + "x", "nonsense"):
        answer = await anna.ask("GET", f"/search?q=оператор&limit=2&cursor={cursor}")
        assert answer.code == "malformed"
    other = await anna.ask("GET", f"/search?q=другое&cursor={first['next_cursor']}")
    assert other.code == "malformed"


async def test_every_search_is_written_down_once_and_without_secrets(
    desk: DeskServer, anna: Browser, admin: Browser
) -> None:
    for chat in "12":
        desk.place.later(seconds=1)
        await desk.place.asks_for_people(chat)
    page = await anna.get("/search?q=оператор&limit=1&queue=first_line")
    await anna.get(f"/search?q=оператор&limit=1&queue=first_line&cursor={page['next_cursor']}")
    await anna.get("/search?q=4111111111111111")
    rows = (await admin.get("/audit?action=search"))["items"]
    assert [row["actor"]["id"] for row in rows] == ["anna", "anna"]
    assert rows[1]["detail"] == {"q": "оператор", "queue": "first_line"}
    assert "4111111111111111" not in str(rows[0])


@pytest.mark.parametrize("query", ["", "q=", "q=a", "q=%20a%20", "rating=11", "from=x"])
async def test_a_question_about_nothing_is_refused(anna: Browser, query: str) -> None:
    answer = await anna.ask("GET", f"/search?{query}")
    assert (answer.status, answer.code) == (422, "validation")


def test_words_are_bounded() -> None:
    assert words_of(" a  b a ") == ("a", "b")
    assert words_of("x") == ()
    assert len(words_of(" ".join(f"w{n}" for n in range(50)))) == 8
    assert len(words_of("й" * 200)[0]) == 60


def test_a_long_text_is_shown_around_its_first_hit() -> None:
    text = "начало " * 30 + "иголка в стоге" + " конец" * 50
    pieces = pieces_of(text, pattern_of(("ИГОЛКА", "стог")))
    assert pieces[0].text == pieces[-1].text == "…"
    assert [piece.text for piece in pieces if piece.hit] == ["иголка", "стог"]
    assert sum(len(piece.text) for piece in pieces) <= 162
    assert "".join(piece.text for piece in pieces[1:-1]) in text
