"""The desk's address until the operators' page comes."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from bots.app import Options, opened
from config.settings import Settings
from tests.bots.demo.conftest import Site

ROOT = Path(__file__).resolve().parents[3]


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "database_url": f"sqlite+aiosqlite:///{folder}/otklik.db",
            "scenarios": str(ROOT / "scenarios"),
            "files": str(folder),
            "backoffice": {"driver": "demo"},
        }
    )


async def test_it_tells_what_works_and_how_to_make_an_operator(site: Site) -> None:
    for lang, head in (("ru", "Стол операторов"), ("en", "Operators’ desk")):
        answer, text = await site.get(f"/desk/?lang={lang}")
        assert answer.status == 200
        assert f"<h1>{head}</h1>" in text
        assert 'href="/api/openapi.json"' in text
        assert "otklik operator add anna" in text


async def test_it_offers_nothing_that_does_not_work_yet(site: Site) -> None:
    for path in ("/", "/desk/"):
        _, text = await site.get(path)
        assert "<button" not in text
        assert "<form" not in text
        assert "<input" not in text


async def test_the_address_without_a_slash_leads_there(site: Site) -> None:
    answer, _ = await site.get("/desk")
    assert answer.status == 308
    assert answer.headers["Location"] == "/desk/"


async def test_the_first_admins_call_waits_for_a_key_in_the_address(site: Site) -> None:
    _, text = await site.get("/desk/")
    assert 'id="setup" hidden' in text


@pytest.mark.parametrize(("demo", "window"), [(True, 200), (False, 404)])
async def test_a_process_shows_codes_only_when_it_was_started_as_a_demo(
    tmp_path: Path, demo: bool, window: int
) -> None:
    async with (
        opened(_settings(tmp_path), Options("127.0.0.1", 0, demo=demo)) as started,
        ClientSession(f"http://127.0.0.1:{started.port}") as client,
    ):
        for path, status in (("/", window), ("/demo/sms", window), ("/desk/", 200)):
            async with client.get(path) as answer:
                assert answer.status == status, path


async def test_the_page_shows_what_the_bots_own_billing_has_sent(tmp_path: Path) -> None:
    async with (
        opened(_settings(tmp_path), Options("127.0.0.1", 0, demo=True)) as started,
        ClientSession(f"http://127.0.0.1:{started.port}") as client,
    ):
        await started.parts.backoffice.send_code("77001234", key="1")
        async with client.get("/demo/sms") as answer:
            (sms,) = (await answer.json())["messages"]
        assert sms["account"] == "77001234"
