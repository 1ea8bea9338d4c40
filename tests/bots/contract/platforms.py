"""Every platform the contract runs on. A platform is added by a line, and then nothing is skipped:
each behaviour passes, or quality.yaml gives a reason why the platform cannot have it."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bots.adapters import package_of
from tests.fakes.platform import PlatformDouble

#: Platform, as settings name it -> its double; imported when its tests run.
DOUBLES: Mapping[str, str] = {
    "telegram": "tests.fakes.telegram_platform:TelegramDouble",
    "vk": "tests.fakes.vk_platform:VkDouble",
    "viber": "tests.fakes.viber_platform:ViberDouble",
    "max": "tests.fakes.max_platform:MaxDouble",
    "messenger": "tests.fakes.messenger_platform:MessengerDouble",
    "tests.example_platform": "tests.fakes.pigeon_platform:PigeonDouble",
}

#: Those that ship; the others show that a platform may live anywhere.
SHIPPED = tuple(name for name in DOUBLES if "." not in name)

#: What every quality.yaml answers for.
KEYS: Mapping[str, str] = {
    "ingress": "verify verify_nonascii empty_secret_refused store_before_answer exact_answer dedup"
    " parallel_duplicates order poison_body db_down_503 wrong_channel_body handshake",
    "updates": "text button stale_button media_in contact start_payload allowed_denied edited"
    " deleted receipts echo group_chat unsupported malformed",
    "delivery": "send_text chunking options option_fallback labels media_out media_cache caption"
    " preview phone_request typing button_ack errors_table rate_limit_hint rate_limit_no_hint"
    " delivery_unknown recipient_gone idempotency rewriting",
    "operations": "lazy_import api_url shared_session timeouts secrets_redacted health doctor"
    " watchdog fake_server fault_injection docs",
}
#: About an adapter's inside, which no outsider can judge: its own tests do.
INSIDE = frozenset(["lazy_import", "api_url", "shared_session", "timeouts", "fake_server", "docs"])

Line = dict[str, Any]


def double_of(platform: str) -> PlatformDouble:
    """A platform nobody has spoken to yet."""
    module, _, name = DOUBLES[platform].partition(":")
    made: PlatformDouble = getattr(import_module(module), name)()
    return made


def folder_of(platform: str) -> Path:
    """Where the adapter is."""
    package = package_of(platform)
    spec = find_spec(package)
    assert spec is not None, package
    assert spec.origin is not None, package
    return Path(spec.origin).parent


@cache
def checklist(platform: str) -> dict[str, Line]:
    """Key -> what the platform's quality.yaml says of it."""
    with (folder_of(platform) / "quality.yaml").open(encoding="utf-8") as file:
        groups: dict[str, dict[str, Line]] = YAML(typ="safe").load(file)
    return {key: line for lines in groups.values() for key, line in lines.items()}


def is_exempt(platform: str, key: str) -> bool:
    """Whether the platform cannot have a thing, and says why."""
    line = checklist(platform).get(key, {})
    return line.get("status") == "exempt" and bool(line.get("reason"))
