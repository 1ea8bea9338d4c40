"""The JSON shapes of the desk's API (replies); clients must ignore fields they do not know."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from core.masking import clean


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds: 2027-03-01T07:00:00.120Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json-unless-none"),
]
#: What people type: without characters that databases refuse.
Text = Annotated[str, AfterValidator(clean)]
#: A tag: one line, without the signs by which lists of tags are told apart in the database.
Tag = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f\"\\][^\x00-\x1f\x7f\"\\]{0,39}$")]
#: The id of a message: its number in the dialog.
MessageId = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
State = Literal["bot", "queued", "with_operator", "rating", "closed"]
Status = Literal["online", "break", "offline"]
Role = Literal["operator", "supervisor", "admin"]


class Shape(BaseModel):
    """A reply or a part of one."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """What a client sends: an unknown field is an error, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Revised(Body):
    """A command on a dialog as the client saw it."""

    state_rev: Annotated[int, Field(ge=0, le=2**31 - 1)]


class Named(Shape):
    """Somebody by id and name."""

    id: str
    name: str


# -- people


class Operator(Shape):
    """As colleagues see each other. status_by: the supervisor who set it, else empty."""

    id: str
    name: str
    status: Status
    status_since: Moment | None
    reason: str
    status_by: str
    in_hand: int
    limit: int
    queues: list[str]


class OperatorAccount(Operator):
    """As admins see an account."""

    login: str
    roles: list[str]
    archived: bool
    version: int


# -- dialogs


class ChannelName(Shape):
    """The channel of a dialog."""

    id: str
    kind: str
    name: str


class CustomerName(Shape):
    """The customer of a dialog."""

    id: str
    name: str
    level: Literal["anonymous", "linked", "verified"]


class Preview(Shape):
    """The last line that the customer sees."""

    author: str
    text: str
    files: int
    at: Moment | None


class Deadline(Shape):
    """The promised moment of an answer. `soon` from warn_at on, `late` after at: pages go on
    counting by themselves."""

    at: Moment
    warn_at: Moment
    state: Literal["ok", "soon", "late"]


class Row(Shape):
    """A dialog as lists show it. last_n: number of its last line, so that whoever follows the
    dialog knows whether a line is missing."""

    id: str
    version: int
    state_rev: int
    state: State
    turn: Literal["customer", "operator"] | None
    channel: ChannelName
    queue_id: str
    operator: Named | None
    customer: CustomerName
    topic: str
    tags: list[str]
    priority: int
    preview: Preview
    unread: int
    waiting_since: Moment | None
    deadline: Deadline | None
    opened_at: Moment
    updated_at: Moment
    reopened: bool
    facts: list[str]
    has_draft: bool
    last_n: int


class Attachment(Shape):
    """A file. Its content is behind GET /attachments/{id}/link."""

    id: str
    name: str
    mime: str
    size: int
    w: int | None = None
    h: int | None = None
    state: Literal["checking", "ready", "refused", "remote"]
    reason: str | None = None


class TextPart(Shape):
    """Text to be shown as text."""

    t: Literal["text"] = "text"
    v: str


class LinkPart(Shape):
    """A link; host is where it really leads, title what it was called."""

    t: Literal["link"] = "link"
    href: str
    host: str
    title: str | None = None


class ButtonPart(Shape):
    """An option under the message."""

    t: Literal["button"] = "button"
    key: str
    label: str


class FilePart(Shape):
    """A file."""

    t: Literal["file"] = "file"
    attachment: Attachment


class ImagePart(Shape):
    """A picture."""

    t: Literal["image"] = "image"
    attachment: Attachment
    w: int | None = None
    h: int | None = None


class PlacePart(Shape):
    """A place on the map."""

    t: Literal["place"] = "place"
    latitude: float
    longitude: float


Part = Annotated[
    TextPart | LinkPart | ButtonPart | FilePart | ImagePart | PlacePart, Field(discriminator="t")
]


class Author(Shape):
    """Who wrote."""

    kind: Literal["customer", "bot", "operator", "system"]
    id: str | None = None
    name: str


class Delivery(Shape):
    """What became of a message on its way out."""

    state: Literal["new", "sending", "sent", "delivered", "seen", "unknown", "failed", "cancelled"]
    at: Moment
    code: str | None = None
    retryable: bool | None = None


class Message(Shape):
    """A line of the transcript. id is its number `n` as text. code: of a service line. reply_to: id
    of the message it answers, where we have that."""

    id: str
    dialog: str
    n: int
    author: Author
    kind: Literal["text", "note", "service", "rating"]
    parts: list[Part]
    at: Moment
    client_id: str | None = None
    reply_to: str | None = None
    edited_at: Moment | None = None
    deleted_at: Moment | None = None
    masked: bool = False
    code: str | None = None
    delivery: Delivery | None = None


class SlotValue(Shape):
    """A value the bot collected."""

    title: str
    value: str


class Handoff(Shape):
    """What the bot knew when it asked for people. scenario_title, intent_title: as people call
    them, the id where nobody knows it any more."""

    kind: str
    scenario: str
    scenario_title: str
    step: str
    reason: str
    queue_id: str
    escalated_at: Moment
    slots: list[SlotValue]
    intent: str
    intent_title: str
    tries: int
    summary: str


class Caps(Shape):
    """Limits of the dialog's channel. quotes: a reply can show the message it answers.
    window_until: the platform lets us write until then."""

    max_text: int | None
    buttons: int
    files: bool
    edit: bool
    read_marks: bool
    quotes: bool
    window_until: Moment | None = None


class Draft(Shape):
    """Unsent text of the reader. missing: variables of ready texts in it that have no value yet.
    attachments: what is known of the files of attachment_ids. reply_to: as of a message."""

    mode: Literal["reply", "note"]
    text: str
    attachment_ids: list[str]
    attachments: list[Attachment]
    missing: list[str]
    reply_to: str | None
    rev: int


class Rating(Shape):
    """A rating that was asked for. operator_id: who had the dialog then."""

    dialog: str
    operator_id: str

    metric: str
    scale: tuple[int, int]
    value: int | None
    comment: str
    asked_at: Moment | None
    answered_at: Moment | None


class Dialog(Row):
    """A dialog with its last messages."""

    read_n: int
    messages: list[Message]
    has_before: bool
    handoff: Handoff | None
    caps: Caps
    viewers: list[Named]
    drafts: list[Draft]
    rating: Rating | None
    result: str
    gone: str
    allowed: list[str]


class Counts(Shape):
    """Numbers on the tabs."""

    queue: int
    mine: int
    all: int
    unread: int


class DialogList(Shape):
    """A page of a tab. seq: position of the feed at the first page."""

    seq: int
    counts: Counts
    rows: list[Row]
    next_cursor: str | None


class Messages(Shape):
    """A stretch of a transcript."""

    items: list[Message]
    has_before: bool
    has_after: bool


class UndoOffer(Shape):
    """POST /dialogs/{id}/undo takes it back until then."""

    id: str
    until: Moment


class DialogAnswer(Shape):
    """After a transfer or a close."""

    dialog: Dialog
    undo: UndoOffer | None


class TimelineEvent(Shape):
    """A stored moment or decision."""

    at: Moment
    kind: str
    facts: dict[str, Any]


class DraftRev(Shape):
    """The draft's new revision."""

    rev: int
