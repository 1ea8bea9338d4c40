"""What VK reports of messages of a community that are not ours."""

import json
from pathlib import Path
from typing import Any

from tests.bots.contract import house as houses
from tests.fakes.vk_platform import VkDouble


def reply(double: VkDouble, **fields: Any) -> Any:
    """A report of a message of the community, as `echo` makes it, with other fields."""
    event = json.loads(double.echo(double.chats[0], "Скидка 20 %").body)
    event["object"].update(fields)
    return double.signed(json.dumps(event).encode())


async def test_a_message_of_another_program_proves_no_lost_one(tmp_path: Path) -> None:
    double = VkDouble()
    async with houses.house(double, tmp_path) as house:
        double.fail("page")
        await house.say(house.chat, "первое", kind="operator")
        await house.work()
        await house.post(reply(double, admin_author_id=None, random_id=777))
        await house.work()
        assert house.states() == {"первое": "unknown"}
        await house.wait(6)
        assert house.heard(house.chat) == ["первое"], "the same key makes a repeat harmless"
        assert house.states() == {"первое": "sent"}
