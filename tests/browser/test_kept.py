"""What is typed stays where it was typed, and the keyboard never loses its place."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from core.access import Person
from tests.browser.desk_page import Desk
from tests.browser.house import House
from tests.browser.test_look import assert_clean

Opener = Callable[..., Desk]
#: Drops a file on the element; whether anything kept the browser from opening it.
_DROP = """node => {
  const held = new DataTransfer();
  held.items.add(new File(["figures"], "report.txt", {type: "text/plain"}));
  const told = ["dragover", "drop"].map(kind =>
    new DragEvent(kind, {dataTransfer: held, bubbles: true, cancelable: true}));
  told.forEach(event => node.dispatchEvent(event));
  return told.every(event => event.defaultPrevented);
}"""
_FOCUSED = "document.activeElement === document.body ? '' : document.activeElement.id"


def _in_hand(house: House, desk_of: Opener, **look: Any) -> tuple[Desk, Person, str]:
    person = house.hire("anna")
    dialog = house.asks()
    house.run(house.place.takes(person, dialog))
    return desk_of("anna", dialog, **look), person, dialog


def changes_card(house: House, person: Person, dialog: str, **fields: Any) -> None:
    browser = house.api(person)
    customer = house.run(house.place.row(dialog)).customer
    card = house.run(browser.get(f"/customers/{customer}"))
    body = {"version": card["version"], **fields}
    assert house.run(browser.ask("PATCH", f"/customers/{customer}", body)).status == 200


# -- the card


def test_a_tag_being_typed_outlives_a_message(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    field = anna.role("textbox", "Add a tag")
    field.click()
    field.press_sequentially("оплат")
    desk_house.writes("вы здесь?")
    expect(anna.messages.get_by_text("вы здесь?")).to_be_visible()
    expect(field).to_be_focused()
    field.press_sequentially("а")
    expect(field).to_have_value("оплата")
    field.press("Enter")
    expect(anna.button("Remove tag оплата")).to_be_visible()
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_a_topic_being_typed_outlives_a_message(desk_house: House, desk_of: Opener) -> None:
    anna, _, dialog = _in_hand(desk_house, desk_of)
    field = anna.role("textbox", "Topic")
    field.click()
    field.press_sequentially("счёт")
    desk_house.writes("вы здесь?")
    expect(anna.messages.get_by_text("вы здесь?")).to_be_visible()
    expect(field).to_have_value("счёт")
    with anna.page.expect_response(f"**/api/v1/dialogs/{dialog}"):
        field.press("Enter")
    expect(field).to_have_value("счёт")
    assert desk_house.run(desk_house.place.row(dialog)).topic == "счёт"


def test_a_note_on_the_card_outlives_other_changes_and_a_reload(
    desk_house: House, desk_of: Opener
) -> None:
    anna, person, dialog = _in_hand(desk_house, desk_of)
    note = anna.role("textbox", "Note for colleagues")
    note.fill("звонить после шести")
    changes_card(desk_house, person, dialog, tags=["vip"])
    card = anna.role("region", "Customer card")
    expect(card.get_by_text("vip")).to_be_visible()
    expect(note).to_have_value("звонить после шести")
    anna.page.reload()
    expect(note).to_have_value("звонить после шести")
    changes_card(desk_house, person, dialog, note="глуховат")
    expect(card.get_by_text("A colleague wrote meanwhile: глуховат")).to_be_visible()
    assert_clean(anna.page, "a note of two")
    card.get_by_role("button", name="Save").click()
    expect(anna.role("status", "Note saved")).to_be_visible()
    expect(card.get_by_role("button", name="Save")).to_be_hidden()
    anna.page.reload()
    expect(note).to_have_value("звонить после шести")
    expect(card.get_by_role("button", name="Save")).to_be_hidden()


def test_a_customers_tags_are_written_on_the_card(desk_house: House, desk_of: Opener) -> None:
    anna, person, dialog = _in_hand(desk_house, desk_of)
    field = anna.role("textbox", "Add a tag to the customer")
    field.fill("vip")
    changes_card(desk_house, person, dialog, note="глуховат")
    expect(anna.role("textbox", "Note for colleagues")).to_have_value("глуховат")
    expect(field).to_have_value("vip")
    field.press("Enter")
    expect(anna.button("Remove tag vip")).to_be_visible()
    expect(field).to_have_value("")
    anna.button("Remove tag vip").click()
    expect(anna.button("Remove tag vip")).to_be_hidden()


# -- files


def _drops(anna: Desk, where: Locator) -> None:
    assert where.evaluate(_DROP), "the browser would have opened the file"


def test_a_file_dropped_on_the_transcript_is_attached(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    _drops(anna, anna.messages)
    expect(anna.button("Remove report.txt")).to_be_visible()
    expect(anna.button("Send")).to_be_enabled()
    _drops(anna, anna.reply)
    expect(anna.button("Remove report.txt")).to_have_count(2)


def test_a_file_dropped_elsewhere_does_not_replace_the_desk(
    desk_house: House, desk_of: Opener
) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    for where in (anna.role("listbox"), anna.role("banner"), anna.role("region", "Customer card")):
        _drops(anna, where)
    anna.button("Note mode").click()
    _drops(anna, anna.messages)  # a note has no files
    expect(anna.role("list", "Attached files")).to_be_hidden()


# -- focus, and who lost a dialog


def test_closing_leaves_the_keyboard_in_the_list(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    expect(anna.reply).to_be_focused()
    anna.key("KeyE", alt=True)
    expect(anna.reply).to_be_disabled()
    anna.page.wait_for_function(f"({_FOCUSED}) === 'rows'")


def test_who_loses_a_dialog_reads_one_thing_and_keeps_the_note(
    desk_house: House, desk_of: Opener
) -> None:
    anna, _, dialog = _in_hand(desk_house, desk_of)
    sonya = desk_house.hire("sonya", "supervisor", queues=())
    anna.button("Note mode").click()
    anna.note.fill("не дописано")
    desk_house.run(desk_house.place.takes(sonya, dialog, force=True))
    expect(anna.alert("Already with operator Sonya")).to_be_visible()
    expect(anna.note).to_have_value("не дописано")
    expect(anna.note).not_to_be_editable()
    expect(anna.note).to_be_focused()
    expect(anna.button("Send")).to_be_disabled()
    assert_clean(anna.page, "lost with a note")
    anna.button("Note mode").click()
    expect(anna.reply).to_be_disabled()
    expect(anna.reply).to_have_attribute("placeholder", "Not in your queues any more")
    head = anna.page.locator(".thread-head")
    expect(head).to_contain_text("Not in your queues any more")
    expect(head).not_to_contain_text("With you")
    anna.page.wait_for_function(f"({_FOCUSED}) === 'rows'")


# -- windows


def test_a_refused_transfer_keeps_its_comment(desk_house: House, desk_of: Opener) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    desk_house.hire("boris", status="offline")
    anna.page.reload()
    expect(anna.reply).to_be_enabled()
    anna.key("KeyR", alt=True)
    window = anna.role("dialog", "Transfer dialog")
    window.get_by_role("radio", name="To an operator").check()
    expect(window.get_by_role("button", name="Transfer")).to_be_disabled()  # nobody is online
    window.get_by_role("combobox", name="Operator").select_option(label="Boris: Offline, 0 of 5")
    comment = window.get_by_role("textbox", name="Comment")
    comment.fill("спросите про оплату")
    window.get_by_role("button", name="Transfer").click()
    expect(window.get_by_role("alert")).to_contain_text("No room for another dialog")
    expect(comment).to_have_value("спросите про оплату")
    assert_clean(anna.page, "a refused transfer")
    window.get_by_role("radio", name="To a queue").check()
    window.get_by_role("button", name="Transfer").click()
    expect(window).to_be_hidden()
    expect(anna.role("status", "Dialog transferred")).to_be_visible()


def test_a_window_closes_by_a_click_beside_it_and_not_by_selecting_text(
    desk_house: House, desk_of: Opener
) -> None:
    anna, _, _ = _in_hand(desk_house, desk_of)
    anna.key("KeyR", alt=True)
    window = anna.role("dialog", "Transfer dialog")
    comment = window.get_by_role("textbox", name="Comment")
    comment.fill("весь текст")
    box = comment.bounding_box()
    assert box
    mouse = anna.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 12)
    mouse.down()
    mouse.move(20, box["y"] + 12)  # beyond the window's edge
    mouse.up()
    expect(comment).to_have_value("весь текст")
    mouse.click(20, box["y"])
    expect(window).to_be_hidden()
