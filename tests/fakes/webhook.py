"""The platform's side of a webhook: the request it makes, the answer it gets."""

import asyncio

from aiohttp import ClientSession, ClientTimeout

from tests.fakes.platform import Answered, Event


async def posted(url: str, event: Event, times: int = 1) -> list[Answered]:
    """The answers to an event that arrives `times` at once."""
    headers = {"Content-Type": "application/json", **event.headers}
    async with ClientSession(timeout=ClientTimeout(total=30)) as client:

        async def once() -> Answered:
            async with client.post(url, data=event.body, headers=headers) as answer:
                return Answered(answer.status, await answer.text())

        return list(await asyncio.gather(*(once() for _ in range(times))))
