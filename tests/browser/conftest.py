"""One Chromium for all browser tests; a fresh house and fresh profiles for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Playwright,
    expect,
    sync_playwright,
)

from tests.browser.desk_page import Desk
from tests.browser.house import House, house
from tests.browser.street import Street, street
from tests.bus.conftest import nats_server
from tests.e2e.conftest import cache
from tests.storage.conftest import postgres_server

__all__ = ["cache", "nats_server", "postgres_server"]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 10_000
_SIZE = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "page" not in item.keywords:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """The browser's path; without one tests are skipped by name, and fail where CI is set."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    if not found:
        missing = "no chromium on the PATH and none named by $CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


# Package scope: a running Playwright holds the thread's event loop, which every asynchronous
# test behind this folder needs for itself.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    chromium()
    started = sync_playwright().start()
    expect.set_options(timeout=WAIT_MS)
    yield started
    started.stop()


@pytest.fixture(scope="package")
def browser_type(playwright: Playwright) -> BrowserType:
    return playwright.chromium


@pytest.fixture(scope="package")
def browser(browser_type: BrowserType) -> Iterator[Browser]:
    launched = browser_type.launch(executable_path=chromium(), args=list(FLAGS))
    yield launched
    launched.close()


@pytest.fixture(scope="package")
def browser_context_args() -> dict[str, Any]:
    return {"reduced_motion": "reduce"}


@pytest.fixture
def desk_house(tmp_path: Path) -> Iterator[House]:
    """A desk nobody works at yet."""
    with house(tmp_path) as made:
        yield made


@pytest.fixture(params=["en", "ru"])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How a page is opened: in one of the two languages."""
    return {"color_scheme": "light", "locale": request.param}


@pytest.fixture
def city(tmp_path: Path, cache: Path) -> Iterator[Street]:
    """The whole product as a process, and a messenger; nobody has written yet."""
    with street(tmp_path, cache) as made:
        yield made


NewContext = Callable[..., BrowserContext]
Opener = Callable[..., Desk]


@pytest.fixture
def desk_of(desk_house: House, new_context: NewContext) -> Iterator[Opener]:
    """Opens the desk in a profile of its own, signed in as `login`, at a dialog. Fails the test for
    anything the page may never do: errors of its scripts, broken policies, requests elsewhere."""
    opened: list[Desk] = []

    def open_(
        login: str = "", at: str = "", *, context: BrowserContext | None = None, **how: Any
    ) -> Desk:
        profile = context or new_context(**{"locale": "en", "viewport": _SIZE, **how})
        profile.set_default_timeout(WAIT_MS)
        desk = Desk(profile, desk_house.url)
        opened.append(desk)
        if login and context is None:
            desk.slip_in(login)
        desk.go(f"d/{at}" if at else "")
        if login:
            expect(desk.messages if at else desk.role("banner")).to_be_visible()
        return desk

    yield open_
    for desk in opened:
        desk.let_go()
    for desk in opened:
        assert desk.sins() == []
