"""The settings that a command starts with, and how fast its process may write."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots import wiring
from config.settings import load
from core.bus.local import LocalBus
from tests.fakes.fresh_store import fresh_store, url_of


@pytest.mark.parametrize(
    ("file", "environ", "driver"),
    [
        ("", {}, "demo"),
        ("[backoffice]\n", {wiring.DRIVER: ""}, "demo"),
        ('[backoffice]\ndriver = "none"\n', {}, "none"),
        ('[backoffice]\ndriver = "none"\n', {wiring.DRIVER: "demo"}, "demo"),
        ("", {wiring.DRIVER: "none"}, "none"),
    ],
)
def test_the_demo_back_office_stands_in_only_where_none_is_named(
    file: str,
    environ: dict[str, str],
    driver: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "otklik.toml").write_text(file, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert wiring.load_settings(environ, demo=True).backoffice.driver == driver


@pytest.mark.parametrize(
    ("url", "is_shared"),
    [("sqlite+aiosqlite:///otklik.db", False), ("postgresql+asyncpg://otklik@db/otklik", True)],
)
async def test_only_processes_that_may_have_others_beside_them_ask_the_database_for_tokens(
    url: str, is_shared: bool, tmp_path: Path
) -> None:
    async with fresh_store(url_of(tmp_path)) as store:
        assert wiring.paces_of(store, url, LocalBus(), {}).is_shared == is_shared


async def test_no_cookie_of_one_customers_call_goes_with_the_next() -> None:
    cookies: list[str | None] = []

    async def codes(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(status=204, headers={"Set-Cookie": "session=of-the-first; Path=/"})

    service = web.Application()
    service.router.add_post("/codes", codes)
    async with TestServer(service) as server, AsyncExitStack() as stack:
        # by name: no client keeps cookies of a bare address
        named = {wiring.DRIVER: "http", "OTKLIK_BACKOFFICE__URL": f"http://localhost:{server.port}"}
        settings = load(named, lambda path: None)
        driver = await wiring.open_backoffice(stack, settings, wiring.now)
        await driver.send_code("77001234", key="a")
        await driver.send_code("77004321", key="b")
    assert cookies == [None, None]
