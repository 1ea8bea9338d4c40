"""Our address among VK's servers, looked after; and what `otklik doctor` says of it."""

from typing import Any

import pytest

from bots.transport import Transport
from bots.vk.channel import VkChannel
from bots.vk.community import Community
from bots.vk.health import findings
from bots.vk.settings import VkSettings
from core.errors import ChannelUnavailable
from tests.bots.vk.conftest import GROUP, SECRET, TOKEN, MakeChannel
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.vk import FakeVk

EVENTS = [
    "message_new", "message_event", "message_allow", "message_deny", "message_reply",
    "message_edit", "message_read", "message_typing_state",
]  # fmt: skip
OURS = "http://127.0.0.1:1/webhooks/main"


def switched_on(vk: FakeVk, server: int) -> list[str]:
    return [event for event, value in vk.settings[server].items() if value]


async def test_registering_adds_our_server_with_its_secret_and_our_events(
    channel: VkChannel, vk: FakeVk
) -> None:
    await channel.registration.register()
    (server,) = vk.servers.values()
    assert (server["url"], server["secret_key"], server["title"]) == (OURS, SECRET, "main")
    assert switched_on(vk, server["id"]) == EVENTS
    assert vk.settings[server["id"]]["wall_reply_new"] == 0


async def test_registering_again_edits_nothing(channel: VkChannel, vk: FakeVk) -> None:
    await channel.registration.register()
    await channel.registration.register()
    assert vk.calls.count("groups.addCallbackServer") == 1
    assert "groups.editCallbackServer" not in vk.calls


async def test_servers_of_others_are_left_alone(channel: VkChannel, vk: FakeVk) -> None:
    other = {"id": 1, "title": "CRM", "url": "https://crm.example.org", "status": "failed"}
    vk.servers[1] = dict(other)
    await channel.registration.register()
    assert vk.servers[1] == other
    assert len(vk.servers) == 2


async def test_a_changed_secret_is_told_to_vk(
    channel: VkChannel, make_channel: MakeChannel, vk: FakeVk
) -> None:
    await channel.registration.register()
    await make_channel(secret="another").registration.register()
    (server,) = vk.servers.values()
    assert server["secret_key"] == "another"


async def test_comments_are_subscribed_to_only_where_they_are_wanted(
    make_channel: MakeChannel, vk: FakeVk
) -> None:
    await make_channel(comments=True).registration.register()
    assert "wall_reply_new" in switched_on(vk, 1)
    await make_channel().registration.register()
    assert "wall_reply_new" not in switched_on(vk, 1)


async def test_a_long_name_is_cut_for_the_title(make_channel: MakeChannel, vk: FakeVk) -> None:
    await make_channel(name="support-of-the-north-west").registration.register()
    assert vk.servers[1]["title"] == "support-of-the"


async def test_with_ten_servers_already_the_settings_are_at_fault(
    channel: VkChannel, vk: FakeVk
) -> None:
    for number in range(1, 11):
        vk.servers[number] = {"id": number, "url": f"https://{number}.example.org"}
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.registration.register()
    assert (caught.value.reason, "2000" in caught.value.detail) == ("config", True)


async def test_the_watchdog_brings_back_a_server_vk_gave_up(channel: VkChannel, vk: FakeVk) -> None:
    await channel.registration.register()
    assert await channel.watch() is False
    vk.drop_webhook()
    assert await channel.watch() is True
    assert vk.servers[1]["status"] == "ok"
    assert vk.calls.count("groups.editCallbackServer") == 1


async def test_the_watchdog_brings_back_a_server_somebody_deleted_and_events_switched_off(
    channel: VkChannel, vk: FakeVk
) -> None:
    await channel.registration.register()
    vk.servers.clear()
    assert await channel.watch() is True
    vk.settings[1]["message_event"] = 0
    assert await channel.watch() is True
    assert switched_on(vk, 1) == EVENTS
    assert await channel.watch() is False


async def test_polling_switches_the_long_poll_on_and_our_server_off(
    channel: VkChannel, make_channel: MakeChannel, vk: FakeVk
) -> None:
    vk.servers[1] = {"id": 1, "title": "CRM", "url": "https://crm.example.org"}
    await channel.registration.register()
    polling = make_channel(mode="polling")
    await polling.registration.register()
    assert list(vk.servers) == [1]
    assert vk.long_poll["is_enabled"]
    assert [event for event, on in vk.long_poll["events"].items() if on] == EVENTS
    assert await polling.watch() is False
    vk.long_poll["events"]["message_new"] = 0
    assert await polling.watch() is True
    vk.long_poll["is_enabled"] = False
    assert await polling.watch() is True
    await channel.registration.register()
    assert not vk.long_poll["is_enabled"], "or every event would come twice"


