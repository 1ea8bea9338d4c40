"""`/` of `serve --demo`: an invented provider's shop-window, with the SMS of its billing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bots.demo import words
from bots.demo.rendering import LANGUAGES, Html, filled, shown_texts, template, texts
from bots.demo.serving import HEADERS, add_file, asked_language, page
from core.backoffice.demo import DemoAccount, DemoData, DemoSms
from core.backoffice.port import Balance, Offer, Outage

PREFIX = "/demo/"


class Billing(Protocol):
    """What the page reads of the demo back office."""

    @property
    def data(self) -> DemoData:
        """All its invented customers and cities."""
        ...

    def codes(self) -> tuple[DemoSms, ...]:
        """The codes that are good now."""
        ...

    def links(self) -> tuple[DemoSms, ...]:
        """The last password links."""
        ...

    async def balance(self, account: str) -> Balance:
        """How the account stands now."""
        ...

    async def outage(self, account: str) -> Outage | None:
        """The failure that touches the account now."""
        ...


def attach_demo(
    app: web.Application, backoffice: Billing, *, clock: Callable[[], datetime]
) -> None:
    """Adds the shop-window and the list of SMS. Only for a demo: both show what opens accounts.

    clock: the back office's own."""
    shop = Shop(app, backoffice, clock)
    app.router.add_get("/", shop.show)
    app.router.add_get(f"{PREFIX}sms", shop.sms)


class Shop:
    """The page in both languages; customers are read anew for every reader."""

    def __init__(
        self, app: web.Application, billing: Billing, clock: Callable[[], datetime]
    ) -> None:
        self._billing = billing
        self._clock = clock
        self._texts = {language: texts(language) for language in LANGUAGES}
        self._shown = {language: shown_texts(language) for language in LANGUAGES}
        self._frames = {
            name: template(name) for name in ("shop", "account", "notice", "city", "tariff")
        }
        self._addresses = {
            "style": add_file(app, PREFIX, "page.css"),
            "script": add_file(app, PREFIX, "phone.js"),
        }

    async def show(self, request: web.Request) -> web.Response:
        """The page as the back office stands now."""
        language = asked_language(request)
        known = self._texts[language]
        data = self._billing.data
        accounts = [await self._account(one, known) for one in data.accounts]
        cities = [self._city(offer, known) for offer in data.cities.values()]
        parts = {"accounts": _joined(accounts), "cities": _joined(cities), **self._addresses}
        return page(self._filled("shop", known, parts), language)

    async def sms(self, request: web.Request) -> web.Response:
        """What the phones of the demo customers show, newest first."""
        known = self._texts[asked_language(request)]
        now = self._clock()
        codes = [_message("code", one, known) for one in self._billing.codes()]
        links = [_message("link", one, known) for one in self._billing.links() if now < one.until]
        found = sorted(codes + links, key=lambda one: one["sent_at"], reverse=True)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return web.json_response({"now": now.isoformat(), "messages": found}, headers=headers)

    async def _account(self, one: DemoAccount, known: Mapping[str, str]) -> Html:
        balance = await self._billing.balance(one.account)
        outage = await self._billing.outage(one.account)
        city = self._billing.data.cities.get(one.city)
        state = "blocked" if balance.blocked else "active"
        values = {
            "account": one.account,
            "name": one.name,
            "phone": words.phone(one.phone),
            "city": city.city_name if city else one.city,
            "tariff": one.tariff,
            "monthly": words.money(one.monthly, known),
            "amount": words.money(abs(balance.amount), known),
            "sign": "debt" if balance.amount < 0 else "plus",
            "amount_title": known["account_debt" if balance.amount < 0 else "account_balance"],
            "paid_until": words.day(balance.paid_until, known) if balance.paid_until else "—",
            "state": state,
            "state_title": known[f"account_{state}"],
            "notice": self._filled("notice", known, {"title": outage.title}) if outage else "",
        }
        return self._filled("account", known, values)

    def _city(self, offer: Offer, known: Mapping[str, str]) -> Html:
        tariffs = [
            self._filled(
                "tariff",
                known,
                {
                    "name": item.name,
                    "about": item.about,
                    "speed": words.speed(item.speed, known),
                    "price": words.money(item.price, known),
                },
            )
            for item in offer.items
        ]
        up_to = known["city_up_to"].format(speed=words.speed(offer.max_speed, known))
        values = {"city": offer.city_name, "up_to": up_to, "tariffs": _joined(tariffs)}
        return self._filled("city", known, values)

    def _filled(self, name: str, known: Mapping[str, str], values: Mapping[str, str]) -> Html:
        return filled(self._frames[name], {**self._shown[known["page_lang"]], **values})


def _message(kind: str, sms: DemoSms, known: Mapping[str, str]) -> dict[str, str]:
    """An SMS as it reads on the phone. secret: the part of it that people copy."""
    return {
        "kind": kind,
        "to": words.phone(sms.phone),
        "account": sms.account,
        "text": known[f"sms_{kind}"].format(secret=sms.text),
        "secret": sms.text,
        "sent_at": sms.sent_at.isoformat(),
        "until": sms.until.isoformat(),
    }


def _joined(parts: Iterable[str]) -> Html:
    return Html("\n".join(parts))
