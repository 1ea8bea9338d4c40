"""The whole product as people run it: processes of `otklik serve --demo`, and a fake Telegram."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aiohttp import ClientSession
from playwright.sync_api import BrowserContext, expect

from tests.bots.telegram.conftest import SECRET, TOKEN
from tests.browser.desk_page import Desk
from tests.browser.house import PASSWORD
from tests.browser.thread_loop import ThreadLoop
from tests.e2e.messenger import Customer, Raw, Strict
from tests.e2e.served import Serve, free_port
from tests.fakes.desk import Browser
from tests.fakes.telegram import FakeTelegram

_LOGIN = re.compile(r"^    (\w+)  (\S+)  \(operator", re.MULTILINE)


class Person(Customer):
    """A customer with a name of their own."""

    def __init__(self, messenger: Strict, chat: int, name: str, handle: str) -> None:
        super().__init__(messenger, chat)
        self.name = name
        self._handle = handle

    def _person(self) -> Raw:
        first, _, last = self.name.partition(" ")
        person = {**super()._person(), "first_name": first, "last_name": last}
        return person | {"username": self._handle} if self._handle else person


class Street:
    """houses: the processes, of one whole if there are several; Telegram brings its updates to the
    first. settings: of each of them."""

    def __init__(self, folder: Path, cache: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._cache, self._settings = folder, cache, settings
        self._hired: dict[str, str] = {}
        self._loop = ThreadLoop()
        self.run = self._loop.run
        self.telegram: Strict
        self.houses: list[Serve] = []

    @property
    def house(self) -> Serve:
        """The only one, or the first."""
        return self.houses[0]

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.house.url}/desk/"

    @property
    def passwords(self) -> dict[str, str]:
        """login -> password of everybody who may sign in: the demo's people have those printed at
        the first start."""
        return dict(_LOGIN.findall(self.house.output)) | self._hired

    async def open_telegram(self) -> None:
        """Starts the messenger."""
        fake = await self._loop.stack.enter_async_context(FakeTelegram(TOKEN))
        self.telegram = Strict(fake, "webhook")

    async def open_house(self) -> None:
        """Starts one more process of the product."""
        url = f"http://127.0.0.1:{(port := free_port())}"
        settings = {
            "CHANNELS__TELEGRAM__PLATFORM": "telegram",
            "CHANNELS__TELEGRAM__TOKEN": TOKEN,
            "CHANNELS__TELEGRAM__SECRET": SECRET,
            "CHANNELS__TELEGRAM__MODE": "webhook",
            "CHANNELS__TELEGRAM__API_URL": self.telegram.api_url,
            "CHANNELS__TELEGRAM__PUBLIC_URL": self.house.url if self.houses else url,
            "PUBLIC_URL": url,
            "PORT": str(port),
            "BACKOFFICE__DRIVER": "demo",
            **self._settings,
        }
        serve = Serve("--demo", cwd=self._folder, cache=self._cache, settings=settings)
        self.houses.append(await self._loop.stack.enter_async_context(serve))

    def die(self) -> None:
        """The product's process is killed, and gone."""
        self.run(self._die())

    async def _die(self) -> None:
        self.house.kill()
        await self.house.ended()

    def stop(self) -> None:
        """The product is asked to end, as a service manager would; it takes its time."""
        self.house.terminate()

    def hire(self, login: str, name: str, *, limit: int) -> None:
        """One more operator of the first line, whose account Olga makes."""
        self.run(self._hire({"login": login, "name": name, "limit": limit}))
        self._hired[login] = PASSWORD

    async def _hire(self, account: Raw) -> None:
        async with ClientSession() as session:
            olga = Browser(session, self.house.url)
            known = {"login": "olga", "password": self.passwords["olga"]}
            entered = await olga.post("/login", known)
            olga.cookie = entered.headers["Set-Cookie"].split(";")[0].partition("=")[2]
            made = await olga.post(
                "/operators", {**account, "password": PASSWORD, "queues": ["first_line"]}
            )
            assert made.status == 201, made

    def at_desk(self, context: BrowserContext, login: str, house: Serve | None = None) -> Desk:
        """Somebody on the line, at a page of that process, or of the first."""
        context.set_default_timeout(20_000)
        desk = Desk(context, f"{(house or self.house).url}/desk/")
        desk.go()
        desk.sign_in(login, self.passwords[login])
        desk.button("Status: Offline").click()
        desk.role("menuitemradio", "Online").click()
        expect(desk.button("Status: Online")).to_be_visible()
        return desk

    def close(self) -> None:
        """Ends everything."""
        self._loop.close()

    def customer(self, chat: int, name: str, handle: str = "") -> Person:
        """Somebody with a telephone. handle: their name at the messenger."""
        return Person(self.telegram, chat, name, handle)

    def says(self, customer: Person, *texts: str) -> None:
        """A customer writes, and waits for nothing."""
        for text in texts:
            self.run(customer.write(text))

    def hears(self, customer: Person, part: str) -> None:
        """Returns once a customer was told this, whatever else came before."""
        self.run(self._hears(customer, part))

    async def _hears(self, customer: Person, part: str) -> None:
        def has_come() -> bool:
            return any(part in heard.text for heard in customer.own())

        await self.telegram.bell.until(has_come)


@contextmanager
def street(
    folder: Path, cache: Path, *, houses: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Street]:
    """An open street."""
    made = Street(folder, cache, settings or {})
    try:
        made.run(made.open_telegram())
        for _ in range(houses):
            made.run(made.open_house())
        yield made
    finally:
        made.close()
