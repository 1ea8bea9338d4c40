"""What people are called: VK's events name them by number only."""

from collections.abc import Mapping, Sequence

from bots.names import full_name
from bots.vk.client import Client

#: People asked for at once; VK's own limit of users.get.
TOGETHER = 1000


async def names_of(client: Client, users: Sequence[str]) -> Mapping[str, str]:
    """Id -> name of those whom VK names. Raises ChannelError."""
    answer = await client.call("users.get", {"user_ids": ",".join(users)})
    people = [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []
    return {str(person.get("id")): full_name(person) for person in people}
