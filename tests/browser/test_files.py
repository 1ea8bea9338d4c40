"""Pictures and files: pasted, removed, pasted again, sent; and what is refused."""

import base64
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.desk_page import Desk
from tests.browser.house import House

Opener = Callable[..., Desk]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PASTE = """([name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name, {type}));
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true}));
}"""


def _pasted(desk: Desk, name: str) -> None:
    desk.reply.focus()
    desk.page.evaluate(_PASTE, [name, "image/png", base64.b64encode(PNG).decode()])


def _in_hand(house: House, desk_of: Opener) -> tuple[Desk, str]:
    person = house.hire("anna")
    dialog = house.asks()
    house.run(house.place.takes(person, dialog))
    return desk_of("anna", dialog), dialog


def test_a_pasted_picture_is_seen_removed_pasted_and_sent_once(
    desk_house: House, desk_of: Opener
) -> None:
    anna, dialog = _in_hand(desk_house, desk_of)
    _pasted(anna, "screen.png")
    attached = anna.role("list", "Attached files")
    expect(attached.get_by_role("img", name="screen.png")).to_be_visible()
    anna.button("Remove screen.png").click()
    expect(attached).to_be_hidden()
    _pasted(anna, "screen.png")
    expect(anna.button("Send")).to_be_enabled()
    anna.button("Send").click()
    expect(anna.messages.get_by_role("button", name="Open picture screen.png")).to_be_visible()
    expect(attached).to_be_hidden()
    lines = desk_house.run(desk_house.place.desk.lines(dialog, limit=50)).items
    assert sum(bool(line.extra.get("media")) for line in lines) == 1


def test_what_may_not_be_sent_is_refused_in_words(
    desk_house: House, desk_of: Opener, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    anna, _ = _in_hand(desk_house, desk_of)
    anna.attach("page.html", "text/html", b"<!doctype html><script>alert(1)</script>")
    expect(anna.alert_text("This type of file is not accepted.")).to_be_visible()
    expect(anna.button("Send")).to_be_disabled()
    anna.button("Remove page.html").click()
    anna.attach_from(film)
    expect(anna.alert_text("The file is too large")).to_be_visible()


def test_a_file_stays_with_its_draft_over_a_reload(desk_house: House, desk_of: Opener) -> None:
    anna, _ = _in_hand(desk_house, desk_of)
    anna.attach("report.txt", "text/plain", b"figures")
    expect(anna.button("Send")).to_be_enabled()
    anna.page.reload()
    expect(anna.button("Remove report.txt")).to_be_visible()
    expect(anna.button("Send")).to_be_enabled()


def _sent_files(house: House, dialog: str) -> list[str]:
    lines = house.run(house.place.desk.lines(dialog, limit=50)).items
    return [media["name"] for line in lines for media in line.extra.get("media") or []]


def test_a_file_sent_in_one_tab_is_attached_nowhere_else(
    desk_house: House, desk_of: Opener
) -> None:
    anna, dialog = _in_hand(desk_house, desk_of)
    tab = desk_of("anna", dialog, context=anna.context)
    home = desk_of("anna", dialog)  # another machine: another profile
    anna.attach("plan.pdf", "application/pdf", b"%PDF-1.4 plan")
    for desk in (anna, tab, home):
        expect(desk.button("Remove plan.pdf")).to_be_visible()
        expect(desk.button("Send")).to_be_enabled()
    anna.button("Send").click()
    for desk in (anna, tab, home):
        expect(desk.messages.get_by_text("plan.pdf")).to_be_visible()
        expect(desk.role("list", "Attached files")).to_be_hidden()
        expect(desk.button("Send")).to_be_disabled()
    assert _sent_files(desk_house, dialog) == ["plan.pdf"]


def test_a_file_that_took_its_time_does_not_take_back_what_was_typed_meanwhile(
    desk_house: House, desk_of: Opener
) -> None:
    anna, _ = _in_hand(desk_house, desk_of)
    held: list[Route] = []
    anna.page.route("**/api/v1/attachments", lambda route: held.append(route))
    anna.attach("plan.pdf", "application/pdf", b"%PDF-1.4 plan")
    expect(anna.page.get_by_text("Uploading")).to_be_visible()
    for _ in range(2):  # to the note and back
        anna.key("KeyP", alt=True)
    anna.reply.fill("план во вложении")
    held.pop().continue_()
    expect(anna.button("Remove plan.pdf")).to_be_visible()
    anna.page.reload()
    expect(anna.reply).to_have_value("план во вложении")
    expect(anna.button("Remove plan.pdf")).to_be_visible()
