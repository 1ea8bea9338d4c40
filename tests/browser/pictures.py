"""Takes the README's pictures: `python -m tests.browser.pictures` writes bots/desk/pictures/*.png.

A demo company with a fake Telegram, a morning of customers, and the desk as an operator has it.
"""

import re
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Route, expect, sync_playwright

from bots.desk.schemas import rfc3339
from tests.browser.conftest import FLAGS
from tests.browser.desk_page import Desk
from tests.browser.street import Person, Street, street

FOLDER = Path(__file__).parents[2] / "bots" / "desk" / "pictures"
_SIZE = {"width": 1360, "height": 820}
#: Name, handle, minutes of waiting, first and second words.
_MORNING = (
    (
        "Мария Котова",
        "kotova_m",
        1,
        "позовите человека",
        "второй день нет интернета на Лесной, 12",
    ),
    ("Дмитрий Орлов", "orlov", 9, "оператор", "хочу перейти на тариф 300 Мбит/с"),
    (
        "Светлана Ким",
        "svetlana_kim",
        7,
        "позовите оператора",
        "списали дважды, посмотрите, пожалуйста",
    ),
    ("Артём Волков", "volkov77", 6, "оператор", "роутер мигает красным"),
    ("Nino Beridze", "nino_b", 4, "оператор", "how can I pay from abroad?"),
    ("Павел Сомов", "somov", 3, "оператор", "переезжаю, можно забрать интернет с собой?"),
    ("Ирина Лапина", "irina_lapina", 2, "позовите оператора", "не приходит код для входа"),
)
_MINUTES = {name: minutes for name, _, minutes, *_ in _MORNING}
_WAITS = re.compile(r"/api/v1/(dialogs/?([0-9a-f-]+)?(\?|$)|board)")
_TALK = (
    "Мария, здравствуйте! Вижу ваш дом — проверяю линию.",
    "На вашем доме сегодня меняли оборудование. Перезагрузите роутер, пожалуйста: "
    "выключите его на минуту и включите снова.",
)


def _longer(route: Route) -> None:
    """Customers of the pictures wait as long as people do: nobody looks at seconds."""
    answer = route.fetch()
    found = answer.json()
    for row in found.get("rows", [found]):
        if row.get("waiting_since"):
            ago = timedelta(minutes=_MINUTES[row["customer"]["name"]])
            row["waiting_since"] = rfc3339(datetime.fromisoformat(row["waiting_since"]) - ago)
    for queue in found.get("queues", []):
        if queue["oldest_s"] is not None:
            queue["oldest_s"] += 60 * max(_MINUTES.values())
    route.fulfill(response=answer, json=found)


def _at_desk(city: Street, browser: Browser, login: str, **look: str) -> Desk:
    context = browser.new_context(viewport=_SIZE, reduced_motion="reduce", **look)  # type: ignore[arg-type]  # colour and language
    context.route(_WAITS, _longer)
    desk = Desk(context, city.url)
    desk.go()
    desk.page.locator("input[name=login]").fill(login)
    desk.page.locator("input[name=password]").fill(city.passwords[login])
    desk.page.keyboard.press("Enter")
    desk.role("banner").wait_for()
    desk.page.get_by_role("button", name="Status").or_(
        desk.page.get_by_role("button", name="Статус")
    ).click()
    desk.role("menuitemradio").first.click()
    return desk


def _morning(city: Street) -> list[Person]:
    people = [
        city.customer(700100200 + n, name, handle) for n, (name, handle, *_) in enumerate(_MORNING)
    ]
    forgetful = people[0]
    city.says(forgetful, "какой у меня баланс")
    city.hears(forgetful, "лицевого счёта")
    city.says(forgetful, "77001234")
    for person, (*_, first, second) in zip(people, _MORNING, strict=True):
        city.says(person, first)
        city.hears(person, "Передаю оператору")
        city.says(person, second)
    return people


def _take(desk: Desk, city: Street, maria: Person) -> None:
    desk.page.get_by_role("option", name="Мария Котова").click()
    desk.page.get_by_role("button", name="Взять", exact=True).click()
    field = desk.page.get_by_role("textbox", name="Ответ", exact=True)
    expect(field).to_be_enabled()
    field.press("Alt+ArrowUp")
    for text in _TALK:
        field.fill(text)
        desk.page.keyboard.press("Enter")
        city.hears(maria, text[:20])
    city.says(maria, "перезагрузила, появился! спасибо вам большое")
    expect(desk.page.get_by_text("появился!").last).to_be_visible()
    desk.page.keyboard.press("Alt+KeyP")
    desk.page.get_by_role("textbox", name="Заметка, клиент").fill(
        "Замена коммутатора на Лесной, 12, до 14:00"
    )
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("log").get_by_text("Замена коммутатора")).to_be_visible()
    expect(desk.page.get_by_role("log").get_by_text("Заметка: Вы")).to_be_visible()  # it is stored
    field.fill("Рада помочь! Если что — пишите.")


def _shoot(desk: Desk, name: str) -> None:
    desk.page.mouse.move(700, 5)
    desk.page.evaluate("document.fonts.ready")
    desk.page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Takes them all."""
    FOLDER.mkdir(exist_ok=True)
    path = shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory() as folder,
        street(Path(folder), Path(folder)) as city,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        people = _morning(city)
        anna = _at_desk(city, browser, "anna", color_scheme="light", locale="ru")
        _take(anna, city, people[0])
        _shoot(anna, "desk")
        olga = _at_desk(city, browser, "olga", color_scheme="dark", locale="ru")
        olga.go("board")
        expect(olga.page.get_by_role("table").first).to_be_visible()
        olga.page.keyboard.press("Shift")  # a first key, so that the browser lets sounds through
        expect(olga.page.get_by_role("button", name="Звук: включён")).to_be_visible()
        _shoot(olga, "board")
        olga.go()
        olga.page.get_by_role("option", name="Светлана Ким").click()
        expect(olga.page.get_by_role("log").get_by_text("списали дважды")).to_be_visible()
        expect(olga.page.get_by_role("heading", name="Светлана Ким")).to_have_count(2)
        _shoot(olga, "dark")
        browser.close()


if __name__ == "__main__":
    main()
