"""The server dies in the middle of a send, or restarts in good order: every text arrives once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from tests.browser.desk_page import Desk
from tests.browser.street import Person, Street
from tests.fakes.faults import Fault

NewContext = Callable[..., BrowserContext]
#: Until a process that starts again is found by a page whose tries grow rarer.
_BACK_MS = 60_000
_BANNER_MS = 5_000
_TEXTS = ["первый", "второй", "третий"]
_REPLY = "**/api/v1/dialogs/*/reply"


@pytest.fixture
def ivan(city: Street) -> Person:
    return city.customer(700100200, "Иван Петров")


@pytest.fixture
def anna(city: Street, ivan: Person, new_context: NewContext) -> Desk:
    """Anna at the desk with Ivan's dialog in hand."""
    desk = city.at_desk(new_context(locale="en"), "anna")
    city.says(ivan, "позовите человека")
    city.hears(ivan, "Передаю оператору")
    desk.rows().first.click()
    desk.take()
    city.hears(ivan, "На связи Анна")
    return desk


def _told(ivan: Person) -> list[str]:
    """What the operator's texts were to Ivan's telephone."""
    return [heard.text for heard in ivan.own() if any(text in heard.text for text in _TEXTS)]


def _line(desk: Desk, text: str) -> Locator:
    return desk.messages.get_by_role("article").filter(has_text=text)


def test_a_server_killed_in_the_middle_of_a_send_sends_each_text_once_and_in_order(
    city: Street, ivan: Person, anna: Desk
) -> None:
    def killed(route: Route) -> None:
        city.die()
        route.continue_()

    city.telegram.fake.fail(Fault("slow", only="sendMessage"))  # took it, and never says so
    with anna.page.expect_response(_REPLY):
        anna.says("первый")
    city.hears(ivan, "первый")
    anna.page.route(_REPLY, killed, times=1)  # the server dies with the second on its way to it
    anna.says("второй")
    banner = anna.page.get_by_text("No connection. You can keep writing")
    expect(banner).to_be_visible(timeout=_BANNER_MS)
    anna.says("третий")
    expect(_line(anna, "третий").get_by_role("img", name="Waiting to be sent")).to_be_visible()

    city.run(city.house.start())
    expect(banner).to_be_hidden(timeout=_BACK_MS)
    expect(anna.role("status", "Connected")).to_be_visible()
    city.hears(ivan, "третий")
    assert [text.split()[-1] for text in _told(ivan)] == _TEXTS
    for text in _TEXTS[1:]:
        expect(_line(anna, text).get_by_role("img", name="Sent")).to_be_visible()
    # nobody knows what became of the first: a person says so, and nothing is sent twice
    expect(_line(anna, "первый").get_by_role("img", name="Delivery unknown")).to_be_visible()
    _line(anna, "первый").get_by_role("button", name="It arrived").click()
    expect(_line(anna, "первый").get_by_role("img", name="Sent")).to_be_visible()
    expect(
        anna.messages.get_by_role("article").filter(has_text=re.compile("|".join(_TEXTS)))
    ).to_have_count(3)
    assert len(_told(ivan)) == len(_TEXTS)
    assert anna.sins() == []


def test_an_orderly_restart_is_said_and_the_page_comes_back_by_itself(
    city: Street, ivan: Person, anna: Desk
) -> None:
    anna.reply.fill("пишу дальше")
    city.stop()
    banner = anna.page.get_by_text("The server restarts. The desk comes back by itself")
    expect(banner).to_be_visible(timeout=_BANNER_MS)
    city.run(city.house.ended())
    anna.button("Send").click()
    city.run(city.house.start())
    expect(anna.role("status", "Connected")).to_be_visible(timeout=_BACK_MS)
    expect(banner).to_be_hidden()
    city.hears(ivan, "пишу дальше")
    city.says(ivan, "и я тут")
    expect(anna.messages.get_by_text("и я тут")).to_be_visible()
    assert sum("пишу дальше" in heard.text for heard in ivan.own()) == 1
    assert anna.sins() == []
