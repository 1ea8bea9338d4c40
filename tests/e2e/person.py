"""A customer of any messenger, on a bad day of that messenger."""

import contextlib
from collections.abc import Sequence
from random import Random

from core.channel import Capabilities
from tests.fakes.platform import Event, Fault, PlatformDouble, SentMessage

#: What an answer survives: the platform took it or not, and did not say so.
_SILENT: Sequence[Fault] = ("drop", "empty", "garbage", "page", "refuse")
#: What a message survives that must not be sent again without a person's word.
_TAKEN: Sequence[Fault] = ("drop", "empty", "garbage")
#: Longest pause, in seconds, for which a test has patience.
_PATIENCE = 5.0


class Person:
    """Somebody who writes, presses and reads, one thing after another.

    name: of the channel. webhook: where the platform calls us. can: of the platform; rng: decides
    what goes wrong. said: what must be in the transcript, in order.
    """

    def __init__(
        self, name: str, double: PlatformDouble, webhook: str, can: Capabilities, rng: Random
    ) -> None:
        self.name = name
        self.double = double
        self.webhook = webhook
        self.can = can
        self.rng = rng
        self.chat = double.chats[0]
        self.said: list[str] = []
        self._heard: list[str] = []
        self._read = 0
        self._events: list[Event] = []

    @property
    def is_quick(self) -> bool:
        """Whether an answer of which nobody knows is settled soon."""
        return self.can.unknown["answer"].after <= _PATIENCE

    async def writes(self, text: str, kept: str = "") -> None:
        """Sends a text. kept: what is stored of it, where that is less."""
        self.said.append(kept or text)
        await self._arrives(self.double.text(self.chat, text))

    async def presses(self, label: str) -> None:
        """Presses the newest button with this label."""
        options = [
            option
            for message in reversed(self.double.sent(self.chat))
            for option in message.options
            if option.label == label
        ]
        assert options, f"{self.name}: no button «{label}»"
        self.said.append(label)
        await self._arrives(self.double.press(self.chat, options[0].token or label))

    async def hears(self, part: str) -> SentMessage:
        """Waits for the next message that is no repeat of an earlier one; it contains the part."""
        while True:
            message = await self._next(part)
            self._read += 1
            if part in message.text:
                self._heard.append(message.text)
                receipt = self.double.receipt(message, "delivered") if self.can.delivered else None
                if receipt is not None:
                    await self._arrives(receipt)
                return message
            assert message.text in self._heard, f"{self.name}: «{message.text}», no «{part}»"

    async def _next(self, part: str) -> SentMessage:
        for _ in range(4):
            with contextlib.suppress(TimeoutError):
                return (await self.double.until(self._read + 1, self.chat))[self._read]
        raise AssertionError(f"{self.name}: «{part}» never came")

    async def _arrives(self, event: Event) -> None:
        """Something forged first, then the event, perhaps again and again, perhaps an old one."""
        forged = self.double.forged(event, "wrong")
        if forged is not None:
            (refused,) = await self.double.deliver(self.webhook, forged)
            assert refused.status == 401
        answers = await self.double.deliver(
            self.webhook, event, times=self.rng.choice([1, 1, 2, 3])
        )
        self._events.append(event)
        if self.rng.random() < 0.3:
            answers += await self.double.deliver(self.webhook, self.rng.choice(self._events))
        assert {answer.status for answer in answers} == {200}

    def trouble(self) -> None:
        """The next answer meets a fault of the platform."""
        faults = list(_SILENT)
        if self.can.rate_hint <= _PATIENCE:
            faults.append("limit")
        self.double.fail(self.rng.choice(faults))

    def silence(self) -> None:
        """The platform takes the next message and does not say so."""
        self.double.fail(self.rng.choice(_TAKEN))
