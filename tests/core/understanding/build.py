"""Small bundles for tests of understanding."""

from collections.abc import Mapping
from typing import Any

from core.scenario.model import Bot, Bundle, Scenario, Silence

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "menu": ("Привет", "Здравствуйте", "Добрый день", "Что ты умеешь"),
    "password": (
        "Забыл пароль",
        "Как восстановить пароль?",
        "Не могу войти в личный кабинет",
        "Сбросить пароль от кабинета",
        "Не подходит пароль",
    ),
    "tariffs": (
        "Какие у вас тарифы?",
        "Сколько стоит интернет",
        "Какая скорость на тарифе",
        "Цены на интернет",
        "Самый дешёвый тариф",
    ),
}
COMMON: Mapping[str, tuple[str, ...]] = {
    "oos": ("Какой сегодня курс евро", "Расскажи сказку", "Как сварить борщ", "Вызови такси"),
    "operator": ("Позовите оператора", "Хочу поговорить с человеком", "Дайте живого человека"),
    "thanks": ("Спасибо большое", "Благодарю за помощь", "Спасибо, разобрался"),
}


def bot(**fields: Any) -> Bot:
    """Settings of a bot, with a few changed."""
    usual: dict[str, Any] = {
        "languages": ("ru",),
        "timezone": "Europe/Moscow",
        "start": "menu",
        "channels": (),
        "silence": Silence(),
        "more": {},
        "words": {},
    }
    return Bot(**(usual | fields))


def scenario(name: str, *examples: str, **fields: Any) -> Scenario:
    """A scenario that is nothing but its phrases."""
    return Scenario(id=name, title=name, start="", steps={}, examples=examples, **fields)


def bundle(**fields: Any) -> Bundle:
    """A bundle of a few phrases."""
    usual: dict[str, Any] = {
        "bot": bot(),
        "scenarios": {name: scenario(name, *texts) for name, texts in EXAMPLES.items()},
        "common": COMMON,
    }
    return Bundle(**(usual | fields))
