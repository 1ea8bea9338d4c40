"""A small bundle made by hand of the small scenarios."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from core.scenario.model import (
    Bot,
    Bundle,
    City,
    More,
    Scenario,
    Signature,
    Silence,
    Translation,
    packed,
)
from tests.fakes.small_scenarios import (
    BALANCE,
    CONFIRM,
    FIND,
    HELP,
    MENU,
    REPEAT,
    SPIN,
    TARIFFS,
    WISHES,
)

_KEYS = (
    "not_understood",
    "suggest",
    "other",
    "to_operator",
    "unavailable",
    "back_to",
    "cancelled",
    "welcome",
    "old_button",
    "changed",
    "masked",
    "attachment",
    "busy",
    "choose_again",
    "call_operator",
    "share_phone",
    "queue_place",
    "return_to_bot",
    "rating_csi",
    "rating_nps",
    "rating_comment",
    "rating_thanks",
    "rating_bad_value",
    "still_waiting",
    "waiting",
    "operator_joined",
    "comment_invitation",
    "operator_left",
    "transferred",
)
TEXTS = {key: f"<{key}>" for key in _KEYS} | {
    "corrected": "Исправил: {title} — {value}.",
    "operators_away": "<away>",
    "operators_away_long": "<away>",
}

ITEMS = [
    {"code": "g1", "name": "Гигабит", "about": "до 1 Гбит/с"},
    {"code": "b1", "name": "Базовый", "about": "до 100 Мбит/с"},
]
SERVICES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "auth.send": [{}],
    "auth.check": [{}],
    "billing.balance": [{"amount": -350.5}],
    "billing.pay": [{}],
    "catalog.tariffs": [{"items": ITEMS}],
}


def small_bundle(*changed: Scenario, mark: str = "one", without: str = "") -> Bundle:
    """The bundle; `changed` scenarios take the place of those of the same name. mark: makes
    another bundle of the same content."""
    scenarios = {
        made.id: made
        for made in (
            MENU, BALANCE, FIND, CONFIRM, HELP, TARIFFS, WISHES, SPIN, REPEAT, *changed,
        )
        if made.id != without
    }  # fmt: skip
    made = Bundle(
        bot=Bot(
            languages=("ru", "en"),
            timezone="Europe/Moscow",
            start="menu",
            channels=(),
            links={"pay": "https://isp.example/pay"},
            silence=Silence(
                after=timedelta(minutes=15),
                say="Вы ещё здесь?",
                then="close",
                close_after=timedelta(hours=1),
            ),
            more={
                "ru": More(ask="Ещё вопрос?", yes="Да, есть", no="Нет, спасибо", bye="Всего!"),
                "en": More(ask="Anything else?", yes="Yes, please", no="No, thanks", bye="Bye!"),
            },
            words={
                "operator": ("оператор",),
                "cancel": ("отмена",),
                "menu": ("меню", "start"),
                "back": ("назад",),
                "thanks": ("спасибо",),
                "enough": ("хватит", "пока нет", "да, это всё"),
            },
            access_by="confirm",
        ),
        scenarios=scenarios,
        cities={
            "spb": City(label={"ru": "Санкт-Петербург"}, names=("питер", "спб", "петербург")),
            "moscow": City(label={"ru": "Москва"}, names=("москва",)),
        },
        services={
            "auth.send": Signature(name="auth.send", kind="act", arguments={"account": "text"}),
            "auth.check": Signature(
                name="auth.check",
                kind="act",
                grants="verified",
                subject="account",
                errors=("wrong_code",),
            ),
            "billing.balance": Signature(
                name="billing.balance",
                level="linked",
                subject="account",
                result={"amount": "number"},
            ),
            "billing.pay": Signature(
                name="billing.pay",
                kind="change",
                level="verified",
                subject="account",
                errors=("refused",),
            ),
            "catalog.tariffs": Signature(
                name="catalog.tariffs",
                result={
                    "items": "list",
                    "items.*.code": "text",
                    "items.*.name": "text",
                    "items.*.about": "text",
                },
            ),
        },
        texts={"ru": TEXTS, "en": TEXTS},
        translations={
            "en": {
                "tariffs": Translation(
                    texts={"ask_city.text": "Which city?", "ask_city.options.spb": "Petersburg"},
                    also={"ask_city.options.spb": ("st pete",)},
                )
            }
        },
    )
    return replace(made, hash=hashlib.sha256(mark.encode() + packed(made)).hexdigest())
