"""What of a changed message goes to the platform: as it would be sent, within its limit."""

from tests.bots.desk.test_rewriting import replied, shown
from tests.fakes.desk import Browser, DeskServer


async def test_a_change_is_written_as_the_message_would_be(desk: DeskServer, anna: Browser) -> None:
    dialog, message = await replied(desk, anna)
    path = f"/dialogs/{dialog}/messages/{message}"
    answer = await anna.ask("PATCH", path, {"text": "Это **важно**"})
    assert answer.status == 200, answer
    assert desk.platform.rewritten == [(f"p{message}.0", "Это важно")]


async def test_a_change_that_is_too_long_for_the_channel_is_told_by_its_limit(
    desk: DeskServer, anna: Browser
) -> None:
    dialog, message = await replied(desk, anna)
    path = f"/dialogs/{dialog}/messages/{message}"
    assert (await anna.ask("PATCH", path, {"text": "а" * 4096})).status == 200
    answer = await anna.ask("PATCH", path, {"text": "а" * 4097})
    (error,) = answer.body["errors"]
    assert (answer.status, error["pointer"], error["code"]) == (422, "/text", "too_long")
    assert "4096" in error["message"]
    assert len(desk.platform.rewritten) == 1
    assert (await shown(anna, dialog, message))["parts"][0]["v"] == "а" * 4096
