"""A customer's file that its platform does not give out: the operator is told why."""

import pytest

from core.content import Media
from core.errors import ChannelError, ChannelUnavailable, MessageRejected, RecipientGone
from tests.bots.desk.test_files import sends_file
from tests.fakes.desk import Browser, DeskServer

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (MessageRejected("too_large", "30 of 20"), 413, "too_large"),
        (MessageRejected("no_file", "http 404"), 410, "gone"),
        (RecipientGone("blocked"), 410, "gone"),
        (ChannelUnavailable("network"), 503, "draining"),
    ],
    ids=["too large", "no file", "gone", "network"],
)
async def test_why_a_file_cannot_be_fetched_is_told(
    desk: DeskServer, anna: Browser, refusal: ChannelError, status: int, code: str
) -> None:
    dialog = await sends_file(desk, Media(kind="file", platform_file="f1", name="отчёт.pdf"))
    await anna.take(dialog)
    desk.platform.refusal = refusal
    message = (await anna.get(f"/dialogs/{dialog}"))["messages"][0]
    (file,) = [part["attachment"] for part in message["parts"] if part["t"] == "file"]
    answer = await anna.ask("GET", f"/attachments/{file['id']}/link")
    assert (answer.status, answer.code) == (status, code)
    if code == "too_large":
        assert str(20 * MEGABYTE) in answer.body["detail"]
