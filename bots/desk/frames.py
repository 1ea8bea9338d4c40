"""Frames of the live socket (subprotocol otklik.v1), both ways."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from bots.desk.schemas import (
    Body,
    Counts,
    Delivery,
    Message,
    Moment,
    Named,
    Operator,
    Row,
    Shape,
    Text,
)

Id = Annotated[str, Field(min_length=1, max_length=120)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Seq = Annotated[int, Field(ge=0, le=2**53)]

# -- from the client


class OpenDialog(Body):
    """A dialog on the client's screen, as it knows it."""

    dialog: Id
    version: Version


class Hello(Body):
    """First frame, within five seconds. since: the last seq applied, null without a snapshot."""

    t: Literal["hello"]
    since: Seq | None = None
    build: Annotated[str, Field(max_length=100)] = ""
    open: Annotated[list[OpenDialog], Field(max_length=200, default_factory=list)]


class Sub(Body):
    """Full messages of this dialog, please."""

    t: Literal["sub"]
    dialog: Id
    version: Version = 0


class Unsub(Body):
    """No more messages of this dialog."""

    t: Literal["unsub"]
    dialog: Id


class Typing(Body):
    """The operator writes in a subscribed dialog; at most once a second counts."""

    t: Literal["typing"]
    dialog: Id


class Viewing(Body):
    """The dialog on the screen, null for none."""

    t: Literal["viewing"]
    dialog: Id | None = None


ClientFrame = Annotated[Hello | Sub | Unsub | Typing | Viewing, Field(discriminator="t")]
CLIENT: TypeAdapter[Hello | Sub | Unsub | Typing | Viewing] = TypeAdapter(ClientFrame)

# -- from the server


class Welcome(Shape):
    """resumed false: take a fresh snapshot."""

    t: Literal["welcome"] = "welcome"
    seq: int
    resumed: bool
    server_at: Moment
    beat_s: float
    build: str


class DialogFrame(Shape):
    """A row as it is now. by: who did it, an operator's id or a reason."""

    t: Literal["dialog"] = "dialog"
    seq: int
    dialog: str
    version: int
    row: Row
    why: str
    by: str | None = None


class Gone(Shape):
    """The dialog left this person's view."""

    t: Literal["gone"] = "gone"
    seq: int
    dialog: str
    version: int
    why: str


class MessageFrame(Shape):
    """A new line of a subscribed dialog."""

    t: Literal["message"] = "message"
    seq: int
    dialog: str
    version: int
    message: Message


class MessageState(Shape):
    """The delivery of a line moved. id: of the message."""

    t: Literal["message_state"] = "message_state"
    seq: int
    dialog: str
    version: int
    id: str
    delivery: Delivery


class MessageEdit(Shape):
    """The customer changed or deleted a line."""

    t: Literal["message_edit"] = "message_edit"
    seq: int
    dialog: str
    version: int
    message: Message


class QueueFrame(Shape):
    """Counters of a queue."""

    t: Literal["queue"] = "queue"
    id: str
    waiting: int
    oldest_at: Moment | None
    in_hand: int
    online: int
    free: int


class OperatorFrame(Shape):
    """A colleague's status and load."""

    t: Literal["operator"] = "operator"
    operator: Operator


class ReadFrame(Shape):
    """One's own read mark moved, here or elsewhere."""

    t: Literal["read"] = "read"
    seq: int
    dialog: str
    n: int


class DraftFrame(Shape):
    """One's own draft changed, here or elsewhere."""

    t: Literal["draft"] = "draft"
    seq: int
    dialog: str
    mode: str
    rev: int


class CannedFrame(Shape):
    """A ready text changed."""

    t: Literal["canned"] = "canned"
    id: str
    version: int


class Notice(Shape):
    """Somebody mentioned this person in a note."""

    t: Literal["notice"] = "notice"
    seq: int
    id: str
    kind: Literal["mention"]
    dialog: str
    scope: Literal["mine"] = "mine"


class TypingFrame(Shape):
    """Somebody writes. who: an operator's name, or `customer`."""

    t: Literal["typing"] = "typing"
    dialog: str
    who: str
    draft: Text | None = None


class Viewers(Shape):
    """Who has a subscribed dialog on the screen."""

    t: Literal["viewers"] = "viewers"
    dialog: str
    operators: list[Named]


class Beat(Shape):
    """Alive."""

    t: Literal["beat"] = "beat"
    at: Moment
    seq: int


class Check(Shape):
    """Counters at a position, to be compared two seconds after it was applied."""

    t: Literal["check"] = "check"
    seq: int
    counts: Counts


class Resync(Shape):
    """Take a fresh snapshot; drafts and unsent messages stay."""

    t: Literal["resync"] = "resync"
    why: Literal["too_old", "slow_client", "scope_changed"]


class Bye(Shape):
    """The server goes; come back within retry_ms, at a random moment of it."""

    t: Literal["bye"] = "bye"
    retry_ms: int


ServerFrame = (
    Welcome
    | DialogFrame
    | Gone
    | MessageFrame
    | MessageState
    | MessageEdit
    | QueueFrame
    | OperatorFrame
    | ReadFrame
    | DraftFrame
    | CannedFrame
    | Notice
    | TypingFrame
    | Viewers
    | Beat
    | Check
    | Resync
    | Bye
)
