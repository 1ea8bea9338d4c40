"""A messenger as the contract suite sees it: the same words for every platform.

`tests/fakes/<platform>.py` holds the strict double that speaks the platform's protocol;
`tests/fakes/<platform>_platform.py` dresses it as a `PlatformDouble`, and tests/bots/contract runs
the same behaviours on each. What a platform does not have is None, and the suite then asks for a
reason in the platform's quality.yaml instead of a behaviour.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, Self

#: What goes wrong with the next call that sends something, whatever the platform calls it.
#: limit, limit_hint: too fast, without and with a number of seconds (7) · page: 502 and HTML,
#: nothing taken · garbage, empty: 200 and `<<<` or `{}` after taking it · timeout, drop: taken,
#: then no answer · refuse: the connection ends before anything is taken · auth: the token was
#: revoked · rejected: the content is refused for good · slow: answers when `release()` is called.
Fault = Literal[
    "limit",
    "limit_hint",
    "page",
    "garbage",
    "empty",
    "timeout",
    "drop",
    "refuse",
    "auth",
    "rejected",
    "slow",
]
Forgery = Literal["missing", "wrong", "nonascii", "other_account"]


class Event(NamedTuple):
    """A request the platform makes to our webhook, signed as it signs."""

    body: bytes
    headers: Mapping[str, str] = {}


class Answered(NamedTuple):
    """What our webhook answered."""

    status: int
    body: str


class ShownOption(NamedTuple):
    """A button as the customer sees it. token: what comes back; url: where it leads."""

    label: str
    token: str = ""
    url: str = ""


class SentMessage(NamedTuple):
    """One message that the platform took and shows. key: by which it drops repeats, if it does.

    files: bytes of what is attached; empty bytes where the platform was given a URL or an id.
    keyboard: where the options stand. preview: links show what is behind them."""

    chat: str
    id: str
    text: str
    options: tuple[ShownOption, ...] = ()
    keyboard: Literal["none", "inline", "reply"] = "none"
    files: tuple[bytes, ...] = ()
    reply_to: str = ""
    asks_phone: bool = False
    key: str = ""
    preview: bool = True


class Standing(NamedTuple):
    """A message of ours as the customer sees it now. files: how many hang on it."""

    text: str
    files: int = 0


class PlatformDouble(Protocol):
    """One platform with one connected account; listens on a free port while entered.

    Made without arguments. platform: its name in settings. canary: the token; whoever sees it in a
    log found a leak. chats: ids of three people whom the account may write to. answer: what the
    platform must hear to take an ordinary event for received.
    """

    platform: str
    canary: str
    chats: Sequence[str]
    answer: Answered

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """Of the channel, as in otklik.toml, with `api_url` of the double; unset ones left out."""

    # -- what customers do; every call is a new event with ids of its own

    def text(self, chat: str, text: str) -> Event: ...

    def press(self, chat: str, token: str) -> Event: ...

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """A picture that the double serves to whoever downloads it."""

    def start(self, chat: str, payload: str = "") -> Event: ...

    def contact(self, chat: str, phone: str, *, own: bool) -> Event | None: ...

    def edited(self, chat: str, text: str) -> Event | None:
        """The last text of this chat, changed."""

    def deleted(self, chat: str) -> Event | None:
        """The last text of this chat, taken away."""

    def denied(self, chat: str) -> Event | None:
        """The customer blocks us; sends to the chat are refused from now on."""

    def allowed(self, chat: str) -> Event | None: ...

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen"]) -> Event | None: ...

    def echo(self, chat: str, text: str) -> Event | None:
        """A person of the company wrote in the platform's own page."""

    def group(self, text: str) -> Event | None:
        """The same words in a group chat, none of our business."""

    def unknown(self) -> Event:
        """A kind of event that nobody has heard of."""

    def malformed(self) -> Sequence[Event]:
        """Properly signed, and nothing the platform would send."""

    # -- the platform's side of the webhook

    def forged(self, event: Event, how: Forgery) -> Event | None:
        """The same event, not from the platform; None: cannot be told apart that way."""

    def signed(self, body: bytes) -> Event:
        """Any bytes, as if the platform had sent them; a secret that belongs inside is the
        caller's to keep."""

    async def handshake(self, url: str) -> bool | None:
        """The platform asks whether the address is ours; whether it liked the answer. None: it
        never asks."""

    async def deliver(self, url: str, event: Event, times: int = 1) -> list[Answered]:
        """POSTs it `times` in parallel, exactly as the platform would."""

    def drop_webhook(self) -> None:
        """As if the platform had given us up, or somebody had changed the address."""

    @property
    def webhook(self) -> str:
        """The address that is registered now, empty for none."""

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """What the platform took, in order; repeats that it drops by key are not among it."""

    def standing(self, chat: str) -> list[Standing]:
        """What is left of it, in order: changed messages as they are now, none taken back."""

    def acknowledged(self) -> int:
        """Presses whose button no longer spins."""

    def typed(self) -> int:
        """How often «is typing» was shown."""

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call that sends a message, once."""

    def release(self) -> None:
        """Lets slow calls answer."""

    async def until(self, count: int, chat: str | None = None) -> list[SentMessage]:
        """Waits (at most 10 s) until so many messages were taken; they are returned."""
