"""The port to a platform: what an adapter can do, and how it is asked to do it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import msgspec
from msgspec.structs import replace

from core.content import Evidence, Lack, Media, MediaKind, Outgoing
from core.updates import Received

MessageClass = Literal["answer", "operator", "notice", "secret"]


class UnknownRule(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a row whose delivery is unknown.

    action: `resend` it, `hold` it for an operator's word, `leave` it. after: seconds to wait for
    evidence first, doubled by each further try up to `most`. times: how often it is sent again at
    most; then it is held. same_key: the platform drops a repeat by its key, so a resend is exactly
    once. look: ask Channel.find_sent before anything else is done.
    """

    action: Literal["resend", "hold", "leave"]
    after: float = 5.0
    most: float = 300.0
    times: int = 1
    same_key: bool = False
    look: bool = False


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and abilities of a platform as data; core decides by these, never by a name.

    Lengths are UTF-16 units, sizes bytes, rates per second; None: no limit, 0: not possible.
    inline_* / reply_*: buttons under a message / instead of the keyboard, in rows. inline_text:
    longest text that buttons can stand under, where they cannot stand under a file alone.
    url: of the address behind a button, longer ones become lines of the text.
    link_row: buttons in a row of a keyboard with links, where that is fewer; 0: no difference.
    link_room: what a link counts for in the total, where other buttons count for one.
    captioned: kinds of media that carry a caption. takes: kind -> media types it may have, any
    where nothing is said; what is of another type or too large goes as a file. video_bytes: None:
    as file_bytes.
    numbers: options are shown as a numbered list because there are no buttons at all.
    span_room: units of `text` that stay free in a formatted message, for marks written into it.
    file_album: whether files may share a message, and sounds, as pictures do.
    quotes: a message can show the one it answers.
    delivered_proves: a `delivered` with an id that we never saw is of a message of ours, so it
    proves the only one of its chat whose sending nobody confirmed.
    unknown: rule per message class. chat_burst, channel_burst: messages at once before chat_rate,
    channel_rate applies; in any one second a channel writes at most channel_rate × 17/16 +
    channel_burst (core.pacing.LOT), which stays within what the platform allows.
    counts_calls: every call counts in channel_rate, not messages alone. upload_calls: how many of
    them a file takes that the platform does not have yet, before the message itself. media_rate:
    messages with sound or moving pictures, one at once.
    free_answers: answers and operators' words do not count until the platform says «too fast».
    reply_ends_limit: a chat that is too fast may be written to as soon as the person writes.
    rate_hint, rate_most: seconds to wait when the platform says «too fast» without a number, the
    first time and after doubling. window_hours: so long after a customer's last word an operator
    may write, None: for ever, as far as is known. file_id_days: how long the platform keeps ids of
    files sent.
    """

    platform: str
    text: int | None = None
    caption: int | None = 0
    captioned: tuple[MediaKind, ...] = ("image", "video", "file", "audio", "voice")
    spans: bool = False
    span_room: int = 0
    inline_row: int = 0
    inline_rows: int = 0
    inline_total: int = 0
    inline_text: int | None = None
    link_row: int = 0
    link_room: int = 1
    reply_row: int = 0
    reply_rows: int = 0
    reply_total: int = 0
    label: int | None = None
    payload: int = 64
    url_option: bool = False
    url: int | None = None
    phone_request: bool = False
    phone_evidence: Evidence = "typed"
    takes: Mapping[MediaKind, tuple[str, ...]] = {}
    image_bytes: int = 0
    video_bytes: int | None = None
    file_bytes: int = 0
    download_bytes: int = 0
    file_id_days: int | None = None
    album: int = 1
    file_album: bool = True
    edit: bool = False
    delete: bool = False
    typing: bool = False
    delivered: bool = False
    delivered_proves: bool = False
    seen: bool = False
    preview_off: bool = False
    quotes: bool = False
    write_first: bool = False
    chat_rate: float | None = None
    chat_burst: int = 1
    channel_rate: float | None = None
    channel_burst: float = 1.0
    counts_calls: bool = False
    upload_calls: int = 0
    media_rate: float | None = None
    free_answers: bool = False
    reply_ends_limit: bool = False
    rate_hint: float = 5.0
    rate_most: float = 60.0
    window_hours: float | None = None
    unknown: Mapping[MessageClass, UnknownRule] = {}


def narrowed(capabilities: Capabilities, lacks: Collection[Lack]) -> Capabilities:
    """What is left for a customer whose app cannot show everything the platform can."""
    if not lacks:
        return capabilities
    if "inline" in lacks:
        capabilities = replace(capabilities, inline_row=0, inline_rows=0, inline_total=0)
    if "reply" in lacks:
        capabilities = replace(capabilities, reply_row=0, reply_rows=0, reply_total=0)
    return replace(capabilities, url_option=False) if "links" in lacks else capabilities


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message for one platform call. id: of the outbox row, the idempotency key.

    address: where the platform wants it. files: attachment id -> bytes on disk and cached id.
    kind: some platforms give a person's words more time than a program's.
    """

    id: int
    chat: str
    address: str
    content: Outgoing
    files: Mapping[str, "StoredFile"] = {}
    kind: MessageClass = "answer"


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ours on its way out. path: on this machine. platform_file: cached id or empty.

    kept_at: when the platform gave that id, aware UTC.
    """

    path: str
    name: str
    mime: str
    size: int
    platform_file: str = ""
    kept_at: datetime | None = None


#: Stands between the ids of messages that were sent as one.
ID_BORDER = ","


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The platform's id of what it took, and ids of files worth keeping for the next time.

    platform_id: several with ID_BORDER between them where an album is several messages."""

    platform_id: str
    platform_files: Mapping[str, str] = {}


