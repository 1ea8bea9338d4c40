"""Hostile strings everywhere a customer or colleague can put one: they are shown, as text."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.desk_page import Desk
from tests.browser.hostile import STRINGS
from tests.browser.house import House, asks_for_people
from tests.fakes.workplace import CHANNEL

Opener = Callable[..., Desk]
#: As the desk shows them: characters that turn text around are made visible.
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


async def _asks_as(house: House, name: str, chat: str) -> None:
    """A customer of that name waits."""
    received = [asks_for_people(chat, name)]
    await house.place.store.accept(CHANNEL, received, house.place.now)
    house.place.bus.wake("dialogs")


def test_names_of_customers_are_text(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    for number, name in enumerate(STRINGS):
        desk_house.run(_asks_as(desk_house, name, str(100 + number)))
    anna = desk_of("anna")
    expect(anna.role("tab", f"Queue, {len(STRINGS)}")).to_be_visible()
    for _ in STRINGS:  # each is opened: list, head, card
        anna.key("KeyJ", "j", alt=True)
    expect(anna.role("region", "Customer card").get_by_role("heading").first).to_be_visible()
    anna.button("Search").click()
    anna.role("searchbox", "Search").fill("оператор")
    expect(anna.page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()


def test_texts_of_customers_and_operators_are_text(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    for text in STRINGS:
        desk_house.writes(text)
    anna = desk_of("anna", dialog)
    said = anna.messages
    for text in STRINGS[-40:]:
        shown = text.split("\t")[0].split("@198")[0]
        expect(said.get_by_text(shown).first).to_be_attached()
    for link in said.get_by_role("link").all():
        address = link.get_attribute("href") or ""
        assert address.startswith(("http://", "https://")), address
        assert "noopener" in (link.get_attribute("rel") or "")
    anna.says(STRINGS[1])
    anna.button("Note mode").click()
    anna.note.fill(STRINGS[2])
    anna.button("Send").click()
    expect(said.get_by_text(STRINGS[2]).last).to_be_visible()


def test_ready_texts_and_file_names_are_text(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    api = desk_house.api(person)
    for text in STRINGS[:20]:
        desk_house.run(api.post("/canned", {"name": text[:100], "body": text}))
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.button("Canned replies").click()
    expect(anna.role("listbox", "Canned replies").get_by_role("option")).to_have_count(20)
    anna.page.keyboard.press("Enter")
    expect(anna.reply).not_to_have_value("")
    anna.reply.fill("")
    anna.attach("<img src=x onerror=alert(1)>.txt", "text/plain", b"hello")
    expect(anna.button("Remove <img src=x onerror=alert(1)>.txt")).to_be_visible()


def test_a_text_that_turns_around_shows_where(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    desk_house.run(_asks_as(desk_house, "abc\u202etxt.exe", "5"))
    anna = desk_of("anna")
    expect(anna.rows().first).to_have_accessible_name(re.compile("abc\ufffdtxt.exe"))


def test_there_are_enough_of_them() -> None:
    assert len(set(STRINGS)) > 60
