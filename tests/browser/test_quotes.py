"""A message is answered with a quote: chosen, seen above the answer, kept, and taken away."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.bots.desk.test_rewriting import sent_out
from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]


def _asked(house: House, desk_of: Opener, **look: Any) -> tuple[Desk, str]:
    """Anna has a dialog in which the customer asked two things."""
    person = house.hire("anna")
    dialog = house.asks()
    house.run(house.place.takes(person, dialog))
    house.writes("какой тариф быстрее?", platform_id="m-1")
    house.writes("и сколько он стоит?", platform_id="m-2")
    desk = desk_of("anna", dialog, **look)
    expect(desk.messages.get_by_text("и сколько он стоит?")).to_be_visible()
    return desk, dialog


def test_a_message_is_answered_and_the_quote_stands_above_the_answer(
    desk_house: House, desk_of: Opener
) -> None:
    anna, dialog = _asked(desk_house, desk_of)
    line = anna.messages.get_by_role("article").filter(has_text="какой тариф быстрее?")
    line.hover()
    line.get_by_role("button", name=re.compile("^Answer the message: Ольга")).click()
    quote = anna.button("In reply to: Ольга какой тариф быстрее?")
    expect(quote).to_be_visible()
    expect(anna.reply).to_be_focused()
    with anna.page.expect_request("**/reply") as sent:
        anna.says("Самый быстрый")
    lines = desk_house.run(desk_house.place.desk.lines(dialog, limit=50)).items
    asked = next(one.n for one in lines if one.platform_id == "m-1")
    assert (sent.value.post_data_json or {})["reply_to"] == str(asked)
    answer = anna.messages.get_by_role("article").filter(has_text="Самый быстрый")
    expect(answer.get_by_role("img", name="Waiting to be sent")).to_have_count(1)
    expect(quote).to_have_count(1)  # in the transcript, no longer above the field
    expect(
        answer.get_by_role("button", name="In reply to: Ольга какой тариф быстрее?")
    ).to_have_count(1)
    anna.says("и без цитаты")
    expect(quote).to_have_count(1)


def test_a_quote_is_chosen_by_keyboard_and_taken_away(desk_house: House, desk_of: Opener) -> None:
    anna, _ = _asked(desk_house, desk_of)
    expect(anna.reply).to_be_focused()
    keys = anna.page.keyboard
    keys.type("нет, ")
    keys.press("Alt+ArrowUp")
    expect(anna.button("In reply to: Ольга и сколько он стоит?")).to_be_visible()
    keys.press("Alt+ArrowUp")
    expect(anna.button("In reply to: Ольга какой тариф быстрее?")).to_be_visible()
    keys.press("Alt+ArrowDown")
    expect(anna.button("In reply to: Ольга и сколько он стоит?")).to_be_visible()
    expect(anna.reply).to_be_focused()
    keys.press("Escape")
    expect(anna.button_like("In reply to")).to_have_count(0)
    expect(anna.reply).to_be_focused()
    keys.press("Alt+ArrowUp")
    keys.press("Alt+ArrowDown")  # behind the last there is none
    expect(anna.button_like("In reply to")).to_have_count(0)
    keys.press("Alt+ArrowUp")
    anna.button("Remove the quote").click()
    expect(anna.reply).to_be_focused()
    expect(anna.reply).to_have_value("нет, ")
    with anna.page.expect_request("**/reply") as sent:
        keys.press("Enter")
    assert "reply_to" not in (sent.value.post_data_json or {})


def test_a_quote_stays_with_its_draft(desk_house: House, desk_of: Opener) -> None:
    anna, dialog = _asked(desk_house, desk_of)
    quote = "In reply to: Ольга какой тариф быстрее?"
    with anna.page.expect_response("**/draft"):
        anna.reply.press("Alt+ArrowUp")
        anna.reply.press("Alt+ArrowUp")
    anna.button("Note mode").click()
    expect(anna.button(quote)).to_have_count(0)
    anna.button("Note mode").click()
    expect(anna.button(quote)).to_be_visible()
    anna.page.reload()
    expect(anna.button(quote)).to_be_visible()
    home = desk_of("anna", dialog)  # another machine
    expect(home.button(quote)).to_be_visible()
    expect(home.rows("Queue")).to_have_count(0)
    home.tab("Mine")
    expect(home.rows("Mine").first).to_contain_text("draft")
    home.reply.press("Escape")
    expect(anna.button(quote)).to_have_count(0)


def test_a_refused_quote_comes_back_with_its_text(desk_house: House, desk_of: Opener) -> None:
    anna, _ = _asked(desk_house, desk_of)
    desk_house.writes("этого мессенджер не помнит")  # without an id of the messenger's
    expect(anna.messages.get_by_text("не помнит")).to_be_visible()
    anna.reply.press("Alt+ArrowUp")
    anna.says("вот ответ")
    expect(anna.alert_text("The messenger cannot show this message as a quote")).to_be_visible()
    expect(anna.reply).to_have_value("вот ответ")
    anna.button("Remove the quote").click()
    with anna.page.expect_response("**/reply") as sent:
        anna.reply.press("Enter")
    assert sent.value.status == 202


def test_what_a_customer_answers_is_shown_and_found(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.says("какой из двух адресов?")
    desk_house.until_said(dialog, "какой из двух адресов?")
    desk_house.run(sent_out(desk_house.place))
    lines = desk_house.run(desk_house.place.desk.lines(dialog, limit=50)).items
    own = next(line for line in lines if line.text == "какой из двух адресов?")
    for number in range(60):
        desk_house.writes(f"а пока {number}")
    desk_house.writes("первый", platform_id="m-9", reply_to=own.platform_id)
    anna.page.reload()
    answer = anna.messages.get_by_role("article").filter(has_text="первый")
    answer.get_by_role("button", name="In reply to: An earlier message").click()
    asked = anna.messages.get_by_role("article").filter(has_text="какой из двух адресов?").first
    expect(asked).to_have_attribute("aria-current", "true")
    expect(asked).to_be_in_viewport()
    expect(
        answer.get_by_role("button", name="In reply to: You какой из двух адресов?")
    ).to_be_attached()


def test_nothing_is_quoted_where_it_cannot_be(desk_house: House, desk_of: Opener) -> None:
    anna, dialog = _asked(desk_house, desk_of)
    boris = desk_house.hire("boris", "supervisor")
    tools = re.compile("^Answer the message")
    expect(anna.button_like("Answer the message").first).to_be_attached()
    anna.button("Note mode").click()
    anna.note.fill("для своих")
    anna.button("Send").click()
    note = anna.messages.get_by_role("article").filter(has_text="для своих")
    expect(note).to_be_visible()
    expect(note.get_by_role("button", name=tools)).to_have_count(0)
    desk_house.run(desk_house.place.takes(boris, dialog, force=True))
    expect(anna.reply).to_be_disabled()
    expect(anna.button_like("Answer the message")).to_have_count(0)


def test_a_channel_without_quotes_offers_none(desk_house: House, desk_of: Opener) -> None:
    anna, dialog = _asked(desk_house, desk_of)
    anna.reads(dialog, lambda found: found["caps"].update(quotes=False))
    anna.page.reload()
    expect(anna.reply).to_be_enabled()
    anna.reply.press("Alt+ArrowUp")
    expect(anna.button_like("Answer the message")).to_have_count(0)
    expect(anna.button_like("In reply to")).to_have_count(0)


def test_quotes_in_both_lights_and_languages(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    person = desk_house.hire("anna", name="Анна")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    desk_house.writes("какой тариф быстрее?", platform_id="m-1")
    desk_house.writes("этот?", platform_id="m-2", reply_to="m-1")
    desk = desk_of("anna", **look)
    desk.go(f"d/{dialog}")
    desk.role("textbox", "Reply" if look["locale"] == "en" else "Ответ").press("Alt+ArrowUp")
    named = (
        "In reply to: Ольга этот?" if look["locale"] == "en" else "Ответ на сообщение: Ольга этот?"
    )
    expect(desk.button(named)).to_be_visible()
    desk.role("article").last.hover()
    assert_clean(desk.page, "a quote above the reply and in the transcript")
