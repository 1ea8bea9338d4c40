"""Frames of the live socket (subprotocol otklik.v1), both ways: the source of /api/events.json.

The hub writes its frames by hand, since it makes thousands; a test holds them against these."""

from typing import Annotated, Literal

from pydantic import Field

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

# -- from the server


class Welcome(Shape):
    """resumed false: take a fresh snapshot."""

    t: Literal["welcome"]
    seq: int
    resumed: bool
    server_at: Moment
    beat_s: float
    build: str


class DialogFrame(Shape):
    """A row as it is now. by: who did it, an operator's id or a reason."""

    t: Literal["dialog"]
    seq: int
    dialog: str
    version: int
    row: Row
    why: str
    by: str | None = None


class Gone(Shape):
    """The dialog left this person's view. by: the name of the operator who has it now."""

    t: Literal["gone"]
    seq: int
    dialog: str
    version: int
    why: str
    by: str | None = None


class MessageFrame(Shape):
    """A new line of a subscribed dialog."""

    t: Literal["message"]
    seq: int
    dialog: str
    version: int
    message: Message


class MessageState(Shape):
    """The delivery of a line moved. id: of the message."""

    t: Literal["message_state"]
    seq: int
    dialog: str
    version: int
    id: str
    delivery: Delivery


class MessageEdit(Shape):
    """The customer changed or deleted a line."""

    t: Literal["message_edit"]
    seq: int
    dialog: str
    version: int
    message: Message


class QueueCounters(Shape):
    """What goes on in a queue."""

    id: str
    waiting: int
    oldest_at: Moment | None
    in_hand: int
    online: int
    free: int


class QueueFrame(Shape):
    """Counters of a queue, at most one a second."""

    t: Literal["queue"]
    seq: int
    queue: QueueCounters


class OperatorFrame(Shape):
    """A colleague's status and load, at most one a second."""

    t: Literal["operator"]
    seq: int
    operator: Operator


class BoardFrame(Shape):
    """GET /board would tell something new; supervisors only."""

    t: Literal["board"]
    seq: int


class ReadFrame(Shape):
    """One's own read mark moved, here or elsewhere."""

    t: Literal["read"]
    seq: int
    dialog: str
    n: int


class DraftFrame(Shape):
    """One's own draft changed, here or elsewhere."""

    t: Literal["draft"]
    seq: int
    dialog: str
    mode: str
    rev: int


class CannedFrame(Shape):
    """A ready text changed."""

    t: Literal["canned"]
    seq: int
    id: str
    version: int


class CustomerFrame(Shape):
    """Somebody wrote on a customer's card."""

    t: Literal["customer"]
    seq: int
    id: str
    version: int


class SettingsFrame(Shape):
    """One's own settings changed, here or elsewhere: read the session."""

    t: Literal["settings"]
    seq: int


class ChannelFrame(Shape):
    """A channel's health changed."""

    t: Literal["channel"]
    seq: int
    id: str


class Notice(Shape):
    """Something to ring for. The same id again is the same notice."""

    t: Literal["notice"]
    seq: int
    id: str
    kind: Literal["queue", "message", "mention", "deadline_soon", "deadline_late", "handed_over"]
    dialog: str
    scope: Literal["mine", "queue"]


class NoticeStop(Shape):
    """Somebody took it: the sound of this notice stops everywhere."""

    t: Literal["notice_stop"]
    id: str


class Who(Shape):
    """Who writes: a customer has neither id nor name."""

    kind: Literal["customer", "operator"]
    id: str = ""
    name: str = ""


class TypingFrame(Shape):
    """Somebody writes in a subscribed dialog. draft: what, where that is switched on."""

    t: Literal["typing"]
    dialog: str
    who: Who
    draft: str | None = None


class ViewersFrame(Shape):
    """Who has a subscribed dialog on the screen."""

    t: Literal["viewers"]
    dialog: str
    operators: list[Named]


class Beat(Shape):
    """Alive."""

    t: Literal["beat"]
    at: Moment
    seq: int


class Check(Shape):
    """Counters at a position, to be compared two seconds after it was applied."""

    t: Literal["check"]
    seq: int
    counts: Counts


class Config(Shape):
    """The server runs another build than the page: offer a reload."""

    t: Literal["config"]
    build: str


class Resync(Shape):
    """Take a fresh snapshot; drafts and unsent messages stay."""

    t: Literal["resync"]
    why: Literal["too_old", "slow_client", "scope_changed", "failed"]


class Bye(Shape):
    """The server goes; come back within retry_ms, at a random moment of it."""

    t: Literal["bye"]
    retry_ms: int


ServerFrame = Annotated[
    Welcome
    | DialogFrame
    | Gone
    | MessageFrame
    | MessageState
    | MessageEdit
    | QueueFrame
    | OperatorFrame
    | BoardFrame
    | ReadFrame
    | DraftFrame
    | CannedFrame
    | CustomerFrame
    | SettingsFrame
    | ChannelFrame
    | Notice
    | NoticeStop
    | TypingFrame
    | ViewersFrame
    | Beat
    | Check
    | Config
    | Resync
    | Bye,
    Field(discriminator="t"),
]
