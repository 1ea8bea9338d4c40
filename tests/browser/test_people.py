"""The door, one's own account, supervision, settings, sounds."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.desk_page import Desk
from tests.browser.house import PASSWORD, House

Opener = Callable[..., Desk]
#: Under Playwright every AudioContext runs from the start; browsers of people wait for a click.
_SUSPENDED = """
class Waiting extends EventTarget {
  state = "suspended";
  currentTime = 0;
  onstatechange = null;
  destination = {};
  resume() {
    this.state = "running";
    this.onstatechange?.();
    return Promise.resolve();
  }
  close() { this.state = "closed"; return Promise.resolve(); }
  createOscillator() {
    const start = () => { globalThis.played = (globalThis.played || 0) + 1; };
    return {frequency: {}, connect: gain => gain, start, stop() {}};
  }
  createGain() {
    return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect() {}};
  }
}
globalThis.AudioContext = Waiting;
"""


def test_the_setup_link_makes_the_first_admin(desk_house: House, desk_of: Opener) -> None:
    token = desk_house.setup_token()
    desk = desk_of()
    desk.go(f"#setup={token}")
    desk.role("textbox", "Name").fill("Первый админ")
    desk.role("textbox", "Login").fill("root")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.button("Create and sign in").click()
    expect(desk.role("table", "Operators")).to_be_visible()
    assert "setup" not in desk.page.url
    desk.button("New operator").click()
    window = desk.role("dialog", "New operator")
    window.get_by_role("textbox", name="Name").fill("Анна")
    window.get_by_role("textbox", name="Login").fill("anna")
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Save").click()
    expect(desk.role("table", "Operators").get_by_text("Анна")).to_be_visible()
    desk_of("anna")


def test_one_time_codes_are_set_up_and_asked_for(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.go("settings/me")
    anna.page.get_by_label("Password, to show that it is you").fill(PASSWORD)
    anna.button("Set up codes").click()
    secret = anna.page.get_by_text(re.compile("^[A-Z2-7]{16,}$")).inner_text()
    codes = pyotp.TOTP(secret)
    anna.role("textbox", "One-time code").fill(codes.at(desk_house.place.now))
    anna.button("Confirm").click()
    expect(anna.page.get_by_text("Keep these recovery codes")).to_be_visible()

    desk_house.place.later(minutes=2)
    again = desk_of()
    again.go()
    again.role("textbox", "Login").fill("anna")
    again.page.get_by_label("Password").fill(PASSWORD)
    again.button("Sign in").click()
    again.role("textbox", "One-time code").fill(codes.at(desk_house.place.now))
    again.button("Sign in").click()
    expect(again.role("banner", "Top bar")).to_be_visible()


def test_a_session_elsewhere_is_seen_and_ended(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    away, anna = desk_of("anna"), desk_of("anna")
    anna.go("settings/me")
    expect(anna.role("table", "Where you are signed in").get_by_role("row")).to_have_count(3)
    anna.button("End").click()
    expect(away.role("dialog", "Session expired")).to_be_visible()
    expect(anna.role("table", "Where you are signed in").get_by_role("row")).to_have_count(2)


def test_a_supervisor_watches_silently_takes_over_and_assigns(
    desk_house: House, desk_of: Opener
) -> None:
    anna_ = desk_house.hire("anna")
    desk_house.hire("sonya", "supervisor", queues=())
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(anna_, dialog))
    anna, sonya = desk_of("anna", dialog), desk_of("sonya", dialog)
    expect(anna.page.get_by_text("also here: Sonya")).to_be_visible()
    desk_house.writes("слышно?")
    expect(sonya.messages.get_by_text("слышно?")).to_be_visible()
    sonya.button("Take over").click()
    expect(anna.page.get_by_text("The dialog has left your queues")).to_be_visible()
    expect(anna.alert("Already with operator Sonya")).to_be_visible()
    expect(anna.reply).to_be_disabled()
    expect(sonya.button("Close")).to_be_visible()
    sonya.button("Transfer").click()
    window = sonya.role("dialog", "Transfer dialog")
    window.get_by_role("radio", name="To an operator").check()
    window.get_by_role("combobox", name="Operator").select_option(label="Anna: Online, 0 of 5")
    window.get_by_role("button", name="Transfer").click()
    expect(anna.role("tab", "Mine, 1")).to_be_visible()


def test_the_board_shows_the_present(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    desk_house.hire("sonya", "supervisor", queues=())
    sonya = desk_of("sonya")
    sonya.role("link", "Live board").click()
    queue = sonya.role("table", "Queues now").get_by_role("row", name="first_line")
    desk_house.asks()
    expect(queue).to_contain_text(re.compile(r"first_line\s*1"))
    people = sonya.role("table", "Operators now")
    people.get_by_role("button", name="Set the status of Anna").click()
    sonya.role("menuitemradio", "Break").click()
    expect(people.get_by_role("row", name=re.compile("Anna"))).to_contain_text("Break")


def test_working_hours_are_written_as_people_write_them(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("admin", "admin", queues=())
    admin = desk_of("admin")
    admin.go("settings/queues")
    admin.button("New hours").click()
    window = admin.role("dialog", "New hours")
    window.get_by_role("textbox", name="Name").fill("office")
    window.get_by_role("textbox", name="Monday").fill("9-18")
    window.get_by_role("button", name="Save").click()
    expect(admin.alert_text("This line cannot be read")).to_be_visible()
    window.get_by_role("textbox", name="Monday").fill("9:00-13:00 14:00-18:00")
    window.get_by_role("button", name="Save").click()
    expect(admin.role("table", "Working hours")).to_contain_text("Mon 09:00–13:00, 14:00–18:00")


def test_going_offline_with_dialogs_in_hand_asks_what_becomes_of_them(
    desk_house: House, desk_of: Opener
) -> None:
    person = desk_house.hire("anna")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.button("Status: Online").click()
    anna.role("menuitemradio", "Offline").click()
    window = anna.role("dialog", "Go offline")
    window.get_by_role("button", name="Back to the queue").click()
    expect(anna.button("Status: Offline")).to_be_visible()
    expect(anna.role("tab", "Mine, 0")).to_be_visible()
    assert desk_house.run(desk_house.place.row(dialog)).state == "queued"


def test_the_sound_of_the_queue_is_allowed_heard_once_and_quiet_on_a_break(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    first = desk_of()
    first.context.add_init_script(_SUSPENDED)
    first.slip_in("anna")
    first.go()
    expect(first.button("Sound blocked, click to allow")).to_be_visible()
    first.button("Sound blocked, click to allow").click()
    expect(first.button("Sound: on")).to_be_visible()
    second = desk_of("anna", context=first.context)
    second.page.keyboard.press("Shift")  # this tab may make sounds too, and leaves it to the other
    desk_house.asks()
    expect(second.role("tab", "Queue, 1")).to_be_visible()
    first.page.wait_for_function("globalThis.played > 0")
    assert second.page.evaluate("globalThis.played || 0") == 0

    first.button("Status: Online").click()
    first.role("menuitemradio", "Break").click()
    first.role("dialog").get_by_role("button", name="Break").click()
    expect(first.button("Status: Break")).to_be_visible()
    heard = first.page.evaluate("globalThis.played")
    desk_house.asks("8")
    expect(first.role("tab", "Queue, 2")).to_be_visible()
    assert first.page.evaluate("globalThis.played") == heard


def test_who_signs_in_next_finds_a_desk_of_their_own(desk_house: House, desk_of: Opener) -> None:
    person = desk_house.hire("anna")
    desk_house.hire("boris")
    dialog = desk_house.asks()
    desk_house.run(desk_house.place.takes(person, dialog))
    anna = desk_of("anna", dialog)
    anna.says("не дождались")
    anna.button("Close").click()
    anna.tab("Closed")
    expect(anna.rows("Closed")).to_have_count(1)
    anna.role("combobox", "Channel").select_option(index=1)
    for login in ("anna", "boris"):
        anna.button_like("Account: ").click()
        anna.role("menuitem", "Sign out").click()
        expect(anna.role("form", "Sign in")).to_be_visible()
        anna.sign_in(login)
        expect(anna.role("tab", "Queue, 0")).to_have_attribute("aria-selected", "true")
        expect(anna.button("Undo")).to_be_hidden()
        anna.tab("Closed")
        expect(anna.rows("Closed")).to_have_count(1)
        expect(anna.role("combobox", "Channel")).to_have_value("")


def test_signing_out_without_a_connection_says_that_it_did_not_happen(
    desk_house: House, desk_of: Opener
) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.page.route("**/api/v1/logout", lambda route: route.abort())
    anna.button("Account: Anna").click()
    anna.role("menuitem", "Sign out").click()
    expect(anna.alert_text("No connection")).to_be_visible()
    expect(anna.button("Account: Anna")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_longest_wait_is_read_whole_while_sounds_are_blocked(
    desk_house: House, desk_of: Opener, width: int
) -> None:
    desk_house.hire("anna", name="Анна")
    desk_house.asks()
    desk_house.place.later(hours=1, minutes=37)
    anna = desk_of(locale="ru", viewport={"width": width, "height": 900})
    anna.context.add_init_script(_SUSPENDED)
    anna.slip_in("anna")
    anna.go()
    blocked = "Звук заблокирован, нажмите, чтобы разрешить"
    expect(anna.button(blocked)).to_be_visible()
    text = anna.page.get_by_text("дольше всех 1 ч 37 мин")
    expect(text).to_be_visible()
    assert text.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    right = "node => node.getBoundingClientRect().right"
    ends = [
        one.evaluate(right)
        for one in (text, anna.button_like("Поиск"), anna.button_like("Учётная запись"))
    ]
    assert ends == sorted(ends)
    assert ends[-1] <= width


def test_the_language_is_changed_at_once_and_kept(desk_house: House, desk_of: Opener) -> None:
    desk_house.hire("anna")
    anna = desk_of("anna")
    anna.button("Account: Anna").click()
    with anna.page.expect_response("**/api/v1/me/settings"):
        anna.role("menuitemradio", "Русский").click()
    expect(anna.role("banner", "Верхняя панель")).to_be_visible()
    other = desk_of("anna")
    expect(other.role("banner", "Верхняя панель")).to_be_visible()
