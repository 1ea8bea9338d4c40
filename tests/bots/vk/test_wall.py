"""Words under a post: their own address, their own troubles."""

import pytest

from bots.vk.channel import VkChannel
from bots.vk.random_id import random_id
from core.channel import Tried
from core.errors import (
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
)
from tests.bots.vk.conftest import (
    GROUP,
    PERSON,
    letter,
)
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk

POST = f"comment:-{GROUP}_345:{PERSON}"


async def test_words_under_a_post_answer_the_comment(channel: VkChannel, vk: FakeVk) -> None:
    sent = await channel.send(letter("Напишите нам", row=5, to=POST, reply_to="812"))
    (entry,) = vk.ledger
    assert entry.method == "wall.createComment"
    assert sent.platform_id == str(entry.result["comment_id"])
    assert entry.fields == {
        "owner_id": str(-GROUP),
        "post_id": "345",
        "message": "Напишите нам",
        "reply_to_comment": "812",
        "from_group": str(GROUP),
        "guid": str(random_id("main", 5)),
    }


async def test_a_repeated_comment_is_one_comment(channel: VkChannel, vk: FakeVk) -> None:
    vk.fail(faults.DROP)
    with pytest.raises(DeliveryUnknown):
        await channel.send(letter("Напишите нам", to=POST))
    await channel.send(letter("Напишите нам", to=POST))
    assert len(vk.ledger) == 1


@pytest.mark.parametrize("code", [7, 15, 27, 211, 213])
async def test_a_wall_that_takes_no_comments_does_not_stop_the_messages(
    channel: VkChannel, vk: FakeVk, code: int
) -> None:
    for person in range(1, 6):
        vk.fail(double.error(code)._replace(only="wall.createComment"))
        with pytest.raises(MessageRejected) as caught:
            await channel.send(letter(to=f"comment:-{GROUP}_345:{person}"))
        assert caught.value.code == str(code)
    assert await channel.send(letter())


async def test_a_used_up_quota_of_comments_is_that_posts_own(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.fail(double.error(29))
    with pytest.raises(RateLimited) as caught:
        await channel.send(letter(to=POST))
    assert (caught.value.retry_after, caught.value.scope) == (3600.0, "chat")
    await channel.registration.register()
    assert await channel.watch() is False, "no alarm for the whole channel"


async def test_a_comment_is_not_looked_for(channel: VkChannel, vk: FakeVk, clock: Clock) -> None:
    tried = Tried(letter(to=POST), clock.now)
    clock.pass_by(hours=5)
    assert await channel.find_sent(tried) is None
    assert vk.calls == []
