"""The platform's side of a webhook: the request it makes, the answer it gets."""

import asyncio
from typing import NamedTuple

from aiohttp import ClientSession, ClientTimeout

from tests.fakes.platform import Answered, Event


class Reply(NamedTuple):
    """All that our webhook answered. kind: of its content."""

    status: int
    kind: str
    body: str


async def replies(url: str, event: Event, times: int = 1) -> list[Reply]:
    """The answers to an event that arrives `times` at once."""
    headers = {"Content-Type": "application/json", **event.headers}
    async with ClientSession(timeout=ClientTimeout(total=30)) as client:

        async def once() -> Reply:
            async with client.post(url, data=event.body, headers=headers) as answer:
                return Reply(answer.status, answer.content_type, await answer.text())

        return list(await asyncio.gather(*(once() for _ in range(times))))


async def posted(url: str, event: Event, times: int = 1) -> list[Answered]:
    """The same, as far as any platform looks at it."""
    return [Answered(reply.status, reply.body) for reply in await replies(url, event, times)]