# -- health

SETTINGS = VkSettings(
    name="vk-main", token=TOKEN, group_id=1, secret=SECRET, public_url="https://bot.example.org"
)
GOOD: dict[str, Any] = {
    "club": 1,
    "rights": frozenset({"manage", "messages", "photos", "docs"}),
    "server": {"id": 1, "status": "ok"},
    "events": frozenset(EVENTS),
    "long_poll": False,
}


def test_a_healthy_community_is_one_line() -> None:
    (line,) = findings(Community(**GOOD), SETTINGS)
    assert (line.level, line.text) == ("OK", "club1 callback=ok events=8/8")


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"server": None}, "FAIL", "not among the Callback servers"),
        ({"server": {"status": "failed"}}, "FAIL", "stopped delivering"),
        ({"server": {"status": "wait"}}, "WARN", "not confirmed yet (wait)"),
        ({"server": {"status": "unconfigured"}}, "WARN", "unconfigured"),
        ({"events": frozenset(EVENTS[1:])}, "FAIL", "message_new"),
        ({"long_poll": True}, "FAIL", "comes twice"),
        ({"rights": frozenset({"messages"})}, "FAIL", "manage, photos, docs"),
        ({"club": 2}, "FAIL", "belongs to club2"),
    ],
)
def test_each_trouble_has_its_level_and_a_remedy(
    change: dict[str, Any], level: str, words: str
) -> None:
    line, detail = findings(Community(**{**GOOD, **change}), SETTINGS)
    assert (line.level, detail.level) == (level, level)
    assert words in detail.text
    assert detail.remedy


def test_polling_has_a_line_of_its_own() -> None:
    polling = VkSettings(name="vk-main", token=TOKEN, group_id=1, mode="polling")
    good = {**GOOD, "server": None, "long_poll": True}
    (line,) = findings(Community(**good), polling)
    assert (line.level, line.text) == ("OK", "club1 longpoll=on events=8/8")
    line, detail = findings(Community(**{**good, "server": {"status": "ok"}}), polling)
    assert (line.level, "comes twice" in detail.text) == ("FAIL", True)
    line, detail = findings(Community(**{**good, "long_poll": False}), polling)
    assert (line.level, "Long Poll is off" in detail.text) == ("FAIL", True)


def test_answering_comments_needs_one_more_event_and_right() -> None:
    settings = VkSettings(
        name="vk-main", token=TOKEN, group_id=1, secret=SECRET, comments=True,
        public_url="https://bot.example.org",
    )  # fmt: skip
    line, *details = findings(Community(**GOOD), settings)
    assert line.text == "club1 callback=ok events=8/9"
    assert [detail.text for detail in details] == [
        "the token may not: wall",
        "events not subscribed: wall_reply_new",
    ]


async def test_the_channel_reports_what_vk_says(channel: VkChannel) -> None:
    await channel.registration.register()
    (line,) = await channel.health()
    assert line.text == f"club{GROUP} callback=ok events=8/8"


async def test_a_token_that_may_not_manage_fails_and_says_so(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.rights.remove("manage")
    line, *details = await channel.health()
    assert line.level == "FAIL"
    assert "the token may not: manage" in [detail.text for detail in details]


async def test_a_question_vk_refuses_is_a_failure(channel: VkChannel, vk: FakeVk) -> None:
    vk.fail(double.error(15, "Access denied")._replace(only="groups.getCallbackServers"))
    (finding,) = await channel.health()
    assert (finding.level, "15" in finding.text) == ("FAIL", True)
    assert finding.remedy


async def test_before_anything_is_registered_there_is_one_trouble_not_two(
    channel: VkChannel, make_channel: MakeChannel
) -> None:
    for unregistered in (channel, make_channel(mode="polling")):
        line, detail = await unregistered.health()
        assert (line.level, detail.level) == ("FAIL", "FAIL")
        assert line.text.endswith("events=0/8")


async def test_looking_changes_nothing(channel: VkChannel, vk: FakeVk) -> None:
    await channel.health()
    assert all(".get" in method for method in vk.calls)


async def test_a_platform_that_stumbles_is_a_warning(channel: VkChannel, vk: FakeVk) -> None:
    vk.fail(faults.PAGE)
    assert (await channel.health())[0].level == "WARN"


async def test_channels_of_one_process_share_their_connections(
    make_channel: MakeChannel, transport: Transport, vk: FakeVk
) -> None:
    first, second = make_channel(name="one"), make_channel(name="two")
    session = transport.session()
    await first.health()
    await first.close()
    await second.health()
    assert transport.session() is session
    assert not session.closed
