"""A whole day without a pointer, on whatever layout; and the list under load."""

import re
from collections.abc import Callable
from itertools import count

from playwright.sync_api import expect

from tests.browser.desk_page import Desk
from tests.browser.house import PASSWORD, House

Opener = Callable[..., Desk]
STEPS = 200
#: Height of a row, and how many are drawn beyond each edge of the list.
_ROW_PX, _SPARE = 64, 5
_NO_POINTER = """() => {
  globalThis.pointed = 0;
  for (const kind of ["pointerdown", "mousedown", "touchstart"])
    addEventListener(kind, () => { globalThis.pointed += 1; }, true);
}"""
_FOCUSED = """() => {
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  return node !== document.body && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
}"""


def test_a_working_day_by_keyboard_alone(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna", status="offline")
    desk_house.hire("boris")
    desk_house.run(
        desk_house.api(person).post("/canned", {"name": "Привет", "body": "Добрый день!"})
    )
    for chat in ("1", "2", "3"):
        desk_house.asks(chat)
        desk_house.place.later(minutes=1)
    anna = desk_of()
    anna.go()
    keys = anna.page.keyboard
    expect(anna.role("form", "Sign in")).to_be_visible()
    anna.page.evaluate(_NO_POINTER)
    keys.press("Tab")
    keys.type("anna")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    status = anna.button("Status: Offline")
    expect(status).to_be_visible()
    status.focus()
    keys.press("Enter")
    expect(anna.role("menuitemradio", "Offline")).to_be_focused()
    keys.press("Home")
    keys.press("Enter")
    expect(anna.button("Status: Online")).to_be_focused()

    anna.key("KeyN", "т", alt=True)  # ЙЦУКЕН: the letter is another, the key is the same
    expect(anna.reply).to_be_focused()
    keys.press("/")
    keys.type("прив")
    keys.press("Enter")
    expect(anna.reply).to_have_value("Добрый день!")
    keys.press("Enter")
    expect(anna.messages.get_by_text("Добрый день!")).to_be_visible()
    keys.type("первая строка")
    keys.press("Shift+Enter")
    keys.type("вторая")
    expect(anna.reply).to_have_value("первая строка\nвторая")
    keys.press("Enter")

    anna.key("KeyP", "з", alt=True)
    expect(anna.note).to_be_focused()
    keys.type("заметка с клавиатуры")
    keys.press("Enter")
    expect(anna.messages.get_by_text("заметка с клавиатуры")).to_be_visible()

    anna.key("KeyR", "к", alt=True)
    window = anna.role("dialog", "Transfer dialog")
    expect(window.get_by_role("combobox", name="Queue")).to_be_focused()
    keys.press("Escape")
    expect(window).to_be_hidden()
    assert anna.page.evaluate(_FOCUSED)
    anna.key("KeyE", "у", alt=True)
    undo = anna.button("Undo")
    expect(undo).to_be_visible()
    undo.focus()
    keys.press("Enter")
    expect(anna.button("Close")).to_be_visible()
    anna.key("KeyW", "ц", alt=True)  # closes and opens the next
    expect(anna.button("Take")).to_be_visible()
    anna.key("KeyT", "е", alt=True)
    expect(anna.reply).to_be_focused()
    keys.press("Escape")
    expect(anna.role("listbox", "Queue")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(anna.button("Take")).to_be_visible()
    assert anna.page.evaluate("globalThis.pointed") == 0


def test_keys_are_learnt_moved_and_switched_off(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.key("Slash", "/", alt=True)
    window = anna.role("dialog", "Keyboard shortcuts")
    expect(window).to_be_visible()
    window.get_by_role("button", name="Change the keys").click()
    field = anna.role("textbox", "Next dialog")
    field.focus()
    with anna.page.expect_response("**/api/v1/me/settings"):
        anna.key("KeyQ", "й", alt=True)
    expect(field).to_have_value("Alt Q")
    anna.key("KeyD", "в", alt=True)
    expect(anna.alert_text("Alt D cannot be used")).to_be_visible()
    anna.page.reload()
    expect(anna.role("textbox", "Next dialog")).to_have_value("Alt Q")


def test_five_thousand_dialogs_are_a_few_rows(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    desk_house.fill(5000)
    anna = desk_of()
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url))
    anna.slip_in("anna")
    anna.go()
    expect(anna.role("tab", "Queue, 5000")).to_be_visible(timeout=40_000)
    pages = [url for url in asked if "/dialogs?" in url]
    assert len(pages) <= 6
    rows, box = anna.rows(), anna.role("listbox", "Queue")
    expect(rows.first).to_have_attribute("aria-setsize", "5000")
    most = box.evaluate("node => Math.ceil(node.clientHeight / 64)") + 12
    assert rows.count() <= most
    box.focus()
    anna.page.keyboard.press("End")
    expect(rows.last).to_have_attribute("aria-posinset", "5000")
    assert rows.count() <= most
    anna.page.keyboard.press("Home")
    expect(rows.first).to_have_attribute("aria-posinset", "1")

    queue = desk_house.run(desk_house.api(person).get("/dialogs?tab=queue&limit=1000"))["rows"]
    chats = [row["customer"]["name"].replace("Клиент ", "many") for row in queue]
    asked.clear()
    active, opened = box.get_by_role("option", selected=True), set[str]()
    number, turn = 0, count()
    # whoever is on the screen, about to be opened, or just left: five dialogs, one after the other
    with desk_house.writing(chats[number + next(turn) % 5] for _ in count()) as said:
        for number in range(1, STEPS + 1):  # read by who writes meanwhile
            anna.key("KeyJ", "о", alt=True)
            expect(active).to_have_attribute("aria-posinset", str(number))
            opened.add(anna.page.url.rsplit("/", 1)[1])
            assert rows.count() <= most
    assert len(said) > STEPS / 10, "nobody wrote meanwhile"
    expect(box).to_be_focused()
    expect(active).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    expect(active).to_have_attribute("aria-setsize", "5000")
    name = anna.page.get_by_role("heading", level=1).inner_text()
    expect(active).to_have_accessible_name(re.compile(f"^{name}, "))
    own = name.replace("Клиент ", "many")
    for chat, text in said:
        if chat == own:
            expect(anna.messages.get_by_text(text, exact=True)).to_be_visible()
    desk_house.writes("и последнее слово", chat=own)
    expect(anna.messages.get_by_text("и последнее слово")).to_be_visible()
    expect(active).to_have_attribute("aria-posinset", str(STEPS))
    found = [match[1] for url in asked if (match := re.search(r"/dialogs/([^/?]+)(?:\?|$)", url))]
    assert set(found) <= opened, "a request for a row that nobody opened"
    assert not [url for url in asked if "/dialogs?" in url], "the list was loaded again"
    assert rows.count() <= most
    # of each chat, which all stand among the first rows
    last = {**dict(said), own: "и последнее слово"}
    for place in range(0, STEPS + 5, 2 * _SPARE):
        box.evaluate("(node, top) => { node.scrollTop = top; }", place * _ROW_PX)
        expect(rows.first).to_have_attribute("aria-posinset", str(max(1, place - _SPARE + 1)))
        for name in [text.partition(", ")[0] for text in rows.all_inner_texts()]:
            if text := last.pop(name.replace("Клиент ", "many"), ""):
                expect(anna.role("option", re.compile(f"^{name}, "))).to_contain_text(text)
    assert last == {}, "some who wrote were never drawn"
