"""VK by the Long Poll in a real process: what came while it was dead is read, and read once."""

from pathlib import Path
from typing import Any

from tests.bots.vk.conftest import GROUP, PERSON, TOKEN, fixture
from tests.e2e.served import Serve
from tests.fakes.vk import FakeVk


def said(number: int, text: str) -> dict[str, Any]:
    """One more message of the same person."""
    raw = fixture("01_text_cyrillic")
    raw["event_id"] = f"{number:040x}"
    raw["object"]["message"].update(
        id=5000 + number, conversation_message_id=number, text=text, date=1795600000 + number
    )
    return raw


def settings(vk: FakeVk) -> dict[str, str]:
    own = {
        "PLATFORM": "vk",
        "TOKEN": TOKEN,
        "GROUP_ID": str(GROUP),
        "MODE": "polling",
        "COMMENTS": "true",
        "API_URL": vk.api_url,
    }
    return {"PORT": "0", **{f"CHANNELS__VK__{key}": value for key, value in own.items()}}


def asked(vk: FakeVk) -> list[str]:
    """Methods called with success, in order."""
    return [entry.method for entry in vk.ledger]


async def test_a_killed_process_goes_on_where_it_stopped(tmp_path: Path, cache: Path) -> None:
    async with FakeVk(TOKEN, GROUP) as vk:
        async with Serve(cwd=tmp_path, cache=cache, settings=settings(vk)) as house:
            # whatever is older than the first question was never ours to read
            await vk.bell.until(lambda: "groups.getLongPollServer" in asked(vk))
            await vk.push(fixture("comment"), said(1, "меню"))
            await vk.bell.until(lambda: vk.sent(PERSON))
            house.kill()
            await house.ended()
            before = len(vk.sent(PERSON))
            await vk.push(fixture("comment"), said(1, "меню"), said(2, "баланс"))
            await house.start()
            await vk.bell.until(lambda: len(vk.sent(PERSON)) > before)
            house.terminate()
            assert await house.ended() == 0
        assert "CANARY" not in house.output
    texts = [entry.fields["message"] for entry in vk.sent(PERSON)]
    assert len(texts) == len(set(texts)), "the repeated event is no second question"
    comments = [entry for entry in vk.ledger if entry.method == "wall.createComment"]
    assert len(comments) == 1
