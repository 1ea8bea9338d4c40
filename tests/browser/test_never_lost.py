"""Nothing is lost: by a cut line, a withheld event, a reload, a new sign-in, an ended session."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.desk_page import Desk
from tests.browser.house import PASSWORD, House, house
from tests.browser.line import Line

Opener = Callable[..., Desk]
NewContext = Callable[..., BrowserContext]


def test_after_a_cut_the_desk_equals_a_fresh_load(desk_house: House, desk_of: Opener) -> None:
    anna_ = desk_house.hire("anna")
    mine = desk_house.asks("1")
    desk_house.run(desk_house.place.takes(anna_, mine))
    anna = desk_of()
    line = Line(anna.page)
    anna.slip_in("anna")
    anna.open(mine)
    expect(anna.role("status", "Connected")).to_be_visible()

    line.cut()
    for chat in range(2, 22):
        desk_house.asks(str(chat))
    for n in range(15):
        desk_house.writes(f"пока связи не было {n}", chat="1")
    for chat in range(2, 7):
        desk_house.writes("ещё жду", chat=str(chat))
    # not the counts: a load asked for before the cut may be answered behind it
    expect(anna.role("status", re.compile("Reconnecting|No connection"))).to_be_visible()
    line.mend()

    expect(anna.messages.get_by_text("пока связи не было 14")).to_be_visible()
    expect(anna.role("tab", "Queue, 20")).to_be_visible()
    fresh = desk_of("anna")
    expect(fresh.role("tab", "Queue, 20")).to_be_visible()
    _equal(anna.rows(), fresh.rows())
    fresh.open(mine)
    expect(fresh.messages.get_by_text("пока связи не было 14")).to_be_visible()
    _equal(*(desk.messages.get_by_role("article") for desk in (anna, fresh)))


def _equal(ours: Locator, fresh: Locator) -> None:
    """The same elements with the same words, once the last of them has come."""
    expect(ours).to_have_text(fresh.all_inner_texts(), use_inner_text=True)


def test_a_withheld_event_is_found_by_counting_and_reported(
    tmp_path: Path, new_context: NewContext
) -> None:
    with house(tmp_path, check_s=0.5) as made:
        made.hire("anna")
        anna = Desk(new_context(), made.url)
        line = Line(anna.page)
        anna.slip_in("anna")
        anna.go()
        expect(anna.role("status", "Connected")).to_be_visible()
        line.withhold(lambda frame: frame["t"] in ("dialog", "message", "queue"))
        with anna.page.expect_request("**/api/v1/client-errors") as report:
            made.asks()
        assert "lost_update" in (report.value.post_data or "")
        expect(anna.role("tab", "Queue, 1")).to_be_visible()
        anna.context.close()


def test_silence_is_said_and_writing_goes_on(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of()
    line = Line(anna.page)
    anna.slip_in("anna")
    anna.open(dialog)
    expect(anna.role("status", "Connected")).to_be_visible()
    anna.page.route("**/api/v1/dialogs/*/reply", lambda route: route.abort())
    line.cut()
    expect(anna.role("status", re.compile("Reconnecting|No connection"))).to_be_visible()
    anna.says("написано без связи")
    expect(anna.messages.get_by_role("img", name="Waiting to be sent").last).to_be_visible()
    expect(anna.role("status", "No connection")).to_be_visible()
    expect(anna.page.get_by_text("You can keep writing")).to_be_visible()

    anna.page.unroute("**/api/v1/dialogs/*/reply")
    line.mend()
    expect(anna.page.get_by_text("You can keep writing")).to_be_hidden()
    desk_house.until_said(dialog, "написано без связи")
    assert desk_house.said(dialog).count("написано без связи") == 1


def test_a_lost_answer_makes_no_second_message(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    lost: list[int] = []

    def answer_lost(route: object) -> None:
        if not lost:
            lost.append(route.fetch().status)  # type: ignore[attr-defined]  # Playwright's Route
            route.abort()  # type: ignore[attr-defined]  # Playwright's Route
        else:
            route.continue_()  # type: ignore[attr-defined]  # Playwright's Route

    anna.page.route("**/api/v1/dialogs/*/reply", answer_lost)
    anna.says("один раз")
    with anna.page.expect_response(lambda answer: "второе" in (answer.request.post_data or "")):
        anna.says("и второе за ним")
    assert lost == [202]
    assert [text for text in desk_house.said(dialog) if "раз" in text or "второе" in text] == [
        "один раз",
        "и второе за ним",
    ]


def test_what_was_sent_without_a_connection_survives_a_reload(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.page.route("**/api/v1/dialogs/*/reply", lambda route: route.abort())
    anna.says("до перезагрузки")
    anna.page.unroute("**/api/v1/dialogs/*/reply")
    anna.page.reload()
    expect(anna.messages.get_by_text("до перезагрузки")).to_be_visible()
    desk_house.until_said(dialog, "до перезагрузки")
    assert desk_house.said(dialog).count("до перезагрузки") == 1


def test_texts_of_two_tabs_that_were_closed_without_a_connection_both_arrive(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    first, second = desk_house.asks("1"), desk_house.asks("2")
    for dialog in (first, second):
        desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", first)
    anna.context.route("**/api/v1/dialogs/*/reply", lambda route: route.abort())
    other = desk_of("anna", second, context=anna.context)
    anna.says("из первой вкладки")
    other.says("из второй вкладки")
    for tab in (anna, other):
        tab.page.close()
    anna.context.unroute("**/api/v1/dialogs/*/reply")
    desk_of("anna", context=anna.context)
    desk_house.until_said(first, "из первой вкладки")
    desk_house.until_said(second, "из второй вкладки")
    assert desk_house.said(first).count("из первой вкладки") == 1
    assert desk_house.said(second).count("из второй вкладки") == 1


def test_a_text_refused_behind_a_cut_comes_back_once_though_two_tabs_tried_it(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    sonya = desk_house.hire("sonya", "supervisor", queues=())
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of()
    line = Line(anna.page)
    anna.slip_in("anna")
    anna.open(dialog)
    anna.context.route("**/api/v1/dialogs/*/reply", lambda route: route.abort())
    other = desk_of("anna", dialog, context=anna.context)
    anna.says("ещё не ушло")
    expect(other.messages.get_by_text("ещё не ушло")).to_be_visible()
    line.cut()
    desk_house.run(desk_house.place.takes(sonya, dialog, force=True))
    anna.context.unroute("**/api/v1/dialogs/*/reply")
    line.mend()  # now both tabs try it at once
    for tab in (anna, other):
        expect(tab.page.get_by_text("The dialog has left your queues")).to_be_visible()
    for tab in (anna, other):
        expect(tab.reply).to_have_value("ещё не ушло")
        expect(tab.messages.get_by_text("ещё не ушло")).to_have_count(0)
    assert "ещё не ушло" not in desk_house.said(dialog)


def test_four_drafts_survive_reload_sign_out_and_another_machine(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    first, second = desk_house.asks("1"), desk_house.asks("2")
    for dialog in (first, second):
        desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", first)
    for dialog in (first, second):
        anna.open(dialog)
        anna.reply.fill(f"ответ {dialog}")
        anna.button("Note mode").click()
        anna.note.fill(f"заметка {dialog}")

    anna.page.reload()
    expect(anna.reply).to_have_value(f"ответ {second}")
    anna.button("Account: Anna").click()
    anna.role("menuitem", "Sign out").click()
    expect(anna.role("form", "Sign in")).to_be_visible()

    home = desk_of("anna")  # another machine: another profile
    for dialog in (first, second):
        home.open(dialog)
        expect(home.reply).to_have_value(f"ответ {dialog}")
        home.button("Note mode").click()
        expect(home.note).to_have_value(f"заметка {dialog}")
    assert not any("ответ" in text or "заметка" in text for text in desk_house.said(first))


def test_an_ended_session_asks_over_the_desk_and_nothing_typed_is_lost(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.reply.fill("набрано до конца сеанса")
    desk_house.sign_out("anna")
    door = anna.role("dialog", "Session expired")
    expect(door).to_be_visible()
    anna.page.keyboard.press("Escape")  # there is nothing behind it to go back to
    expect(door).to_be_visible()
    door.get_by_role("textbox", name="Login").fill("anna")
    door.get_by_label("Password").fill(PASSWORD)
    door.get_by_role("button", name="Sign in").click()
    expect(door).to_be_hidden()
    expect(anna.reply).to_have_value("набрано до конца сеанса")
    anna.button("Send").click()
    desk_house.until_said(dialog, "набрано до конца сеанса")


def test_what_one_left_unsent_is_not_sent_in_the_name_of_the_next(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    desk_house.hire("sonya", "supervisor", queues=())
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.context.route("**/api/v1/dialogs/*/reply", lambda route: route.abort())
    other = desk_of("anna", context=anna.context)
    anna.says("это пишет Анна")
    other.button("Account: Anna").click()
    other.role("menuitem", "Sign out").click()
    expect(anna.role("dialog", "Session expired")).to_be_visible()
    anna.context.unroute("**/api/v1/dialogs/*/reply")
    other.sign_in("sonya")
    desk_house.asks("8")  # her desk is alive, so the page beside it heard of that as well
    expect(other.role("tab", "Queue, 1")).to_be_visible()
    assert "это пишет Анна" not in desk_house.said(dialog)
    other.button("Account: Sonya").click()
    other.role("menuitem", "Sign out").click()
    other.sign_in("anna")
    desk_house.until_said(dialog, "это пишет Анна")
    lines = desk_house.run(desk_house.place.desk.lines(dialog, limit=50)).items
    assert [line.author_id for line in lines if line.text == "это пишет Анна"] == [person.id]


def test_two_tabs_share_one_socket_and_the_second_takes_it_over(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    first = desk_of()
    line = Line(first.page)
    first.slip_in("anna")
    first.go()
    expect(first.role("status", "Connected")).to_be_visible()
    second = desk_of("anna", context=first.context)
    expect(second.role("status", "Connected")).to_be_visible()
    assert desk_house.sockets() == 1
    desk_house.asks()
    for tab in (first, second):
        expect(tab.role("tab", "Queue, 1")).to_be_visible()
    assert line.opened == 1
    first.page.close()
    desk_house.asks("8")
    expect(second.role("tab", "Queue, 2")).to_be_visible()


def test_a_clock_that_is_hours_wrong_shows_the_right_wait(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    desk_house.asks()
    desk_house.place.later(minutes=7)
    anna = desk_of()
    anna.page.clock.set_fixed_time("2020-01-01T00:00:00Z")
    anna.slip_in("anna")
    anna.go()
    expect(anna.rows().first).to_have_accessible_name(re.compile("waiting 7 min"))
