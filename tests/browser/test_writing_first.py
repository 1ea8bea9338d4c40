"""An operator writes first, from the customer's card."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from core.updates import CustomerGone
from tests.bots.desk.test_openings import known, opens
from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean, in_

Opener = Callable[..., Desk]


@pytest.fixture
def served(desk_house: House) -> tuple[str, str]:
    """A customer served before by Anna: their closed dialog and id."""
    api = desk_house.api(desk_house.hire("anna"))
    return desk_house.run(known(desk_house.desk, api))


def _window(desk: Desk) -> Locator:
    desk.button("Start a dialog").click()
    return desk.role("dialog", "Start a dialog")


def _send(window: Locator, text: str) -> None:
    window.get_by_role("textbox", name="Text").fill(text)
    window.get_by_role("button", name="Send").click()


def test_a_dialog_begins_with_the_operators_words(
    desk_house: House, desk_of: Opener, served: tuple[str, str]
) -> None:
    anna = desk_of("anna", served[0])
    window = _window(anna)
    expect(window.get_by_role("textbox", name="Text")).to_be_focused()
    expect(window.get_by_role("button", name="Send")).to_be_disabled()
    _send(window, "Добрый день! Авария устранена.")
    expect(window).to_be_hidden()
    expect(anna.messages.get_by_text("Авария устранена.")).to_be_visible()
    expect(anna.reply).to_be_enabled()
    expect(anna.rows("Mine")).to_have_count(1)
    expect(anna.button("Start a dialog")).to_be_hidden()  # it is open, in the only channel
    made = anna.page.url.rsplit("/", 1)[1]
    assert made != served[0]
    assert desk_house.writes("спасибо, работает") == made
    expect(anna.messages.get_by_text("спасибо, работает")).to_be_visible()


def test_where_a_colleague_was_faster_the_window_says_who_and_keeps_the_text(
    desk_house: House, desk_of: Opener, served: tuple[str, str]
) -> None:
    boris = desk_house.api(desk_house.hire("boris"))
    anna = desk_of("anna", served[0])
    window = _window(anna)
    answer = desk_house.run(opens(boris, served[1]))
    assert answer.status == 201
    _send(window, "а вот и я")
    expect(window.get_by_role("alert")).to_have_text("Already with operator Boris")
    expect(window.get_by_role("textbox", name="Text")).to_have_value("а вот и я")
    assert "а вот и я" not in desk_house.said(answer.body["id"])


@pytest.mark.parametrize("hours", [0, 25])
def test_where_the_customer_talks_to_the_bot_already_nothing_begins(
    desk_house: House, desk_of: Opener, served: tuple[str, str], hours: int
) -> None:
    desk_house.place.later(hours=hours)  # a closed dialog goes on within a day, or a new one begins
    anna = desk_of("anna", served[0])
    window = _window(anna)
    made = desk_house.writes("снова я")
    assert (made == served[0]) is (hours == 0)
    _send(window, "а вот и я")
    expect(window.get_by_role("alert")).to_have_text("A dialog is already open there")
    assert "а вот и я" not in desk_house.said(made)


def test_a_channel_that_refuses_says_so(
    desk_house: House, desk_of: Opener, served: tuple[str, str], look: dict[str, Any]
) -> None:
    anna = desk_of("anna", **look)
    anna.go(f"d/{served[0]}")
    word = in_(look, "Start a dialog", "Начать диалог")
    anna.button(word).click()
    window = anna.role("dialog", word)
    where = window.get_by_role("combobox", name=in_(look, "Where to", "Куда"))
    expect(where).to_have_value("site")
    desk_house.happens(served[0], CustomerGone(reason="blocked"))
    window.get_by_role("textbox", name=in_(look, "Text", "Текст")).fill("вы тут?")
    window.get_by_role("button", name=in_(look, "Send", "Отправить")).click()
    refusal = in_(
        look, "This messenger cannot deliver it.", "Этот мессенджер не может это доставить."
    )
    expect(window.get_by_role("alert")).to_have_text(refusal)
    assert_clean(anna.page, "write first, refused")
