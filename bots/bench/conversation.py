"""The unit of every measurement: one customer resets a password and rates the answer.

Three messages, a press and a mark of the customer, three answers of services: eight updates turned.
"""

from collections.abc import Callable
from datetime import timedelta

from core.backoffice.none import NoBackoffice
from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media
from core.updates import AnyUpdate, ButtonPressed, CustomerMessage, Received, Sender

TEXTS = ("Забыла пароль от личного кабинета, как мне его восстановить", "77001234", "123456")
#: Updates turned in one conversation: five of the customer, three answers of services.
TURNS = 8
#: What the customer does: a text, or the key of the button to press.
SCRIPT = (*TEXTS, "[ok]", "[5]")
#: Steps that ask a service.
SERVED = frozenset({1, 2})


class Customer:
    """One scripted person. `heard` is called with every message; `next` is what they do then.

    answered: set by heard when the message ends the wait for the present step.
    """

    __slots__ = ("buttons", "chat", "number", "sent_at", "step")

    def __init__(self, number: int) -> None:
        self.number = number
        self.chat = str(1_000_000 + number)
        self.step = 0
        self.buttons: dict[str, str] = {}
        self.sent_at = 0.0

    def update(self) -> AnyUpdate:
        """What this person does now."""
        said = SCRIPT[self.step]
        if said.startswith("["):
            return ButtonPressed(token=self.buttons[said[1:-1]], platform_id=f"p{self.step}")
        return CustomerMessage(text=said, platform_id=str(self.step))

    def received(self) -> Received:
        """The same as an adapter would file it."""
        return Received(
            chat=self.chat,
            sender=Sender(user=self.chat, name=f"Customer {self.number}", lang="ru"),
            update=self.update(),
            dedup_key=f"b{self.number}:{self.step}",
        )

    def expects(self, letter: Letter) -> bool:
        """Whether this message ends the wait for the present step: it has what comes next."""
        for option in letter.content.options:
            self.buttons[option.key] = option.token
        following = SCRIPT[self.step + 1] if self.step + 1 < len(SCRIPT) else ""
        if following.startswith("["):
            return following[1:-1] in self.buttons
        return True


class Canned:
    """A platform that takes everything at once."""

    def __init__(self, capabilities: Capabilities, heard: Callable[[Letter], None]) -> None:
        self.name = "bench"
        self.capabilities = capabilities
        self._heard = heard
        self._sent = 0

    async def send(self, letter: Letter) -> Sent:
        """Takes the message."""
        self._sent += 1
        self._heard(letter)
        return Sent(platform_id=str(self._sent))

    async def find_sent(self, tried: Tried) -> None:
        """Everything is taken at once."""

    async def acknowledge(self, callback_id: str) -> None:
        """Nothing spins."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Nothing is shown."""

    async def typing(self, address: str) -> None:
        """Nobody looks."""

    async def download(self, media: Media) -> bytes:
        """No files here."""
        return b""

    async def health(self) -> tuple[Finding, ...]:
        """Always well."""
        return ()

    async def close(self) -> None:
        """Nothing is open."""


class Unlimited:
    """Everybody resets the password of the same account, so nothing is counted."""

    async def spend(self, keys: object, limit: int, window: timedelta) -> bool:
        """Always allowed."""
        return True


async def no_wait(seconds: float) -> None:
    """Padding of opaque answers is waiting, not work."""


class Agreeable(NoBackoffice):
    """A back office that agrees at once: every code is right, every link is sent.

    Made as any driver of a company's own (core.backoffice.custom)."""

    def __init__(self, url: str = "", token: str = "") -> None:
        """Nothing is connected to."""

    async def send_code(self, account: str, *, key: str) -> None:
        """Sent."""

    async def check_code(self, account: str, code: str, *, key: str) -> None:
        """Right."""

    async def send_reset_link(self, account: str, *, key: str) -> None:
        """Sent."""
