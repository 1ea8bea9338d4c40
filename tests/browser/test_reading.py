"""Finding and reading: search and its filters, the line that was found, days, the log."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]
_IN_SIGHT = """node => {
  const line = node.getBoundingClientRect();
  const box = node.closest("[role=log]").parentElement.parentElement.getBoundingClientRect();
  return line.top >= box.top && line.bottom <= box.bottom;
}"""


def test_days_of_the_transcript_are_those_of_the_clock_on_the_wall(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    moments = ("2025-11-20T20:30:00.000Z", "2025-11-20T21:30:00.000Z", "2025-11-21T00:30:00.000Z")
    for number in range(len(moments)):
        desk_house.writes(f"line {number}")
    anna = desk_of(timezone_id="Europe/Moscow")
    anna.slip_in("anna")

    def at_night(found: Any) -> None:
        found["messages"] = [
            {**line, "at": at}
            for line, at in zip(found["messages"][-len(moments) :], moments, strict=True)
        ]

    anna.reads(dialog, at_night)
    anna.go(f"d/{dialog}")
    expect(anna.messages.get_by_text("line 2")).to_be_visible()
    text = anna.messages.inner_text()
    wanted = ("November 20, 2025", "line 0", "November 21, 2025", "line 1", "line 2")
    assert re.findall("|".join(wanted), text) == list(wanted)


# -- search


def _search(desk: Desk, text: str) -> None:
    desk.key("KeyK", ctrl=True)
    desk.role("searchbox", "Search").fill(text)


def test_a_line_that_was_found_is_opened_where_it_stands(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.writes("иголка в стоге")
    for number in range(70):
        desk_house.writes(f"сено {number}")
    anna = desk_of("anna")
    _search(anna, "иголка")
    anna.role("dialog").get_by_role("button", name="иголка в стоге").click()
    expect(anna.page).to_have_url(re.compile(dialog))
    line = anna.messages.get_by_role("article").filter(has_text="иголка в стоге")
    expect(line).to_be_visible()
    expect(line).to_have_attribute("aria-current", "true")
    assert line.evaluate(_IN_SIGHT)
    assert_clean(anna.page, "a line that was found")
    anna.button("To the latest").click()
    expect(anna.messages.get_by_text("сено 69")).to_be_in_viewport()

    _search(anna, "иголка")  # again, from the same dialog
    anna.role("dialog").get_by_role("button", name="иголка в стоге").click()
    expect(line).to_be_in_viewport()


def test_search_is_narrowed_by_filters_and_works_by_them_alone(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    is_english = look["locale"] == "en"
    anna_ = desk_house.hire("anna", name="Анна")
    desk_house.hire("boris", name="Борис")
    taken = desk_house.asks("1")
    desk_house.run(desk_house.place.takes(anna_, taken))
    desk_house.writes("тариф", "1")
    desk_house.asks("2")
    desk_house.writes("тариф", "2")
    anna = desk_of("anna", **look)
    anna.key("KeyK", ctrl=True)
    window = anna.role("dialog")
    window.get_by_role("searchbox").fill("тариф")
    found = window.get_by_role("button", name="тариф", exact=True)
    expect(found).to_have_count(2)
    window.get_by_role("button", name="Filters" if is_english else "Фильтры").click()
    assert_clean(anna.page, "filters of the search")
    who = window.get_by_role("combobox", name="Operator" if is_english else "Оператор")
    who.select_option(label="Анна")
    expect(found).to_have_count(1)
    window.get_by_role("searchbox").fill("")
    people = window.get_by_role("listitem")
    expect(people).to_have_count(1)
    day = window.get_by_label("From the day" if is_english else "Начиная с дня")
    day.fill("2020-01-01")
    expect(people).to_have_count(1)
    window.get_by_label("To the day" if is_english else "По день").fill("2020-01-02")
    expect(people).to_have_count(0)
    window.get_by_role("button", name="Clear" if is_english else "Очистить").click()
    expect(who).to_have_value("")


# -- the log


def test_the_log_is_narrowed_by_what_it_shows(desk_house: House, desk_of: Opener) -> None:
    sonya_ = desk_house.hire("sonya", "supervisor", "admin", name="Соня", queues=())
    admin = desk_house.api(sonya_)
    new = {
        "login": "eva", "name": "Эва", "password": "a very long one 7", "roles": ["operator"],
        "queues": [], "limit": 3,
    }  # fmt: skip
    assert desk_house.run(admin.post("/operators", new)).status == 201
    desk_house.run(admin.get("/search?q=тариф"))
    sonya = desk_of("sonya")
    sonya.go("audit")
    rows = sonya.role("table", "Audit").get_by_role("row")
    expect(rows.filter(has_text="Search")).to_have_count(1)
    sonya.role("combobox", "Who").select_option(label="Соня")
    sonya.role("combobox", "Action").select_option(label="Account added")
    expect(rows).to_have_count(2)  # with the head
    expect(rows.last).to_contain_text("Соня")
    expect(rows.last).to_contain_text("Эва")
    assert_clean(sonya.page, "the log, filtered")


# -- small things


def test_a_page_for_others_says_so(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    for page in ("board", "audit"):
        anna.go(page)
        expect(anna.page.get_by_text("This page is not open to you")).to_be_visible()
    assert_clean(anna.page, "a page for others")
    anna.role("main").get_by_role("button", name="Dialogs").click()
    expect(anna.role("listbox", "Queue")).to_be_visible()


def test_the_pages_icon_counts_what_is_unread(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna")
    icon = anna.page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile("^blob:"))
    expect(anna.page).to_have_title("(1) Otklik")
    anna.tab("Mine")
    anna.rows("Mine").first.click()
    expect(anna.page).to_have_title("Otklik")
    expect(icon).to_have_attribute("href", re.compile(r"icon\.svg$"))


def test_a_note_names_a_colleague(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna", name="Анна")
    boris = desk_house.hire("boris", name="Борис")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.button("Note mode").click()
    keys = anna.page.keyboard
    keys.type("почта a@b.example, ")
    keys.type("@")
    finder = anna.role("combobox", "Find a colleague")
    expect(finder).to_be_focused()
    assert_clean(anna.page, "colleagues")
    keys.type("бор")
    keys.press("Enter")
    expect(anna.note).to_have_value("почта a@b.example, @Борис ")
    expect(anna.note).to_be_focused()
    keys.type("посмотрите")
    with anna.page.expect_request("**/note") as sent:
        keys.press("Enter")
    assert (sent.value.post_data_json or {})["mentions"] == [boris.id]
    expect(anna.messages.get_by_text("@Борис посмотрите")).to_be_visible()
    anna.button("Note mode").click()
    keys.type("@")
    expect(finder).to_be_focused()
    keys.press("Escape")
    expect(anna.note).to_have_value("@")


def test_the_cheat_sheet_shows_the_key_that_sends(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.go("settings/me")
    with anna.page.expect_response("**/api/v1/me/settings"):
        anna.role("checkbox", re.compile("^Enter sends")).uncheck()
    anna.go()
    expect(anna.page.get_by_text("All shortcuts")).to_be_visible()
    anna.key("Slash", "/", alt=True)
    window = anna.role("dialog", "Keyboard shortcuts")
    send = window.get_by_role("term").filter(has_text=re.compile("^Send$"))
    expect(send.locator("xpath=following-sibling::*")).to_have_text("CtrlEnter")


def test_values_are_put_into_a_ready_text_by_a_press(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.go("settings/canned")
    anna.button("New canned reply").click()
    window = anna.role("dialog", "New canned reply")
    text = window.get_by_role("textbox", name="Text")
    text.fill("Счёт: ")
    window.get_by_role("button", name="{account} номер счёта").click()
    expect(text).to_have_value("Счёт: {account}")
    expect(text).to_be_focused()
    assert_clean(anna.page, "a ready text")
