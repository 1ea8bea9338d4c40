"""The customer's card is corrected: name and facts, beside colleagues who write on it too."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from core.access import Person
from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_kept import changes_card
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]


def _met(house: House, desk_of: Opener) -> tuple[Desk, Person, str]:
    """Anna reads the card of a customer."""
    person = house.hire("anna")
    dialog = house.asks()
    house.run(house.place.takes(person, dialog))
    changes_card(house, person, dialog, fields={"mobile": "+79211234567", "flat": "12"})
    return desk_of("anna", dialog), person, dialog


def _window(desk: Desk) -> Locator:
    desk.button("Change the card").click()
    return desk.role("dialog", "Change the card")


def _fact(desk: Desk, title: str) -> Locator:
    card = desk.role("region", "Customer card")
    return card.get_by_role("term").filter(has_text=title).locator("xpath=following-sibling::*")


def test_name_and_facts_are_corrected(desk_house: House, desk_of: Opener) -> None:
    anna, _, dialog = _met(desk_house, desk_of)
    other = desk_of("anna", dialog)
    window = _window(anna)
    name = window.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    name.fill("Ольга Петровна Ким")
    window.get_by_role("textbox", name="flat").fill("14")
    expect(window.get_by_role("textbox", name="mobile")).to_have_value("")  # hidden, so left alone
    window.get_by_role("combobox", name="Add a fact").select_option(label="номер счёта")
    added = window.get_by_role("textbox", name="номер счёта")
    expect(added).to_be_focused()
    added.press_sequentially("77001234")
    added.press("Enter")
    expect(window).to_be_hidden()
    expect(anna.button("Change the card")).to_be_focused()
    for desk in (anna, other):
        card = desk.role("region", "Customer card")
        expect(card.get_by_role("heading", name="Ольга Петровна Ким")).to_be_visible()
        expect(_fact(desk, "flat")).to_have_text("14")
        expect(_fact(desk, "номер счёта")).to_contain_text("••••••34")
        expect(_fact(desk, "mobile")).to_contain_text("+•••••••••67")
    customer = desk_house.run(desk_house.place.row(dialog)).customer
    stored = desk_house.run(desk_house.place.desk.card(customer, desk_house.place.now))
    assert stored is not None
    assert stored.fields == {"mobile": "+79211234567", "flat": "14", "account": "77001234"}


def test_a_fact_is_taken_away_and_kept_after_all(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _met(desk_house, desk_of)
    window = _window(anna)
    window.get_by_role("button", name="Remove: flat").click()
    window.get_by_role("button", name="Remove: mobile").click()
    expect(window.get_by_role("textbox", name="mobile")).to_be_disabled()
    window.get_by_role("button", name="Keep after all: mobile").click()
    expect(window.get_by_role("textbox", name="mobile")).to_be_enabled()
    window.get_by_role("button", name="Save").click()
    expect(window).to_be_hidden()
    expect(_fact(anna, "flat")).to_have_count(0)
    expect(_fact(anna, "mobile")).to_contain_text("67")


def test_a_card_that_a_colleague_changed_meanwhile_loses_nothing_of_either(
    desk_house: House, desk_of: Opener
) -> None:
    anna, person, dialog = _met(desk_house, desk_of)
    window = _window(anna)
    name, flat = (window.get_by_role("textbox", name=title) for title in ("Name", "flat"))
    name.fill("Ольга Ким")
    flat.fill("14")
    changes_card(desk_house, person, dialog, name="Ольга Петровна", fields={"floor": "3"})
    expect(_fact(anna, "floor")).to_have_text("3")  # the card behind the window has it
    window.get_by_role("button", name="Save").click()
    expect(anna.alert_text("The card was changed by a colleague meanwhile")).to_be_visible()
    expect(name).to_have_value("Ольга Ким")
    expect(name).to_have_accessible_description("There now: Ольга Петровна")
    expect(flat).to_have_value("14")
    expect(flat).to_have_accessible_description("")
    expect(window.get_by_role("textbox", name="floor")).to_have_value("3")
    anna.page.keyboard.press("Escape")
    expect(name).to_have_value("Ольга Ким")
    window.get_by_role("button", name="Save").click()
    expect(window).to_be_hidden()
    card = anna.role("region", "Customer card")
    expect(card.get_by_role("heading", name="Ольга Ким")).to_be_visible()
    expect(_fact(anna, "flat")).to_have_text("14")
    expect(_fact(anna, "floor")).to_have_text("3")


def test_what_cannot_be_saved_is_said_and_stays(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _met(desk_house, desk_of)
    window = _window(anna)
    name = window.get_by_role("textbox", name="Name")
    name.fill("Ольга Ким")
    anna.page.route("**/api/v1/customers/*", lambda route: route.abort())
    name.press("Enter")
    expect(anna.alert_text("No connection")).to_be_visible()
    expect(name).to_have_value("Ольга Ким")
    window.get_by_role("button", name="Cancel").click()
    expect(window).to_be_hidden()
    expect(
        anna.role("region", "Customer card").get_by_role("heading", name="Ольга")
    ).to_be_visible()


def test_the_window_in_both_lights_and_languages(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    is_english = look["locale"] == "en"
    person = desk_house.hire("anna", name="Анна")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    changes_card(desk_house, person, dialog, fields={"mobile": "+79211234567"})
    desk = desk_of("anna", **look)
    desk.go(f"d/{dialog}")
    desk.button("Change the card" if is_english else "Изменить карточку").click()
    window = desk.page.get_by_role("dialog")
    window.get_by_role("textbox").first.fill("Ольга")
    window.get_by_role("button", name="mobile").click()
    assert_clean(desk.page, "the card being changed")
