"""What came in, normalised: one class per kind of update, named in the past tense.

Updates are stored as JSON with their class name as tag and read back by `UPDATES`.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from core.content import Contact, Lack, Media, Outgoing


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What the classifier says of a text; computed before the turn, so that the turn stays pure.

    zone: `answer` start it, `suggest` ask which, `rephrase` not understood.
    ranked: (class, confidence 0..1), best first, without `oos`; a class is a scenario id,
    `operator` or `thanks`. best: the class on top, `oos` included. answer_from: the threshold of
    the encoder that answered, 0 when unknown.
    """

    zone: Literal["answer", "suggest", "rephrase"]
    best: str
    ranked: tuple[tuple[str, float], ...] = ()
    answer_from: float = 0.0


class Update(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Anything that came in."""


class CustomerUpdate(Update, frozen=True, kw_only=True):
    """Something the customer did: restarts the silence timer, marks the chat reachable.

    lacks: what the app they write from cannot show; None: the platform does not say.
    """

    lacks: tuple[Lack, ...] | None = None


class CustomerMessage(CustomerUpdate, frozen=True, kw_only=True):
    """A text, files or a shared phone. masked: secrets were cut out at intake.

    platform_id: the platform's id of this message. meaning: see Meaning, None when not needed.
    album: the same for all messages whose files the customer sent as one.
    """

    text: str = ""
    media: tuple[Media, ...] = ()
    contact: Contact | None = None
    platform_id: str = ""
    reply_to: str = ""
    masked: bool = False
    album: str = ""
    meaning: Meaning | None = None


class CustomerCommented(CustomerUpdate, frozen=True, kw_only=True):
    """Words under a post, which everybody can read. Such a chat is one author's comments there.

    platform_id: of the comment, by which it is answered.
    """

    text: str = ""
    media: tuple[Media, ...] = ()
    platform_id: str = ""
    masked: bool = False


class ButtonPressed(CustomerUpdate, frozen=True, kw_only=True):
    """A press of one of our options. callback_id: what the platform wants acknowledged."""

    token: str
    platform_id: str = ""
    callback_id: str = ""


class CustomerStarted(CustomerUpdate, frozen=True, kw_only=True):
    """The customer opened the chat, perhaps by a link. payload: of that link, may be empty."""

    payload: str = ""
    platform_id: str = ""


class CustomerAllowed(CustomerUpdate, frozen=True, kw_only=True):
    """We may write to the customer (again)."""


class CustomerGone(Update, frozen=True, kw_only=True):
    """The customer blocked us or left."""

    reason: str = "blocked"


class CustomerEdited(CustomerUpdate, frozen=True, kw_only=True):
    """An earlier message of the customer has a new text; it is shown, and starts nothing.

    order_key: of Received; an edit older than one that was shown changes nothing. 0: unknown."""

    platform_id: str
    text: str
    masked: bool = False
    order_key: int = 0


class CustomerDeleted(Update, frozen=True, kw_only=True):
    """The customer deleted a message."""

    platform_id: str


class CustomerTyping(Update, frozen=True, kw_only=True):
    """Never stored; goes straight to the desk."""

    draft: str = ""


class CustomerClosed(CustomerUpdate, frozen=True, kw_only=True):
    """The customer ended the dialog."""


class RatingGiven(CustomerUpdate, frozen=True, kw_only=True):
    """A rating from a channel with its own rating control.

    value: as given, on the scale of the ask. ask: id of the ask it answers.
    """

    value: int
    ask: str = ""
    comment: str = ""


class CallReturned(Update, frozen=True, kw_only=True):
    """A service answered. key: of the Call effect. result: plain JSON values."""

    key: str
    result: dict[str, Any] = msgspec.field(default_factory=dict)


class CallFailed(Update, frozen=True, kw_only=True):
    """A service refused, timed out or is unavailable. text: fit for the customer, may be empty."""

    key: str
    name: str
    text: str = ""


class TimerFired(Update, frozen=True, kw_only=True):
    """A timer row came due; ignored unless gen is the dialog's present one for that kind."""

    kind: str
    gen: int


class DeliveryReported(Update, frozen=True, kw_only=True):
    """A platform's word on one of our messages.

    platform_id: of the message reported on; with `up_to` every earlier one as well, and without
    a platform_id every one sent no later than `until` (None: all).
    outbox: our own row id where the platform echoes it, 0 otherwise.
    """

    state: Literal["sent", "delivered", "seen", "failed", "echo"]
    platform_id: str = ""
    up_to: bool = False
    until: datetime | None = None
    outbox: int = 0
    code: str = ""
    text: str = ""


class OperatorUpdate(Update, frozen=True, kw_only=True):
    """Something an operator did. operator: id; name: as shown to the customer.

    state_rev: the dialog's state_rev the operator saw; another one is refused as `stale`;
    None: not checked. supervisor: may act on dialogs of others.
    """

    operator: str
    name: str
    state_rev: int | None = None
    supervisor: bool = False


class OperatorTook(OperatorUpdate, frozen=True, kw_only=True):
    """Claims the dialog; exactly one of any number of takers wins."""

    how: Literal["taken", "auto", "forced"] = "taken"


class OperatorReplied(OperatorUpdate, frozen=True, kw_only=True):
    """A message to the customer. client_id: made by the desk, unique per dialog."""

    client_id: str
    content: Outgoing


class OperatorOpened(OperatorUpdate, frozen=True, kw_only=True):
    """Writes first: a new dialog, or one that waits for its rating. client_id: as of a reply."""

    client_id: str
    content: Outgoing


class OperatorRewrote(OperatorUpdate, frozen=True, kw_only=True):
    """Changed a message of line n at the platform already, or took it back (text None)."""

    n: int
    text: str | None


class OperatorNoted(OperatorUpdate, frozen=True, kw_only=True):
    """A text the customer never sees."""

    client_id: str
    text: str


class OperatorTransferred(OperatorUpdate, frozen=True, kw_only=True):
    """Hands the dialog to a queue or to a colleague; exactly one of the two is set.

    undo: under this id it may be taken back; empty: it may not."""

    to_queue: str = ""
    to_operator: str = ""
    to_name: str = ""
    comment: str = ""
    undo: str = ""


class OperatorSorted(OperatorUpdate, frozen=True, kw_only=True):
    """What the dialog is about, for lists and figures. None: as it is. priority: higher is served
    first."""

    topic: str | None = None
    tags_add: tuple[str, ...] = ()
    tags_remove: tuple[str, ...] = ()
    priority: int | None = None


class OperatorReturnedToBot(OperatorUpdate, frozen=True, kw_only=True):
    """Gives the dialog back to the bot, at a step marked as entry; without scenario: `more`."""

    scenario: str = ""
    step: str = ""
    slots: dict[str, Any] = msgspec.field(default_factory=dict)
    say: str = ""


class OperatorClosed(OperatorUpdate, frozen=True, kw_only=True):
    """Ends the dialog. seen_n: the last transcript number on the operator's screen.

    undo: as of OperatorTransferred."""

    result: str = "solved"
    seen_n: int | None = None
    ask_rating: bool = True
    skip_reason: str = ""
    say: str = ""
    undo: str = ""


class OperatorUndid(OperatorUpdate, frozen=True, kw_only=True):
    """Takes back a close or transfer of their own. before: as the move's KeepUndo kept it."""

    undo: str
    before: bytes


class OperatorGone(Update, frozen=True, kw_only=True):
    """The owner vanished or went offline: the dialog returns to its queue, its wait counts on."""

    operator: str
    why: str = "lost"


class MessageSettled(OperatorUpdate, frozen=True, kw_only=True):
    """The operator says what became of a message of unknown or failed delivery.

    n: transcript number. resend: send once more; otherwise it arrived.
    """

    n: int
    resend: bool


AnyUpdate = (
    CustomerMessage
    | CustomerCommented
    | ButtonPressed
    | CustomerStarted
    | CustomerAllowed
    | CustomerGone
    | CustomerEdited
    | CustomerDeleted
    | CustomerTyping
    | CustomerClosed
    | RatingGiven
    | CallReturned
    | CallFailed
    | TimerFired
    | DeliveryReported
    | OperatorTook
    | OperatorReplied
    | OperatorOpened
    | OperatorRewrote
    | OperatorNoted
    | OperatorTransferred
    | OperatorSorted
    | OperatorReturnedToBot
    | OperatorClosed
    | OperatorUndid
    | OperatorGone
    | MessageSettled
)

ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER: msgspec.json.Decoder[AnyUpdate] = msgspec.json.Decoder(AnyUpdate)


def encoded(update: Update) -> bytes:
    """The update as JSON, its class name in `type`."""
    return ENCODER.encode(update)


def decoded(raw: bytes | str) -> AnyUpdate:
    """The update that `encoded` wrote. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(raw)


class Sender(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote, as the platform says it; none of it is proof of anything.

    user: the platform's id of the person. lang: two-letter hint or empty. handle: @name or empty.
    """

    user: str
    name: str = ""
    handle: str = ""
    lang: str = ""


class Received(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One update of a customer with what is needed to file it.

    chat: the platform's id of the chat. dedup_key: equal for every repeat of this event, unique
    within the channel. order_key: grows with time in a chat, of edits among those of one message;
    an older edit that comes late changes nothing. 0: unknown, the order of arrival decides.
    sent_at: as the platform claims it, for information only. album: joins media messages that
    were sent as one. address: where to write to, for a platform that needs more than the chat's id;
    kept when the chat is first seen. welcome: the platform takes our first message only in the
    answer to this very request; until it is given, delivery leaves the chat alone for a while.
    """

    chat: str
    sender: Sender
    update: AnyUpdate
    dedup_key: str
    order_key: int = 0
    sent_at: datetime | None = None
    album: str = ""
    address: str = ""
    welcome: bool = False
