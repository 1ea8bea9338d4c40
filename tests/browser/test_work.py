"""An operator's work in the browser: in, take, answer, note, transfer, close, undo."""

import re
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.browser.desk_page import Desk
from tests.browser.house import House

Opener = Callable[..., Desk]


def test_a_dialog_goes_from_the_queue_to_its_end(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    expect(anna.page.get_by_text("Nobody is waiting")).to_be_visible()

    dialog = desk_house.asks()  # appears by itself
    expect(anna.role("status", re.compile(r"^In queue: 1, longest"))).to_be_visible()
    anna.rows().first.click()
    expect(anna.reply).to_be_disabled()
    anna.take()
    anna.says("Добрый день!")
    desk_house.writes("не открывается кабинет")
    expect(anna.messages.get_by_text("не открывается кабинет")).to_be_visible()
    anna.button("Close").click()
    expect(anna.role("status", "Dialog closed")).to_be_visible()
    expect(anna.role("tab", "Mine, 0")).to_be_visible()
    assert desk_house.run(desk_house.place.row(dialog)).state in ("rating", "closed")


def test_a_wrong_password_is_said_and_nothing_else_changes(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    anna = desk_of()
    anna.role("textbox", "Login").fill("anna")
    anna.page.get_by_label("Password").fill("wrong wrong wrong")
    anna.button("Sign in").click()
    expect(anna.page.get_by_role("alert")).to_be_visible()
    expect(anna.role("form", "Sign in")).to_be_visible()


def test_the_first_of_two_takes_and_the_other_is_told_who(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    boris = desk_house.hire("boris")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    # Anna's socket is silent, so that her page does not know of it yet
    anna.page.route("**/api/v1/dialogs/*/take", lambda route: _taken_first(route, boris, dialog))

    def _taken_first(route: object, who: object, which: str) -> None:
        desk_house.run(desk_house.place.takes(boris, dialog))
        route.continue_()  # type: ignore[attr-defined]  # Playwright's Route

    anna.button("Take").click()
    expect(anna.alert("Already with operator Boris")).to_be_visible()
    expect(anna.role("textbox", "Reply")).not_to_be_editable()


def test_a_note_is_kept_from_the_customer(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.button("Note mode").click()
    anna.note.fill("проверить договор")
    anna.button("Send").click()
    expect(anna.messages.get_by_text("проверить договор")).to_be_visible()
    expect(anna.messages.get_by_text("Note by You")).to_be_visible()
    texts = desk_house.run(desk_house.place.desk.lines(dialog, limit=50)).items
    assert [line.delivery for line in texts if line.kind == "note"] == ["none"]


def test_a_close_can_be_taken_back(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.button("Close").click()
    anna.button("Undo").click()
    expect(anna.button("Close")).to_be_visible()
    expect(anna.reply).to_be_enabled()


def test_a_transfer_carries_its_comment(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    desk_house.hire("boris")
    dialog = desk_house.asks()
    anna, boris = desk_of("anna", dialog), desk_of("boris")
    anna.take()
    anna.button("Transfer").click()
    window = anna.role("dialog", "Transfer dialog")
    window.get_by_role("radio", name="To an operator").check()
    window.get_by_role("combobox", name="Operator").select_option(label="Boris: Online, 0 of 5")
    window.get_by_role("textbox", name="Comment").fill("спросите про оплату")
    window.get_by_role("button", name="Transfer").click()
    expect(anna.role("status", "Dialog transferred")).to_be_visible()
    boris.tab("Mine")
    boris.rows("Mine").first.click()
    expect(boris.messages.get_by_text("спросите про оплату")).to_be_visible()
    expect(boris.reply).to_be_enabled()


def test_what_one_gave_away_leaves_the_lists_and_stays_readable(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    desk_house.hire("boris")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.says("передаю коллеге")
    left = anna.page.get_by_text("The dialog has left your queues")

    def late(route: Route) -> None:
        answer = route.fetch()
        expect(left).to_be_visible()  # the news of it is faster than the answer
        route.fulfill(response=answer)

    anna.page.route("**/api/v1/dialogs/*/transfer", late)
    anna.button("Transfer").click()
    window = anna.role("dialog", "Transfer dialog")
    window.get_by_role("radio", name="To an operator").check()
    window.get_by_role("combobox", name="Operator").select_option(label="Boris: Online, 0 of 5")
    window.get_by_role("button", name="Transfer").click()
    expect(anna.role("status", "Dialog transferred")).to_be_visible()
    expect(left).to_be_visible()
    expect(anna.role("region", "Transcript").get_by_role("heading", name="Ольга")).to_be_visible()
    expect(anna.messages.get_by_text("передаю коллеге")).to_be_visible()
    expect(anna.page.get_by_text("With Boris")).to_be_visible()
    expect(anna.alert("Already with operator Boris")).to_be_hidden()
    expect(anna.role("tab", "All, 0")).to_be_visible()
    anna.tab("All")
    expect(anna.rows("All")).to_have_count(0)


def test_closing_without_a_question_says_why(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.button("Close options").click()
    window = anna.role("dialog", "Close options")
    window.get_by_role("combobox", name="Result").select_option(label="Spam")
    window.get_by_role("checkbox", name="Ask for a rating").uncheck()
    window.get_by_role("combobox", name="Reason not to ask").select_option(label="Spam")
    window.get_by_role("button", name="Close", exact=True).click()
    expect(anna.role("status", "Dialog closed")).to_be_visible()
    row = desk_house.run(desk_house.place.row(dialog))
    assert (row.state, row.result) == ("closed", "spam")


def test_a_dialog_goes_back_to_the_bot_at_a_named_step(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.button("Return to bot").click()
    window = anna.role("dialog", "Return to bot")
    window.get_by_role("combobox", name="Scenario").select_option(label="Баланс")
    window.get_by_role("combobox", name="Step").select_option(label="Номер счёта")
    window.get_by_role("button", name="Return", exact=True).click()
    expect(anna.role("tab", "Mine, 0")).to_be_visible()
    assert desk_house.run(desk_house.place.row(dialog)).state == "bot"
    assert desk_house.asks() == dialog  # one dialog, a second escalation
    expect(anna.role("tab", "Queue, 1")).to_be_visible()


def test_ready_texts_come_by_the_slash_and_a_gap_blocks_sending(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    api = desk_house.api(person)
    desk_house.run(api.post("/canned", {"name": "Привет", "body": "Здравствуйте, {customer}!"}))
    desk_house.run(api.post("/canned", {"name": "Счёт", "body": "Ваш счёт {account}."}))
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.reply.press("/")
    anna.page.keyboard.type("прив")
    expect(anna.role("listbox", "Canned replies").get_by_role("option")).to_have_count(1)
    anna.page.keyboard.press("Enter")
    expect(anna.reply).to_have_value("Здравствуйте, Ольга!")
    anna.button("Send").click()
    expect(anna.messages.get_by_text("Здравствуйте, Ольга!")).to_be_visible()
    anna.reply.press("/")
    anna.page.keyboard.type("счёт")
    anna.page.keyboard.press("Enter")
    expect(anna.page.get_by_text("Fill in: account")).to_be_visible()
    expect(anna.button("Send")).to_be_disabled()


def test_a_gap_blocks_sending_after_the_note_a_reload_and_on_another_machine(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    api = desk_house.api(person)
    text = "Ваш договор {contract}, проверьте."
    desk_house.run(api.post("/canned", {"name": "Договор", "body": text}))
    desk_house.run(api.post("/canned", {"name": "Привет", "body": "Здравствуйте! "}))
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    for name, whole in (("дого", text), ("прив", f"{text}Здравствуйте! ")):
        anna.button("Canned replies").click()
        anna.page.keyboard.type(name)
        anna.page.keyboard.press("Enter")
        expect(anna.reply).to_have_value(whole)
        expect(anna.reply).to_be_focused()
    gap = re.compile("Fill in: contract")
    expect(anna.page.get_by_text(gap)).to_be_visible()
    for code in ("KeyP", "KeyP"):
        anna.key(code, alt=True)
    expect(anna.reply).to_be_focused()
    anna.reply.press("Enter")
    anna.page.reload()
    expect(anna.page.get_by_text(gap)).to_be_visible()
    expect(anna.button("Send")).to_be_disabled()

    home = desk_of("anna", dialog)
    expect(home.page.get_by_text(gap)).to_be_visible()
    expect(home.button("Send")).to_be_disabled()
    home.reply.fill("Ваш договор 7, проверьте.")
    home.button("Send").click()
    desk_house.until_said(dialog, "Ваш договор 7, проверьте.")
    assert not any("{" in said for said in desk_house.said(dialog))


def test_a_close_with_an_unseen_message_is_refused_and_nothing_is_lost(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()
    anna.reply.fill("почти готово")

    def unseen(route: object) -> None:
        desk_house.writes("подождите")
        route.continue_()  # type: ignore[attr-defined]  # Playwright's Route

    anna.page.route("**/api/v1/dialogs/*/close", unseen)
    anna.button("Close").click()
    expect(anna.alert("New message from the customer")).to_be_visible()
    expect(anna.reply).to_have_value("почти готово")


def test_a_reply_after_losing_the_dialog_comes_back_as_a_draft(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    sonya = desk_house.hire("sonya", "supervisor", queues=())
    dialog = desk_house.asks()
    anna = desk_of("anna", dialog)
    anna.take()

    def lost(route: object) -> None:
        desk_house.run(desk_house.place.takes(sonya, dialog, force=True))
        route.continue_()  # type: ignore[attr-defined]  # Playwright's Route

    anna.page.route("**/api/v1/dialogs/*/reply", lost)
    anna.reply.fill("я ещё отвечаю")
    anna.button("Send").click()
    expect(anna.alert("Already with operator Sonya")).to_be_visible()
    expect(anna.reply).to_have_value("я ещё отвечаю")
    assert ("operator", "я ещё отвечаю") not in desk_house.run(desk_house.place.texts(dialog))


def test_a_list_that_got_the_focus_by_itself_shows_who_comes(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    boris = desk_house.hire("boris")
    lost = desk_house.asks("1")
    desk_house.asks("2")
    anna = desk_of("anna", lost)
    expect(anna.rows()).to_have_count(2)
    anna.button("Take").focus()
    desk_house.run(desk_house.place.takes(boris, lost))
    expect(anna.role("listbox", "Queue")).to_be_focused()
    expect(anna.rows()).to_have_count(1)
    desk_house.asks("3")
    expect(anna.rows()).to_have_count(2)
    anna.key("ArrowDown")
    desk_house.asks("4")
    anna.button("Newer: 1").click()
    expect(anna.rows()).to_have_count(3)


def test_a_dialog_that_was_left_takes_no_harm_from_a_late_scroll(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna", desk_house.asks())
    talk = anna.page.get_by_role("group", name="Transcript, scrollable").element_handle()
    anna.role("link", "Settings").click()
    expect(anna.messages).to_be_hidden()
    talk.evaluate("node => node.dispatchEvent(new Event('scroll'))")
