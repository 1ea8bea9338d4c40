"""A small bundle made by hand, and a dialog on it: what tests of the interpreter talk to."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.model import (
    AnyStep,
    Ask,
    Bot,
    Bundle,
    Button,
    CallStep,
    Choice,
    Choose,
    City,
    Done,
    EscalateStep,
    Go,
    Level,
    More,
    OptionsFrom,
    Return,
    Say,
    Scenario,
    SetStep,
    Signature,
    Silence,
    Slot,
    Translation,
    packed,
)
from core.scenario.rehearsal import Rehearsal
from core.updates import Meaning

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BUTTONS = Capabilities(platform="test", inline_row=1, inline_rows=20, inline_total=20, text=4096)
NO_BUTTONS = Capabilities(platform="plain", text=4096)
ACCOUNT = Slot(type="account", title="номер счёта", remember=timedelta(days=30))
CODE = Slot(type="digits", length=6, secret=True, title="код")
TARIFF = Slot(type="choice", title="тариф")
CITY = Slot(type="city", title="город")
WISH = Slot(type="text", title="пожелание")
PHONE = Slot(type="phone", title="телефон")

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


def scenario(name: str, *steps: AnyStep, **fields: Any) -> Scenario:
    """A scenario of these steps; each leads to the next one unless it says where to."""
    linked: dict[str, AnyStep] = {}
    for at, step in enumerate(steps):
        follower = steps[at + 1].id if at + 1 < len(steps) else ""
        values = {name: getattr(step, name) for name in step.__struct_fields__}
        linked[step.id] = type(step)(**values | {"next": step.next or follower})
    title = fields.pop("title", name.capitalize())
    return Scenario(id=name, title=title, start=steps[0].id, steps=linked, **fields)


MENU = scenario(
    "menu",
    Choose(
        id="menu",
        text="Чем помочь?",
        entry="Меню",
        buttons=(
            Button(key="balance", label="Баланс и долг", run="balance"),
            Button(key="help", label="Справка", run="help"),
            Button(key="site", label="Наш сайт", url="https://isp.example"),
            Button(key="human", label="Позвать людей", do="human"),
        ),
    ),
    Return(id="end"),
    EscalateStep(id="human", reason="customer_request"),
)
BALANCE = scenario(
    "balance",
    Ask(
        id="ask_account",
        slot="account",
        text="Номер счёта?",
        wrong="Нужно 8 цифр.",
        on_fail="lost",
        entry="Номер счёта",
        buttons=(Button(key="unknown", label="Не знаю номер", also=("не помню",), run="find"),),
    ),
    CallStep(
        id="look",
        service="billing.balance",
        arguments={"account": "account"},
        save="b",
        wait="Секунду…",
        timeout=timedelta(seconds=8),
    ),
    Say(id="told", text="На счёте {account} — {b.amount|money}"),
    Choose(
        id="next",
        text="Показать ещё?",
        buttons=(
            Button(key="pay", label="Оплатить сейчас", go="pay", show_if="b.amount < 0"),
            Button(key="help", label="Как платить", run="help"),
            Button(key="other", label="Другой счёт", go="ask_account"),
            Button(key="no", label="Нет, спасибо", closes=True, go="finish"),
        ),
    ),
    Go(id="loop", target="next"),
    Done(id="finish", result="solved", say="Пожалуйста!"),
    Choose(
        id="pay",
        text="Списать долг?",
        interrupt="never",
        buttons=(
            Button(key="yes", label="Да, списать", go="paid"),
            Button(key="no", label="Нет, не надо", go="next"),
        ),
    ),
    CallStep(
        id="paid",
        service="billing.pay",
        arguments={"account": "account"},
        errors={"refused": "refused"},
        next="thanks",
    ),
    Say(id="refused", text="Не вышло: {error.text|или: причину знает оператор}.", next="loop"),
    Say(id="thanks", text="Списано.", next="loop"),
    EscalateStep(id="lost", reason="not_identified", queue="first", summary="Счёт не назван"),
    requires="verified",
    data={"account": ACCOUNT},
    title="Баланс",
)
FIND = scenario(
    "find",
    Ask(id="ask_phone", slot="phone", text="Телефон?", wrong="Это не телефон.", on_fail="lost"),
    SetStep(id="guess", values={"account": "'77001234'"}),
    Return(id="found", values={"account": "account"}),
    EscalateStep(id="lost", reason="not_identified"),
    internal=True,
    data={"phone": PHONE, "account": ACCOUNT},
)
CONFIRM = scenario(
    "confirm",
    CallStep(id="send", service="auth.send", arguments={"account": "account"}),
    Ask(
        id="ask_code",
        slot="code",
        text="Код из СМС?",
        wrong="Код — 6 цифр.",
        on_fail="lost",
        interrupt="never",
        silence=Silence(after=timedelta(minutes=5), say="Код ещё действует."),
        buttons=(Button(key="again", label="Прислать ещё раз", go="send"),),
    ),
    CallStep(
        id="check",
        service="auth.check",
        arguments={"account": "account", "code": "code"},
        errors={"wrong_code": "bad"},
        next="ok",
    ),
    Say(id="bad", text="Код не подошёл."),
    Go(id="again", target="ask_code"),
    Return(id="ok"),
    EscalateStep(id="lost", reason="code_failed"),
    internal=True,
    data={"account": ACCOUNT, "code": CODE},
)
HELP = scenario(
    "help", Say(id="ways", text="Платите картой: {links.pay}"), Return(id="end"), title="Справка"
)
TARIFFS = scenario(
    "tariffs",
    Ask(
        id="ask_city",
        slot="city",
        text="Какой город?",
        wrong="Нет такого города.",
        on_fail="lost",
        tries=2,
        options=(
            Choice(key="spb", label="Санкт-Петербург"),
            Choice(key="moscow", label="Москва", also=("столица",)),
        ),
    ),
    CallStep(id="offers", service="catalog.tariffs", arguments={"city": "city"}, save="offer"),
    Ask(
        id="pick",
        slot="tariff",
        text="О каком рассказать?",
        wrong="Выберите тариф.",
        on_fail="bye",
        tries=2,
        options_from=OptionsFrom(
            of="offer.items", key="code", label="{item.name}", save_item="picked"
        ),
        buttons=(
            Button(key="city", label="Другой город", go="ask_city"),
            Button(key="enough", label="Спасибо, хватит", closes=True, go="bye"),
        ),
    ),
    Choose(
        id="details",
        text="{picked.name}: {picked.about}",
        buttons=(
            Button(key="more", label="Другие тарифы", go="pick"),
            Button(key="enough", label="Спасибо, всё", closes=True, go="bye"),
        ),
    ),
    Done(id="bye", result="solved", say="Рад помочь!"),
    EscalateStep(id="lost", reason="unknown_city", queue="sales"),
    data={"city": CITY, "tariff": TARIFF},
    title="Тарифы",
)
WISHES = scenario(
    "wishes",
    Ask(id="ask_wish", slot="wish", text="Что улучшить?", wrong="Напишите.", on_fail="end"),
    Say(id="noted", text="Записал: {wish}"),
    Return(id="end"),
    data={"wish": WISH},
    title="Пожелания",
)
SPIN = scenario("spin", Say(id="one", text="раз"), Go(id="two", target="one"), title="Волчок")
REPEAT = scenario(
    "repeat",
    CallStep(id="ask", service="catalog.tariffs", arguments={"city": "'spb'"}),
    Go(id="again", target="ask"),
    title="Повтор",
)

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
                "enough": ("хватит", "пока нет"),
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


def surely(name: str, confidence: float = 0.95) -> Meaning:
    """A meaning the classifier is sure of."""
    return Meaning(zone="answer", best=name, ranked=((name, confidence),), answer_from=0.5)


def perhaps(*names: str) -> Meaning:
    """A meaning that needs a question."""
    return Meaning(
        zone="suggest", best=names[0], ranked=tuple((name, 0.3) for name in names), answer_from=0.5
    )


NOTHING = Meaning(zone="rephrase", best="oos")


def stage(
    meanings: Mapping[str, Meaning] | None = None,
    *,
    bundle: Bundle | None = None,
    services: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    capabilities: Capabilities = BUTTONS,
    level: Level = "anonymous",
    lang: str = "ru",
) -> Rehearsal:
    """A new dialog on the small bundle. meanings: text -> what the classifier says of it.
    level: what the customer already has for account 77001234."""
    known = dict(meanings or {})
    return Rehearsal(
        bundle or small_bundle(),
        capabilities=capabilities,
        policy=Policy(),
        meaning=lambda text: known.get(text, NOTHING),
        services={**SERVICES, **(services or {})},
        now=NOW,
        lang=lang,
        grants={"77001234": level} if level != "anonymous" else {},
    )


def said(talk: Rehearsal) -> str:
    """Everything the bot said since the customer's last action, as one text."""
    return "\n".join(message.text for message in talk.said)


def tell(talk: Rehearsal, *lines: str) -> str:
    """The customer writes lines, or presses buttons named `[key]`; what the last one brought."""
    for line in lines:
        talk.listen()
        if line.startswith("[") and line.endswith("]"):
            assert talk.press(line[1:-1]), f"no button {line}: {[o.key for o in talk.shown()]}"
        else:
            talk.write(line)
    return said(talk)
