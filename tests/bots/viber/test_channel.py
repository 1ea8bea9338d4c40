"""Sending through the Viber API: one request, its token or the error it stands for."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bots.transport import Transport
from bots.viber.capabilities import EVENTS
from bots.viber.channel import ViberChannel
from bots.viber.settings import ViberSettings
from bots.web import serving
from core.content import Media, Option
from core.errors import (
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RecipientGone,
)
from tests.bots import letters
from tests.bots.letters import stored
from tests.bots.viber.conftest import ANNA, TOKEN, MakeChannel, link
from tests.fakes import faults
from tests.fakes import viber as double
from tests.fakes.viber import FakeViber, Person

letter = partial(letters.letter, chat=ANNA)
YES = (Option(key="a", label="Да", token="o0000000001"),)


async def test_the_body_is_what_viber_asks_for(channel: ViberChannel, viber: FakeViber) -> None:
    sent = await channel.send(letter(options=YES))
    (entry,) = viber.sent(ANNA)
    assert sent.platform_id == str(entry.token)
    assert entry.token > 2**53
    assert entry.fields == {
        "receiver": ANNA,
        "sender": {"name": "Поддержка"},
        "type": "text",
        "text": "Здравствуйте!",
        "min_api_version": 6,
        "keyboard": {
            "Type": "keyboard",
            "DefaultHeight": False,
            "Buttons": [
                {
                    "Columns": 6,
                    "Rows": 1,
                    "ActionType": "reply",
                    "ActionBody": "o0000000001",
                    "Text": "Да",
                    "Silent": True,
                }
            ],
        },
    }
    assert "Здравствуйте!".encode() in viber.bodies[0], "letters are not escaped"


async def test_messages_are_signed_as_configured(
    make_channel: MakeChannel, viber: FakeViber
) -> None:
    await make_channel(sender_avatar="https://x.example/a.png").send(letter())
    await make_channel(name="viber-" + "x" * 40, sender_name="").send(letter())
    first, second = (entry.fields["sender"] for entry in viber.sent())
    assert first == {"name": "Поддержка", "avatar": "https://x.example/a.png"}
    assert second == {"name": "viber-" + "x" * 22}


async def test_a_message_too_new_for_an_app_is_written_once_more_in_the_old_way(
    channel: ViberChannel, viber: FakeViber
) -> None:
    viber.people[ANNA] = Person(api_version=2)
    sent = await channel.send(letter("Номер?", options=YES, request_phone="Отправить номер"))
    assert viber.calls == ["send_message"] * 2
    (entry,) = viber.sent(ANNA)
    assert sent.platform_id == str(entry.token)
    assert "min_api_version" not in entry.fields
    (button,) = entry.fields["keyboard"]["Buttons"]
    assert (button["ActionType"], "Silent" in button) == ("reply", False)


async def test_the_old_way_is_tried_once_only(channel: ViberChannel, viber: FakeViber) -> None:
    viber.fail(double.error(13), double.error(13))
    with pytest.raises(MessageRejected, match="13"):
        await channel.send(letter(options=YES))
    assert viber.calls == ["send_message"] * 2
    viber.fail(double.error(13))
    with pytest.raises(MessageRejected, match="13"):
        await channel.send(letter())
    assert len(viber.calls) == 3, "a plain text cannot be written plainer"


async def test_a_refusal_of_the_second_try_is_the_one_that_counts(
    channel: ViberChannel, viber: FakeViber
) -> None:
    viber.fail(double.error(13), double.error(6))
    with pytest.raises(RecipientGone):
        await channel.send(letter(options=YES))


async def test_a_picture_goes_as_a_link_to_it(
    channel: ViberChannel, viber: FakeViber, tmp_path: Path
) -> None:
    media = (Media(kind="image", attachment="a1", mime="image/png", size=7),)
    await channel.send(letter("Схема", {"a1": stored(tmp_path)}, media=media))
    fields = viber.sent(ANNA)[0].fields
    assert (fields["type"], fields["text"]) == ("picture", "Схема")
    assert fields["media"] == "https://support.example.org/media/a1/file.png"
    assert "thumbnail" not in fields, "what is None is left out"


async def test_a_picture_of_a_scenario_is_known_by_its_path(
    channel: ViberChannel, viber: FakeViber, tmp_path: Path
) -> None:
    media = (Media(kind="image", path="map.png"),)
    await channel.send(letter("", {"map.png": stored(tmp_path)}, media=media))
    assert viber.sent(ANNA)[0].fields["media"].endswith("/media/map.png/file.png")


async def test_a_scenarios_picture_above_the_limit_goes_as_a_file_or_as_its_address(
    channel: ViberChannel, viber: FakeViber, tmp_path: Path
) -> None:
    media = (Media(kind="image", path="map.png"),)
    for size in (2 * 1024 * 1024, 51 * 1024 * 1024):
        await channel.send(letter("", {"map.png": stored(tmp_path, size=size)}, media=media))
    file, text = (entry.fields for entry in viber.sent(ANNA))
    assert (file["type"], file["size"]) == ("file", 2 * 1024 * 1024)
    address = "https://support.example.org/media/map.png/file.png"
    assert text["text"] == f"схема.png (51.0 MB): {address}"


async def test_an_answer_without_a_token_proves_nothing(
    channel: ViberChannel, viber: FakeViber
) -> None:
    viber.fail(faults.Fault("answer", 200, json.dumps({"status": 0, "message_token": None})))
    with pytest.raises(DeliveryUnknown):
        await channel.send(letter())


async def test_a_platform_that_never_answers_leaves_the_outcome_open(
    make_channel: MakeChannel, viber: FakeViber
) -> None:
    viber.fail(faults.TIMEOUT)
    with pytest.raises(DeliveryUnknown, match="timeout"):
        await make_channel(timeout=0.2).send(letter())
    assert len(viber.sent(ANNA)) == 1


async def test_bots_share_the_connections_of_the_process(
    make_channel: MakeChannel, viber: FakeViber, transport: Transport
) -> None:
    session = transport.session()
    for name in ("one", "two"):
        channel = make_channel(name=name)
        await channel.send(letter())
        await channel.close()
    assert transport.session() is session
    assert len(viber.sent(ANNA)) == 2


async def test_a_greeting_is_a_message_without_a_receiver(channel: ViberChannel) -> None:
    status, kind, text = channel.welcome(letter(options=YES))
    assert (status, kind) == (200, "application/json")
    body = json.loads(text)
    assert "receiver" not in body
    assert (body["type"], body["sender"]) == ("text", {"name": "Поддержка"})
    assert "Здравствуйте!" in text
    assert channel.welcome(letter(options=YES))[2] == text, "a repeat gets the same body"


async def test_a_customers_file_is_fetched_from_vibers_hosts_only(
    channel: ViberChannel, viber: FakeViber
) -> None:
    url = viber.kept("a.jpg", b"picture")
    assert await channel.download(Media(kind="image", url=url)) == b"picture"
    for wrong in (
        "http://127.0.0.1:9/a.jpg",
        "https://viber.com.evil.example/a.jpg",
        "http://dl-media.viber.com/a.jpg",
        "file:///etc/passwd",
        "",
    ):
        with pytest.raises(MessageRejected, match="no_file"):
            await channel.download(Media(kind="image", url=wrong))


@pytest.fixture
async def listening() -> AsyncIterator[str]:
    """Somebody who answers 200 at the webhook's address, as our process does."""
    app = web.Application()

    async def taken(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_post("/webhooks/main", taken)
    async with serving(app, "127.0.0.1", 0, shutdown_timeout=1) as port:
        yield f"http://127.0.0.1:{port}"


async def test_events_that_somebody_switched_off_are_switched_on_again(
    make_channel: MakeChannel, viber: FakeViber, listening: str
) -> None:
    channel = make_channel(public_url=listening)
    await channel.register()
    assert viber.webhook["send_name"] is True
    assert await channel.watch() is False
    viber.webhook["event_types"] = ["seen"]
    assert await channel.watch() is True
    assert set(viber.webhook["event_types"]) == set(EVENTS)


async def test_an_address_where_nobody_answers_is_a_fault_of_the_settings(
    channel: ViberChannel, viber: FakeViber
) -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.register()
    assert caught.value.reason == "config"
    assert viber.webhook["url"] == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "short"}, "`token`"),
        ({"token": "with a blank inside"}, "`token`"),
        ({"sender_name": "я" * 29}, "`sender_name`"),
        ({"sender_avatar": "https://x.example/" + "a" * 1000}, "`sender_avatar`"),
        ({"timeout": 0}, "`timeout`"),
        ({"timeout": 13}, "`timeout`"),
        ({"api_url": "ftp://x"}, "`api_url`"),
        ({"public_url": ""}, "`public_url`"),
        ({"public_url": "https://x.example:99999"}, "`public_url` has no valid port"),
        ({"public_url": "http://x.example"}, "port 443"),
        ({"public_url": "https://x.example:8443"}, "port 443"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(
    changes: dict[str, Any], words: str
) -> None:
    good = {"name": "main", "token": TOKEN, "public_url": "https://support.example.org"}
    with pytest.raises(ConfigError) as caught:
        ViberChannel(ViberSettings(**{**good, **changes}), transport=Transport(), link=link)
    (problem,) = caught.value.problems
    assert problem.startswith("channel main: ")
    assert words in problem
