"""A customer in Telegram, the bot, two operators at two browsers: one dialog from end to end."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.street import Street

NewContext = Callable[..., BrowserContext]


def test_bot_queue_two_operators_close_and_rating(city: Street, new_context: NewContext) -> None:
    anna, olga = (city.at_desk(new_context(locale="en"), login) for login in ("anna", "olga"))
    ivan = city.customer(700100200, "Иван Петров")
    city.says(ivan, "позовите человека")
    city.hears(ivan, "Передаю оператору")
    expect(anna.role("tab", "Queue, 1")).to_be_visible()
    expect(olga.role("tab", "Queue, 1")).to_be_visible()

    anna.rows().first.click()
    expect(anna.role("region", "Transcript").get_by_text("Первая линия")).to_be_visible()
    anna.take()
    city.hears(ivan, "На связи Анна")
    expect(olga.role("tab", "Queue, 0")).to_be_visible()
    city.says(ivan, "не открывается личный кабинет")
    expect(anna.messages.get_by_text("не открывается личный кабинет")).to_be_visible()
    anna.says("Здравствуйте! Уже смотрю.")
    city.hears(ivan, "Уже смотрю")
    sent = anna.messages.get_by_role("article").filter(has_text="Уже смотрю")
    expect(sent.get_by_role("img", name="Sent")).to_be_visible()

    anna.button("Transfer").click()
    window = anna.role("dialog", "Transfer dialog")
    window.get_by_role("radio", name="To an operator").check()
    window.get_by_role("combobox", name="Operator").select_option(label="Ольга: Online, 0 of 5")
    window.get_by_role("button", name="Transfer").click()
    olga.tab("Mine")
    olga.rows("Mine").first.click()
    expect(olga.messages.get_by_text("Здравствуйте! Уже смотрю.")).to_be_visible()
    olga.says("Кабинет снова открывается.")
    city.hears(ivan, "Кабинет снова открывается")
    olga.button("Close").click()
    expect(olga.role("status", "Dialog closed")).to_be_visible()
    city.hears(ivan, "Оцените")
    city.run(ivan.press("4"))
    city.hears(ivan, "Спасибо за оценку")
    expect(olga.page.get_by_text("Rated 4 of 5")).to_be_visible()
    for desk in (anna, olga):
        assert desk.sins() == []
