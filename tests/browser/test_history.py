"""What happened to a dialog: why it counts as missed, who had it, how it ended."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from core.updates import CustomerClosed
from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]


def _told(desk: Desk) -> list[str]:
    """What the window says, without its moments."""
    desk.button("History").click()
    window = desk.role("dialog", "History of the dialog")
    lines = window.get_by_role("listitem")
    expect(lines.first).to_be_visible()
    found = [text.split("\n")[-1] for text in lines.all_inner_texts()]
    window.get_by_role("button", name="Dismiss").click()
    expect(desk.button("History")).to_be_focused()
    return found


def test_a_missed_dialog_says_why(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.place.later(minutes=1)
    desk_house.happens(dialog, CustomerClosed())
    anna = desk_of("anna", dialog)
    assert _told(anna) == [
        "Opened",
        "A person was asked for. The customer asked for a person",
        "In the queue first_line",
        "The wait ended and nobody had answered: this counts as missed",
        "Closed: Customer.",
    ]


def test_who_had_a_dialog_and_what_became_of_it(desk_house: House, desk_of: Opener) -> None:
    boris = desk_house.hire("boris", name="Борис")
    sonya = desk_house.hire("sonya", "supervisor", name="Соня", queues=())
    dialog = desk_house.asks()
    for who in (boris, sonya):
        desk_house.place.later(minutes=1)
        desk_house.run(desk_house.place.takes(who, dialog, force=who is sonya))
    desk_house.place.later(minutes=1)
    desk = desk_of("sonya", dialog)
    desk.says("Здравствуйте!")
    desk_house.until_said(dialog, "Здравствуйте!")
    desk_house.place.later(minutes=1)
    desk.button("Close options").click()
    desk.role("dialog", "Close options").get_by_role("button", name="Close").click()
    expect(desk.role("status", "Dialog closed")).to_be_visible()
    assert _told(desk)[3:] == [
        "Taken: Борис",
        "Let go: Борис",
        "Taken over: Соня",
        "First answer: Соня",
        "Closed: Operator. Solved",
        "Asked for a rating",
    ]


def test_history_that_cannot_be_loaded_says_so(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna", desk_house.asks())
    anna.page.route("**/timeline", lambda route: route.abort())
    anna.button("History").click()
    window = anna.role("dialog", "History of the dialog")
    expect(window.get_by_text("This page could not be loaded")).to_be_visible()


def test_history_in_both_lights_and_languages(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    desk_house.hire("anna", name="Анна")
    dialog = desk_house.asks()
    desk = desk_of("anna", **look)
    desk.go(f"d/{dialog}")
    desk.button("History" if look["locale"] == "en" else "История").click()
    expect(desk.page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    assert_clean(desk.page, "history of a dialog")