class Tried(NamedTuple):
    """An attempt whose outcome nobody knows. since: it was not made before, aware UTC."""

    letter: Letter
    since: datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a health report. remedy: what a person can do about it."""

    level: Literal["OK", "WARN", "FAIL"]
    text: str
    remedy: str = ""


class Channel(Protocol):
    """One connected account of a platform. Every method makes at most one attempt and raises
    only core.errors.ChannelError; retries, order and pacing are the caller's."""

    name: str
    capabilities: Capabilities

    async def send(self, letter: Letter) -> Sent:
        """Sends one message. Called by delivery, one letter of a chat at a time."""

    async def find_sent(self, tried: Tried) -> Sent | None:
        """Whether the platform took a message after all, as far as it can be asked; None: no
        evidence. Called before a row of unknown delivery is sent again or given up, where its
        UnknownRule says `look`."""

    async def acknowledge(self, callback_id: str) -> None:
        """Tells the platform that a press arrived; may be repeated, failures do not matter."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Takes the buttons off an answered message; an improvement only, may fail."""

    async def typing(self, address: str) -> None:
        """Shows that an answer is being written; an improvement only, may fail."""

    async def download(self, media: Media) -> bytes:
        """The bytes of a customer's file, at most capabilities.download_bytes."""

    async def health(self) -> tuple[Finding, ...]:
        """What `otklik doctor` prints; changes nothing."""

    async def close(self) -> None:
        """Lets go of connections; called once, last."""


@runtime_checkable
class Rewriting(Protocol):
    """A channel whose messages can be changed after they were sent; as of Channel, every method
    makes one attempt and raises only core.errors.ChannelError."""

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        """Replaces the text of a message of ours; the same text again is no failure."""

    async def erase(self, address: str, platform_id: str) -> None:
        """Takes a message of ours away; one that is gone already is no failure."""


Answer = tuple[int, str, str]


class Malformed(NamedTuple):
    """A part of a request that the platform would not send. why: without words of the sender."""

    part: bytes
    why: str


class Reception(NamedTuple):
    """What one request of a platform told.

    received: updates to be filed, in order. unsupported: kinds of events in it that mean nothing
    to us, to be counted. answer: status, content type and body for this request alone; None: the
    ingress's usual one. malformed: what nobody can read beside what is received; the platform is
    asked to send the request once more, and on seeing the same part again it is set aside.
    """

    received: tuple[Received, ...] = ()
    unsupported: tuple[str, ...] = ()
    answer: Answer | None = None
    malformed: tuple[Malformed, ...] = ()


class Ingress(Protocol):
    """The way in of one connected account: pure but for the secrets it was made with."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """What a POSTed body tells, verified on its raw bytes; called once per request.

        Raises NotAuthentic, UnsupportedUpdate or MalformedUpdate."""

    def answer(self) -> Answer:
        """Status, content type and body of the answer once the updates are durable."""

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """The answer to a GET by which the platform proves the address; None: it has no such."""


@runtime_checkable
class KnownByHeaders(Protocol):
    """An Ingress whose platform proves by the headers alone who it is."""

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Whether it does, whatever the body: asked about one that is too large to be read."""
