"""The checklist tells the truth, and the manual is complete."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bots.telegram.settings import TelegramSettings

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "telegram"

KEYS = {
    "ingress": "verify verify_nonascii empty_secret_refused store_before_answer exact_answer dedup"
    " parallel_duplicates order poison_body db_down_503 wrong_channel_body handshake",
    "updates": "text button stale_button media_in contact start_payload allowed_denied edited"
    " deleted receipts echo group_chat unsupported malformed",
    "delivery": "send_text chunking options option_fallback labels media_out media_cache caption"
    " preview phone_request typing button_ack errors_table rate_limit_hint rate_limit_no_hint"
    " delivery_unknown recipient_gone idempotency",
    "operations": "lazy_import api_url shared_session timeouts secrets_redacted health doctor"
    " watchdog fake_server fault_injection docs",
}


def checklist() -> dict[str, dict[str, dict[str, Any]]]:
    with (HOUSE / "quality.yaml").open(encoding="utf-8") as file:
        loaded: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe").load(file)
    return loaded


def test_the_checklist_has_exactly_the_common_keys() -> None:
    assert {group: set(keys) for group, keys in checklist().items()} == {
        group: set(keys.split()) for group, keys in KEYS.items()
    }


@pytest.mark.parametrize("group", KEYS)
def test_every_line_has_its_tests_or_its_reason(group: str) -> None:
    for key, line in checklist()[group].items():
        assert line["status"] in ("done", "exempt", "todo"), key
        if line["status"] != "done":
            assert line.get("reason"), key
            continue
        assert line["tests"], key
        for node in line["tests"]:
            path, _, name = node.partition("::")
            source = (ROOT / path).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), node


@pytest.mark.parametrize("group", ["ingress", "updates", "delivery"])
def test_nothing_is_left_to_do_where_customers_would_notice(group: str) -> None:
    assert not [key for key, line in checklist()[group].items() if line["status"] == "todo"]


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for field in set(TelegramSettings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    program = (
        "import sys\n"
        "import bots.web, bots.telegram.ingress, bots.telegram.render, bots.telegram.health\n"
        "heavy = {'aiogram', 'vkbottle', 'viberbot', 'pydantic', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_one_file_imports_the_library() -> None:
    importers = [path.name for path in HOUSE.glob("*.py") if "aiogram import" in path.read_text()]
    importers += [path.name for path in HOUSE.glob("*.py") if "from aiogram." in path.read_text()]
    assert set(importers) == {"client.py"}
