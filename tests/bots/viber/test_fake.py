"""The double is as strict as Viber: what it lets pass, Viber takes."""

from typing import Any

import pytest
from aiohttp import ClientSession

from tests.bots.viber.conftest import ANNA, TOKEN
from tests.fakes.viber import FakeViber, Person

GOOD: dict[str, Any] = {"receiver": ANNA, "sender": {"name": "Отклик"}, "type": "text", "text": "?"}
BUTTON: dict[str, Any] = {"ActionType": "reply", "ActionBody": "o1", "Text": "Да"}


def board(*buttons: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"keyboard": {"Type": "keyboard", "Buttons": list(buttons), **fields}}


async def status(viber: FakeViber, changes: dict[str, Any], token: str = TOKEN) -> int:
    async with (
        ClientSession() as client,
        client.post(
            f"{viber.api_url}/send_message",
            json={**GOOD, **changes},
            headers={"X-Viber-Auth-Token": token},
        ) as answer,
    ):
        assert answer.status == 200, "HTTP always says so"
        return int((await answer.json())["status"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, 0),
        ({"receiver": ""}, 4),
        ({"receiver": "stranger"}, 5),
        ({"receiver": "left"}, 6),
        ({"sender": {}}, 4),
        ({"sender": {"name": "я" * 29}}, 3),
        ({"type": "gif"}, 3),
        ({"text": ""}, 4),
        ({"text": "я" * 7001}, 3),
        ({"text": "中" * 7000, "tracking_data": "中" * 3500}, 3),
        ({"text": None}, 3),
        ({"tracking_data": "x" * 4001}, 3),
        ({"type": "picture", "media": "https://x.example/a.gif"}, 3),
        ({"type": "picture", "media": "https://x.example/a.png", "text": "я" * 513}, 3),
        ({"type": "picture", "media": "https://x.example/a.png"}, 0),
        ({"type": "picture", "media": "attach://a"}, 3),
        ({"type": "file", "media": "https://x.example/a", "file_name": "a"}, 3),
        ({"type": "file", "media": "https://x.example/a", "size": 9}, 3),
        ({"type": "file", "media": "https://x.example/a", "size": 9, "file_name": "a"}, 0),
        ({"type": "video", "media": "https://x.example/a.mp4", "size": 27 * 1024 * 1024}, 3),
        ({"type": "location", "location": {"lat": 1}}, 4),
        (board(BUTTON), 0),
        (board(BUTTON, Type="board"), 3),
        (board(), 3),
        (board({**BUTTON, "Text": "я" * 251}), 3),
        (board({**BUTTON, "ActionBody": ""}), 3),
        (board({**BUTTON, "Columns": 7}), 3),
        (board(*[BUTTON] * 13), 3),
        (board({**BUTTON, "ActionType": "open-url", "ActionBody": "javascript:x"}), 3),
        (board({**BUTTON, "Silent": True}), 13),
        ({**board({**BUTTON, "ActionType": "share-phone"}), "min_api_version": 3}, 0),
        (board({**BUTTON, "ActionType": "share-phone"}), 13),
        ({"min_api_version": 11}, 13),
    ],
)
async def test_the_double_refuses_what_viber_refuses(
    viber: FakeViber, changes: dict[str, Any], told: int
) -> None:
    viber.people["left"] = Person(subscribed=False)
    assert await status(viber, changes) == told
    assert len(viber.ledger) == (told == 0)


async def test_the_double_knows_its_own_token(viber: FakeViber) -> None:
    assert await status(viber, {}, "token-of-another-bot") == 2
