"""Every screen in both lights and both languages: axe finds nothing, no key is shown raw."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.desk_page import Desk
from tests.browser.house import House

Opener = Callable[..., Desk]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
#: WCAG 2.0 to 2.2, levels A and AA; what depends on colours is looked at in the dark again.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_RUN = """runOnly => axe.run(document, {runOnly, resultTypes: ["violations"]})
  .then(found => found.violations.map(one => ({
    rule: one.id, where: one.nodes.map(node => `${node.target.join(" ")}: ${node.html}`),
  })))"""
_RAW_KEY = re.compile(r"(?<![\w@/.-])[a-z_]+(?:\.[a-z_]+)+(?![\w@/.-])")


def assert_clean(page: Page, what: str) -> None:
    """No rule is broken, in the light and in the dark, and every word was written."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)
    found = page.evaluate(_RUN, {"type": "tag", "values": _RULES})
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(_RUN, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    assert (found, dark) == ([], []), what
    words = page.evaluate("document.body.innerText")
    assert _RAW_KEY.findall(words) == [], what


def in_(look: dict[str, Any], english: str, russian: str) -> str:
    """A name in the language of the look."""
    return english if look["locale"] == "en" else russian


def test_door_and_setup(desk_of: Opener, look: dict[str, Any]) -> None:
    desk = desk_of(**look)
    button = desk.button(in_(look, "Sign in", "Войти"))
    expect(button).to_be_visible()
    assert_clean(desk.page, "door")
    desk.role("textbox", in_(look, "Login", "Логин")).fill("nobody")
    desk.page.get_by_label(in_(look, "Password", "Пароль")).fill("wrong wrong wrong")
    button.click()
    expect(desk.page.get_by_role("alert")).to_be_visible()
    assert_clean(desk.page, "refused")
    desk.go("#setup=token")  # the page notices the link by itself
    expect(desk.button(in_(look, "Create and sign in", "Создать и войти"))).to_be_visible()
    assert_clean(desk.page, "setup")


def test_an_operators_screens(desk_house: House, desk_of: Opener, look: dict[str, Any]) -> None:
    person = desk_house.hire("anna", name="Анна")
    desk_house.hire("boris", name="Борис")
    desk = desk_of("anna", **look)
    nobody = desk.page.get_by_text(in_(look, "Nobody is waiting", "Никто не ждёт"))
    expect(nobody).to_be_visible()
    assert_clean(desk.page, "empty queue, nothing chosen")
    dialog = desk_house.asks()
    desk_house.asks("8")
    desk_house.run(desk_house.place.takes(person, dialog))
    desk_house.writes("смотрите https://example.com/a и @bad.example", "7")
    desk.open(dialog) if look["locale"] == "en" else desk.go(f"d/{dialog}")
    field = desk.role("textbox", in_(look, "Reply", "Ответ"))
    expect(field).to_be_enabled()
    assert_clean(desk.page, "a dialog")
    for name, key in (("transfer", "KeyR"), ("return", "KeyB"), ("cheat", "Slash")):
        desk.key(key, alt=True)
        expect(desk.page.get_by_role("dialog")).to_be_visible()
        assert_clean(desk.page, name)
        desk.page.keyboard.press("Escape")
        expect(desk.page.get_by_role("dialog")).to_be_hidden()
    desk.key("KeyK", ctrl=True)
    desk.role("searchbox").fill("https")
    expect(desk.page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    assert_clean(desk.page, "search")
    desk.page.keyboard.press("Escape")
    desk.button(in_(look, "Close options", "Закрыть с параметрами")).click()
    assert_clean(desk.page, "close")
    desk.page.keyboard.press("Escape")
    desk.key("KeyP", alt=True)
    expect(
        desk.role(
            "textbox", in_(look, "Note, hidden from the customer", "Заметка, клиент не видит")
        )
    ).to_be_focused()
    assert_clean(desk.page, "note")
    desk.key("KeyS", alt=True)
    assert_clean(desk.page, "ready texts")
    desk.page.keyboard.press("Escape")
    desk.key("KeyP", alt=True)
    desk.button(in_(look, "Emoji", "Эмодзи")).click()
    assert_clean(desk.page, "emoji")
    desk.page.keyboard.press("Escape")
    desk.button(in_(look, "Status: Online", "Статус: На линии")).click()
    assert_clean(desk.page, "status")
    desk.role("menuitemradio", in_(look, "Break", "Перерыв")).click()
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    assert_clean(desk.page, "break")
    desk.page.keyboard.press("Escape")
    desk.key("KeyE", alt=True)
    expect(desk.role("status", in_(look, "Dialog closed", "Диалог закрыт"))).to_be_visible()
    assert_clean(desk.page, "closed, undo")


PAGES = (
    ("board", "Queues now", "Очереди сейчас"),
    ("audit", "Audit", "Журнал"),
    ("reports", "Reports are on their way", "Отчёты готовятся"),
    ("settings/me", "Where you are signed in", "Где выполнен вход"),
    ("settings/notices", "Notices and sounds", "Уведомления и звуки"),
    ("settings/keys", "Keyboard", "Клавиатура"),
    ("settings/canned", "New canned reply", "Новый шаблон"),
    ("settings/operators", "New operator", "Новый оператор"),
    ("settings/queues", "New queue", "Новая очередь"),
    ("settings/channels", "Last received", "Последнее входящее"),
    ("settings/scenarios", "Version", "Версия"),
    ("settings/rating", "Question at the end", "Вопрос в конце"),
)
_WINDOWS = {
    "settings/canned": ("New canned reply", "Новый шаблон"),
    "settings/operators": ("New operator", "Новый оператор"),
    "settings/queues": ("New hours", "Новый график"),
}


def test_the_pages_of_supervisors_and_admins(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    desk_house.hire("sonya", "supervisor", "admin", name="Соня", queues=())
    desk_house.asks()
    desk = desk_of("sonya", **look)
    for path, english, russian in PAGES:
        desk.go(path)
        expect(desk.page.get_by_text(in_(look, english, russian)).last).to_be_visible()
        expect(desk.page.get_by_role("status", name=re.compile("Loading|Загрузка"))).to_be_hidden()
        assert_clean(desk.page, path)
        if path in _WINDOWS:
            desk.button(in_(look, *_WINDOWS[path])).click()
            expect(desk.page.get_by_role("dialog")).to_be_visible()
            assert_clean(desk.page, f"{path}: window")


def test_an_ended_session_and_a_lost_line(
    desk_house: House, desk_of: Opener, look: dict[str, Any]
) -> None:
    desk_house.hire("anna")
    desk = desk_of("anna", **look)
    expect(desk.role("status", in_(look, "Connected", "На связи"))).to_be_visible()
    desk_house.sign_out("anna")
    expect(desk.role("dialog", in_(look, "Session expired", "Сеанс закончился"))).to_be_visible()
    assert_clean(desk.page, "expired")
    offline = desk.page.get_by_text(in_(look, "You can keep writing", "Можно продолжать писать"))
    expect(offline).to_be_visible()
    assert_clean(desk.page, "offline")
