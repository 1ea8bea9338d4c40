"""What every double over a server of its own says the same way, whatever the platform."""

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, Self, TypeVar

from tests.fakes import faults as calls
from tests.fakes.faults import SENDING
from tests.fakes.platform import Answered, Event, Fault, Forgery, SentMessage
from tests.fakes.server import PlatformServer
from tests.fakes.webhook import posted

Server = TypeVar("Server", bound=PlatformServer[Any])
Raw = dict[str, Any]

#: Nothing that any platform would send.
NO_OBJECTS = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}")
#: What goes wrong below the platform's own words.
_FAULTS: Mapping[Fault, calls.Fault] = {
    "page": calls.PAGE,
    "garbage": calls.GARBAGE,
    "empty": calls.EMPTY,
    "timeout": calls.TIMEOUT,
    "drop": calls.DROP,
    "refuse": calls.REFUSE,
    "slow": calls.SLOW,
}


class Dressed(ABC, Generic[Server]):
    """Most of a PlatformDouble over `fake`. What a platform does not have, or tells nobody, stays
    the None and the 0 that it is here. refusals: limit, limit_hint, auth and rejected, as the
    platform words them."""

    platform: str
    canary: str
    chats: Sequence[str] = ("700100200", "700100201", "700100202")
    answer = Answered(200, "")
    refusals: Mapping[Fault, calls.Fault]

    def __init__(self, fake: Server) -> None:
        self.fake = fake
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self.fake.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.__aexit__()

    def _own(self) -> dict[str, Any]:
        """Settings of this platform alone."""
        return {}

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """See PlatformDouble."""
        every = {"platform": self.platform, "token": self.canary, "api_url": self.fake.api_url}
        return {**every, **self._own(), **overrides}

    # -- what customers do

    def contact(self, chat: str, phone: str, *, own: bool) -> Event | None:
        """See PlatformDouble."""

    def edited(self, chat: str, text: str) -> Event | None:
        """See PlatformDouble."""

    def deleted(self, chat: str) -> Event | None:
        """See PlatformDouble."""

    def allowed(self, chat: str) -> Event | None:
        """See PlatformDouble."""

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen"]) -> Event | None:
        """See PlatformDouble."""

    def echo(self, chat: str, text: str) -> Event | None:
        """See PlatformDouble."""

    # -- the platform's side of the webhook

    @abstractmethod
    def signed(self, body: bytes) -> Event:
        """See PlatformDouble."""

    async def handshake(self, url: str) -> bool | None:
        """See PlatformDouble."""

    async def deliver(self, url: str, event: Event, times: int = 1) -> list[Answered]:
        """See PlatformDouble."""
        return await posted(url, event, times)

    def drop_webhook(self) -> None:
        """See PlatformDouble."""
        self.fake.drop_webhook()

    # -- what the account did

    @abstractmethod
    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""

    def acknowledged(self) -> int:
        """See PlatformDouble."""
        return 0

    def typed(self) -> int:
        """See PlatformDouble."""
        return 0

    def fail(self, *faults: Fault) -> None:
        """See PlatformDouble."""
        known = {**_FAULTS, **self.refusals}
        self.fake.fail(*(known[fault]._replace(only=SENDING) for fault in faults))

    def release(self) -> None:
        """See PlatformDouble."""
        self.fake.release.set()

    async def until(self, count: int, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        await self.fake.bell.until(lambda: len(self.sent(chat)) >= count, 10)
        return self.sent(chat)

    def _written(self, raw: Raw) -> Event:
        return self.signed(json.dumps(raw, ensure_ascii=False).encode())


class Secretive(Dressed[Server]):
    """A platform that shows a secret of the account in a header of every event."""

    secret = "canary-secret"
    header: str

    def _own(self) -> dict[str, Any]:
        return {"secret": self.secret}

    def forged(self, event: Event, how: Forgery) -> Event:
        """See PlatformDouble; a secret of another bot is a wrong one like any other."""
        given = {"missing": "", "wrong": "guess", "nonascii": "пароль", "other_account": "other"}
        return Event(event.body, {self.header: given[how]} if given[how] else {})

    def signed(self, body: bytes) -> Event:
        """See PlatformDouble."""
        return Event(body, {self.header: self.secret})
