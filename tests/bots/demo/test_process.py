"""Which pages a whole process shows."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from bots.app import opened
from bots.start import Options
from config.settings import Settings

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
