"""The demo's shop-window: its customers, its tariffs, and the SMS of its billing."""

import json
import re
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from msgspec.structs import replace

from bots.web import serving
from core.backoffice.demo import DemoData, shipped_data
from core.backoffice.port import Outage
from tests.bots.demo.conftest import NOON, Site


async def test_the_page_shows_the_customers_of_the_billing(site: Site) -> None:
    answer, text = await site.get("/?lang=ru")
    shown = text.replace("\u00a0", " ")
    assert answer.status == 200
    assert answer.content_type == "text/html"
    assert answer.headers["Content-Language"] == "ru"
    for fact in ("77001234", "350,50 ₽", "+7 921 000-12-34", "Заблокирован", "77004321"):
        assert fact in shown
    for fact in ("1 200 ₽", "+7 921 000-56-78", "1 декабря 2026", "до 1 Гбит/с", "Казань"):
        assert fact in shown


async def test_the_page_speaks_the_browsers_language_until_told_otherwise(site: Site) -> None:
    _, english = await site.get("/", **{"Accept-Language": "en-GB"})
    _, russian = await site.get("/", **{"Accept-Language": "ru"})
    answer, switched = await site.get("/?lang=en", **{"Accept-Language": "ru"})
    assert '<html lang="en">' in english
    assert '<html lang="ru">' in russian
    assert switched == english
    assert answer.headers["Vary"] == "Accept-Language"


async def test_the_switch_says_which_language_is_on(site: Site) -> None:
    _, text = await site.get("/?lang=ru")
    assert re.findall(r'lang="(\w+)" aria-current="true"', text) == ["ru"]


async def test_a_promised_payment_is_seen_on_the_card(site: Site) -> None:
    _, before = await site.get("/?lang=en")
    await site.billing.promise_payment("77001234", key="1")
    _, after = await site.get("/?lang=en")
    assert "Blocked" in before
    assert "Blocked" not in after


@pytest.mark.parametrize("path", ["/", "/demo/sms"])
async def test_pages_are_strict_about_what_a_browser_may_do(site: Site, path: str) -> None:
    answer, _ = await site.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_files_of_a_page_are_kept_under_the_hash_of_their_content(site: Site) -> None:
    _, text = await site.get("/")
    files = re.findall(r'(?:href|src)="(/\w+/\w+\.[0-9a-f]{12}\.(?:css|js))"', text)
    assert len(files) == 2
    for file in files:
        answer, _ = await site.get(file)
        assert answer.status == 200
        assert answer.content_type == ("text/css" if file.endswith("css") else "text/javascript")
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- the phone


async def test_an_empty_phone_is_an_empty_list(site: Site) -> None:
    answer, text = await site.get("/demo/sms")
    assert json.loads(text) == {"now": site.clock.now.isoformat(), "messages": []}
    assert answer.content_type == "application/json"


async def test_a_code_comes_to_the_phone_it_was_sent_to(site: Site) -> None:
    await site.billing.send_code("77001234", key="1")
    (sms,) = await site.messages("ru")
    code = site.billing.codes()[0].text
    assert sms["secret"] == code
    assert sms["text"] == f"ISP Example: код {code}. Никому его не говорите."
    assert sms["to"].replace("\u00a0", " ") == "+7 921 000-12-34"
    assert sms["until"] == (site.clock.now + timedelta(minutes=10)).isoformat()


async def test_the_newest_message_is_the_first(site: Site) -> None:
    await site.billing.send_code("77001234", key="1")
    site.clock.pass_by(seconds=5)
    await site.billing.send_reset_link("77004321", key="2")
    site.clock.pass_by(seconds=5)
    await site.billing.send_phone_code("+79210005678", key="3")
    assert [(sms["kind"], sms["account"]) for sms in await site.messages()] == [
        ("code", "77004321"),
        ("link", "77004321"),
        ("code", "77001234"),
    ]


async def test_a_used_code_and_an_old_link_are_gone(site: Site) -> None:
    await site.billing.send_code("77001234", key="1")
    await site.billing.send_reset_link("77001234", key="2")
    await site.billing.check_code("77001234", site.billing.codes()[0].text, key="3")
    assert [sms["kind"] for sms in await site.messages()] == ["link"]
    site.clock.pass_by(minutes=31)
    assert await site.messages() == []


async def test_nothing_is_sent_for_a_number_that_nobody_has(site: Site) -> None:
    await site.billing.send_code("99999999", key="1")
    assert await site.messages() == []


async def test_without_the_demo_there_is_neither_window_nor_phone() -> None:
    app = web.Application()
    async with (
        serving(app, "127.0.0.1", 0) as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        for path in ("/", "/demo/sms"):
            async with client.get(path) as answer:
                assert answer.status == 404


class TestStrangeData:
    """A billing whose texts are hostile."""

    @pytest.fixture
    def data(self) -> DemoData:
        own = shipped_data()
        began = NOON
        outage = Outage(title="<b>кабель</b>", started_at=began, until=began)
        first = replace(own.accounts[0], name='<img src=x>"', outage=outage, city="nowhere")
        return replace(own, accounts=(first, *own.accounts[1:]))

    async def test_what_the_billing_says_is_text_and_never_markup(self, site: Site) -> None:
        _, text = await site.get("/?lang=ru")
        assert "&lt;img src=x&gt;&quot;" in text
        assert "<img" not in text
        assert "&lt;b&gt;кабель&lt;/b&gt;" in text

    async def test_a_city_without_tariffs_is_named_by_its_key(self, site: Site) -> None:
        _, text = await site.get("/?lang=en")
        assert ">nowhere</dd>" in text
