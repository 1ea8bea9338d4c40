"""States that are not everyday: links that lie, broken channels, failed deliveries."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]


def test_a_link_says_where_it_leads(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    desk_house.writes("смотрите https://good.example/login и javascript:alert(1) тоже")
    anna = desk_of("anna", dialog)
    link = anna.messages.get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://good.example/login")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


_LIES = (
    # what the customer reads, the address behind it, the host it leads to
    ("https://bank.example", "https://evil.example/login", "evil.example"),
    ("Ваш банк", "https://bank.example.evil.example/", "bank.example.evil.example"),
    ("bank.example", "http://198.51.100.1:8080/bank.example", "198.51.100.1:8080"),
)


def test_a_link_with_a_misleading_text_shows_where_it_really_leads(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    looks_like = "https://b\u0430nk.example/login"  # a Cyrillic letter in it
    desk_house.writes(f"см. {looks_like}")
    desk_house.writes("[https://bank.example](https://evil.example)")
    desk_house.writes("https://bank.example@evil.example/")
    desk_house.writes("здесь ссылки")
    anna = desk_of()
    anna.slip_in("anna")

    def with_links(found: Any) -> None:
        found["messages"][-1]["parts"] = [
            {"t": "link", "href": href, "host": host, "title": title} for title, href, host in _LIES
        ]

    anna.reads(dialog, with_links)
    anna.go(f"d/{dialog}")
    lines = anna.messages.get_by_role("article")
    shown = {title: lines.last.get_by_role("link", name=title, exact=True) for title, *_ in _LIES}
    for title, href, host in _LIES:
        expect(shown[title]).to_have_attribute("href", href)
        expect(lines.last.get_by_text(host, exact=True)).to_be_visible()
    alike = lines.filter(has_text=looks_like)
    expect(alike.get_by_role("link")).to_have_attribute("href", looks_like)
    expect(alike.get_by_text("xn--bnk-6cd.example", exact=True)).to_be_visible()
    for lie in ("](https://evil.example)", "@evil.example"):  # no link at all
        expect(lines.filter(has_text=lie)).to_be_visible()
        expect(lines.filter(has_text=lie).get_by_role("link")).to_have_count(0)
    assert_clean(anna.page, "links")  # that nothing was fetched is looked at for every page


@pytest.mark.parametrize(
    ("hours", "words"),
    [(48, None), (2, "The platform takes answers until"), (-1, "takes no answer until")],
    ids=["far", "near", "over"],
)
def test_the_end_of_the_time_to_answer_is_said_when_it_is_near(
    desk_house: House, desk_of: Opener, hours: int, words: str | None
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    until = (desk_house.place.now + timedelta(hours=hours)).isoformat()
    anna = desk_of()
    anna.slip_in("anna")
    anna.reads(dialog, lambda found: found["caps"].update(window_until=until))
    anna.go(f"d/{dialog}")
    expect(anna.reply).to_be_editable()
    told = anna.page.get_by_text("The platform takes")
    if words is None:
        expect(told).to_be_hidden()
    else:
        expect(told).to_contain_text(words)


def test_a_channel_that_is_down_is_said_on_every_page(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of()
    anna.slip_in("anna")
    down = {
        "id": "main", "kind": "telegram", "name": "Telegram", "state": "down", "since": None,
        "last_in_at": None, "last_out_at": None, "backlog": 3, "blocked_24h": 0, "problem": None,
    }  # fmt: skip
    anna.page.route("**/api/v1/channels", lambda route: route.fulfill(json=[down]))
    anna.go()
    expect(anna.page.get_by_text("Channel Telegram is down")).to_be_visible()
    assert_clean(anna.page, "channel down")


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_message_whose_delivery_is_open_is_sent_again_or_settled(
    desk_house: House, desk_of: Opener, state: str
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    asked: list[str] = []

    def stored(found: Any) -> None:
        for line in found["messages"]:
            if line["author"]["kind"] == "operator":
                line["delivery"] |= {"state": state, "code": "timeout", "retryable": True}

    def settled(route: Route) -> None:
        asked.append(route.request.url.rsplit("/", 1)[1])
        route.fulfill(status=409, json={"code": "stale", "title": "Changed", "detail": "Changed"})

    with anna.page.expect_response("**/reply"):
        anna.says("дошло ли?")
    anna.reads(dialog, stored)
    anna.page.route(re.compile("/messages/[0-9]+/(resend|arrived)$"), settled)
    anna.page.reload()
    expect(anna.button("Resend")).to_be_visible()
    assert_clean(anna.page, state)
    anna.button("Resend").click()
    expect(anna.alert("Changed meanwhile")).to_be_visible()
    if state == "unknown":
        with anna.page.expect_response("**/arrived"):
            anna.button("It arrived").click()
    else:
        expect(anna.button("It arrived")).to_be_hidden()
    anna.page.unroute_all(behavior="wait")
    assert asked == (["resend", "arrived"] if state == "unknown" else ["resend"])


def test_one_changes_and_takes_back_ones_own_note(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.button("Note mode").click()
    anna.note.fill("перваяя версия")
    anna.button("Send").click()
    menu = anna.button_like("Your message of")
    menu.click()
    anna.role("menuitem", "Change the message").click()
    window = anna.role("dialog", "Change the message")
    window.get_by_role("textbox", name="Text").fill("первая версия")
    window.get_by_role("button", name="Save").click()
    expect(anna.messages.get_by_text("первая версия")).to_be_visible()
    menu.click()
    anna.role("menuitem", "Delete").click()
    expect(anna.messages.get_by_text("The message was deleted")).to_be_visible()


def test_a_narrow_screen_shows_one_thing_at_a_time(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    desk_house.asks()
    anna = desk_of("anna", viewport={"width": 390, "height": 844})
    anna.rows().first.click()
    expect(anna.button("Take")).to_be_visible()
    expect(anna.role("region", "Dialog list")).to_be_hidden()
    assert_clean(anna.page, "narrow")
    assert anna.page.evaluate("document.documentElement.scrollWidth") <= 390
    anna.button("Back to the list").click()
    expect(anna.role("region", "Dialog list")).to_be_visible()


def test_who_waits_longest_is_on_the_screen_before_the_rest_is_loaded(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    desk_house.asks()
    desk_house.place.later(minutes=1)
    desk_house.fill(120)
    anna = desk_of()
    anna.slip_in("anna")
    longest = re.compile("^Ольга, ")
    first: list[str] = []

    def later(route: Route) -> None:
        expect(anna.rows().first).to_have_accessible_name(longest)
        first.append(anna.rows().first.get_attribute("aria-setsize") or "")
        route.continue_()

    anna.page.route(re.compile(r"/dialogs\?.*cursor="), later)
    anna.go()
    expect(anna.role("tab", "Queue, 121")).to_be_visible()
    expect(anna.rows().first).to_have_accessible_name(longest)
    assert first == ["100"]
