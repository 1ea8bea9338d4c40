"""What made-up bots are made of: slots, services, words; and what they hear."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.scenario.model import Signature
from tests.stories.shipped import texts

Raw = dict[str, Any]
TEXTS = {"ru": texts()["ru"], "en": texts()["ru"]}  # so that the engine's words are known by tests
TOPICS = ("menu", "alpha", "beta", "gamma")
CALLED = ("sub", "deep")
#: Slot -> its declaration; the same in every scenario, as the checker wants it.
SLOTS: Mapping[str, Raw] = {
    "account": {"type": "account", "remember": "30d"},
    "contract": {"type": "contract"},
    "phone": {"type": "phone"},
    "city": {"type": "city"},
    "speed": {"type": "speed"},
    "email": {"type": "email"},
    "day": {"type": "date"},
    "total": {"type": "money"},
    "meter": {"type": "digits", "length": 4},
    "code": {"type": "digits", "length": 6, "secret": True},
    "agree": {"type": "yes_no"},
    "mark": {"type": "rating"},
    "person": {"type": "name"},
    "note": {"type": "text"},
    "kind": {"type": "choice"},
    "plan": {"type": "choice"},
}
SERVICES = (
    Signature(
        name="shop.list",
        arguments={"city": "text?", "note": "text?"},
        errors=("closed",),
        result={
            "items": "list",
            "items.*.code": "text",
            "items.*.name": "text",
            "items.*.price": "number?",
            "best": "text?",
            "until": "date?",
        },
    ),
    Signature(
        name="bill.look",
        level="linked",
        subject="account",
        arguments={"account": "text"},
        errors=("unknown",),
        result={"amount": "number", "blocked": "bool", "paid_until": "date?"},
    ),
    Signature(
        name="bill.pay",
        kind="change",
        level="verified",
        subject="account",
        arguments={"account": "text"},
        errors=("refused",),
        result={"amount": "number"},
    ),
    Signature(name="shop.order", kind="change", arguments={"note": "text?"}, result={}),
    Signature(name="auth.send", kind="act", arguments={"account": "text"}, errors=("too_often",)),
    Signature(
        name="auth.check",
        kind="act",
        grants="verified",
        subject="account",
        arguments={"account": "text", "code": "text"},
        errors=("wrong_code",),
    ),
    Signature(
        name="auth.find",
        kind="act",
        grants="verified",
        subject="result.account",
        arguments={"phone": "text"},
        errors=("unknown",),
        result={"account": "text"},
    ),
)
ROUBLES = {"ru": "рубль, рубля, рублей", "en": "rouble, roubles"}
FILTERS = {
    "total": ["money", "abs", f"plural: {ROUBLES['ru']}"],
    "speed": ["speed", "abs"],
    "phone": ["phone", "upper"],
    "day": ["date"],
    "city": ["upper"],
    "kind": ["upper"],
}
CONDITIONS = (
    *("level != 'anonymous'", "desk_open", "lang == 'en'", "agree", "not agree", "city != null"),
    *("speed != null and speed >= 100", "total == null or total < 500", "note == null"),
    *("account != null and phone == null", "mark != null and mark > 3"),
    *("kind != null and kind == 'a'", "city != null and city in ['spb', 'moscow']"),
)
CONSTANTS: Mapping[str, Sequence[Any]] = {
    "city": ["'spb'", None],
    "speed": [100, None],
    "total": [12.5, None],
    "agree": [True, False, None],
    "note": ["'готово'", None],
    "kind": ["'a'", None],
    "account": ["'77001234'", None],
    "plan": [None],
    "day": [None],
}
VERBS = ("say", "ask", "ask", "choose", "if", "call", "call", "set", "run")
WORDS = ("раз", "два", "три", "пять", "шесть", "семь", "восемь", "девять")
LEAVES = {"go", "return", "done", "escalate"}
LABELS = (
    *("Да, хочу", "Нет, не надо", "Другой вариант", "Показать ещё", "Оплатить долг", "Всё готово"),
    *("Позже", "Не знаю", "Подробнее о тарифе", "Адрес офиса"),
)
CITIES = {
    "cities.yaml": json.dumps(
        {
            "format": 1,
            "cities": {
                "spb": {"label": {"ru": "Санкт-Петербург", "en": "Saint Petersburg"}}
                | {"names": ["питер", "спб", "петербург"]},
                "moscow": {"label": {"ru": "Москва", "en": "Moscow"}, "names": ["москва"]},
            },
        },
        ensure_ascii=False,
    )
}

# -- what is said to them

#: Type of a slot -> what people write for it.
ANSWERS = {
    "account": ["77001234", "счёт 77004321"],
    "contract": ["СПБ-12345/21"],
    "phone": ["+7 921 123-45-67"],
    "city": ["в питере", "Москва"],
    "speed": ["сто мегабит", "1 Гбит/с"],
    "email": ["a@b.ru"],
    "date": ["25 ноября", "завтра"],
    "money": ["500 рублей"],
    "digits": ["1234"],
    "yes_no": ["да", "нет"],
    "rating": ["4", "отлично"],
    "name": ["меня зовут Анна"],
    "text": ["что угодно"],
    "choice": ["Второй вид", "Базовый"],
}
SAYINGS = (
    *("", " ", "меню", "назад", "отмена", "оператор", "спасибо", "пока нет", "👍", "да", "нет"),
    *(
        "ой, ошибся, счёт 77004321",
        "нет, в Москве",
        "а в питере?",
        "English",
        "по-русски",
        "1",
        "2.",
    ),
    *("{account}", "\x00", "а" * 5000, "нет, дорого", "5", "10/10", "хочу k1", "не тот, a@c.ru"),
)
ITEMS = [
    {"code": "g1", "name": "Гигабит", "price": 900.5},
    {"code": "b1", "name": "Базовый", "price": None},
    {"code": "b1", "name": "Двойник", "price": 1},
]
RESULTS: dict[str, Sequence[dict[str, Any]]] = {
    "shop.list": [
        {"items": ITEMS, "best": "g1", "until": "2026-12-01"},
        {"items": [], "best": None, "until": None},
        {"items": ITEMS[:1]},
    ],
    "bill.look": [
        {"amount": -350.5, "blocked": True, "paid_until": None},
        {"amount": 0, "blocked": False, "paid_until": "2026-12-01"},
    ],
    "bill.pay": [{"amount": 10}],
    "auth.find": [{"account": "77001234"}, {"account": "77004321"}],
}
ERRORS = {service.name: [*service.errors, "timeout", "unavailable"] for service in SERVICES}
