"""Scenarios made by hand, one for every kind of step."""

from datetime import timedelta
from typing import Any

from core.scenario.model import (
    AnyStep,
    Ask,
    Button,
    CallStep,
    Choice,
    Choose,
    Done,
    EscalateStep,
    Go,
    OptionsFrom,
    Return,
    Say,
    Scenario,
    SetStep,
    Silence,
    Slot,
)

ACCOUNT = Slot(type="account", title="номер счёта", remember=timedelta(days=30))
CODE = Slot(type="digits", length=6, secret=True, title="код")
TARIFF = Slot(type="choice", title="тариф")
CITY = Slot(type="city", title="город")
WISH = Slot(type="text", title="пожелание")
PHONE = Slot(type="phone", title="телефон")


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
