"""What people are called: Messenger's events name them by number only."""

import asyncio
from collections.abc import Mapping, Sequence

from bots.messenger.client import Client
from bots.names import full_name
from core.errors import MessageRejected, RecipientGone

#: People asked for side by side; Facebook tells of one a call.
TOGETHER = 10


async def names_of(client: Client, users: Sequence[str]) -> Mapping[str, str]:
    """Id -> name. Raises ChannelError when nobody can be asked for."""
    found = await asyncio.gather(*(_name(client, user) for user in users), return_exceptions=True)
    names = {}
    for user, name in zip(users, found, strict=True):
        if isinstance(name, BaseException):
            raise name
        names[user] = name
    return names


async def _name(client: Client, user: str) -> str:
    """Empty for somebody of whom Facebook does not tell."""
    try:
        return full_name(await client.person(user))
    except (MessageRejected, RecipientGone):
        return ""
