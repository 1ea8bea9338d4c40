"""The whole product as people run it: `otklik serve --demo` as a process, and a fake Telegram."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.bots.telegram.conftest import SECRET, TOKEN
from tests.browser.desk_page import Desk
from tests.browser.thread_loop import ThreadLoop
from tests.e2e.messenger import Customer, Raw, Strict
from tests.e2e.served import Serve, free_port
from tests.fakes.telegram import FakeTelegram

_LOGIN = re.compile(r"^    (\w+)  (\S+)  \(operator", re.MULTILINE)


class Person(Customer):
    """A customer with a name of their own."""

    def __init__(self, messenger: Strict, chat: int, name: str) -> None:
        super().__init__(messenger, chat)
        self.name = name

    def _person(self) -> Raw:
        first, _, last = self.name.partition(" ")
        return {**super()._person(), "first_name": first, "last_name": last}


class Street:
    """passwords: login -> the password printed at the first start."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder, self._cache = folder, cache
        self._loop = ThreadLoop()
        self.run = self._loop.run
        self.telegram: Strict
        self.house: Serve

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.house.url}/desk/"

    @property
    def passwords(self) -> dict[str, str]:
        """Of the demo's people."""
        return dict(_LOGIN.findall(self.house.output))

    async def open(self) -> None:
        """Starts both."""
        enter = self._loop.stack.enter_async_context
        self.telegram = Strict(await enter(FakeTelegram(TOKEN)), "webhook")
        port = free_port()
        settings = {
            "CHANNELS__TELEGRAM__PLATFORM": "telegram",
            "CHANNELS__TELEGRAM__TOKEN": TOKEN,
            "CHANNELS__TELEGRAM__SECRET": SECRET,
            "CHANNELS__TELEGRAM__MODE": "webhook",
            "CHANNELS__TELEGRAM__API_URL": self.telegram.api_url,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORT": str(port),
            "BACKOFFICE__DRIVER": "demo",
        }
        serve = Serve("--demo", cwd=self._folder, cache=self._cache, settings=settings)
        self.house = await enter(serve)

    def die(self) -> None:
        """The product's process is killed, and gone."""
        self.run(self._die())

    async def _die(self) -> None:
        self.house.kill()
        await self.house.ended()

    def stop(self) -> None:
        """The product is asked to end, as a service manager would; it takes its time."""
        self.house.terminate()

    def at_desk(self, context: BrowserContext, login: str) -> Desk:
        """Somebody of the demo's people, on the line."""
        context.set_default_timeout(20_000)
        desk = Desk(context, self.url)
        desk.go()
        desk.sign_in(login, self.passwords[login])
        desk.button("Status: Offline").click()
        desk.role("menuitemradio", "Online").click()
        expect(desk.button("Status: Online")).to_be_visible()
        return desk

    def close(self) -> None:
        """Ends both."""
        self._loop.close()

    def customer(self, chat: int, name: str) -> Person:
        """Somebody with a telephone."""
        return Person(self.telegram, chat, name)

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
def street(folder: Path, cache: Path) -> Iterator[Street]:
    """An open street."""
    made = Street(folder, cache)
    try:
        made.run(made.open())
        yield made
    finally:
        made.close()
