"""A turn in the making: the one mutable thing of the engine, alive for one `advance`.

It keeps the rules that every turn shares: transcript numbers without gaps, outbox parts that fit
the channel, timer generations, records with their moments, tokens that follow from the update.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import count
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from core.channel import MessageClass, narrowed
from core.content import Lack, Media, Option, Outgoing, utf16_len
from core.effects import (
    AnyEffect,
    Call,
    CancelTimer,
    Grant,
    Label,
    Note,
    NotifyDesk,
    Remember,
    Send,
    StartTimer,
    Write,
)
from core.fitting import fitted
from core.policy import Policy
from core.records import Author, Message, Record
from core.scenario.model import Bundle, Level
from core.scenario.place import Shown
from core.state import Dialog, Facts, Refusal, Turn, Undoable

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Every byte -> the sign of its lower five bits.
_SIGNS = (_CROCKFORD * 8).encode()
_PRIORITY: Mapping[MessageClass, int] = {"answer": 0, "secret": 0, "operator": 1, "notice": 2}
BOT = Author(kind="bot")
SYSTEM = Author(kind="system")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An option before it has a token. kind: what a press of it means (core.scenario.place)."""

    key: str
    label: str
    url: str = ""
    kind: Any = "button"


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What a message put before the customer: its options, and whether they are a numbered list."""

    shown: tuple[Shown, ...] = ()
    numbered: bool = False


class Spoke(NamedTuple):
    """A message said and not yet written; `content` first, so that the rest compares at once.

    pieces: the content as it fits the channel, empty while nobody has asked."""

    content: Outgoing
    pieces: tuple[Outgoing, ...]
    kind: MessageClass
    author: Author
    client_id: str
    line: Literal["text", "rating"]


def tokens(dialog: str, seq: int) -> Iterator[str]:
    """Opaque button tokens of a turn, without end: `o` and 10 Crockford base32 characters, the
    same for a replay."""
    for page in count():  # of six tokens: no digest of it has more than 64 bytes
        digest = blake2b(f"{dialog}:{seq}:{page}".encode(), digest_size=60).digest()
        signs = digest.translate(_SIGNS).decode()
        for at in range(0, len(signs), 10):
            yield f"o{signs[at : at + 10]}"


class TurnDraft:
    """Collects what one update causes. `dialog` is replaced, never changed in place.

    last_n: transcript number of the last line. What nearly every turn changes (that number, the
    generations of timers, the moments of the bot) is kept beside `dialog` until `settle`.
    """

    why = ""
    by = ""
    refusal: Refusal | None = None
    undo: Undoable | None = None
    _held_until: datetime | None = None
    _bot_spoke = False
    _calls = 0

    def __init__(
        self, dialog: Dialog, bundle: Bundle, policy: Policy, facts: Facts, now: datetime
    ) -> None:
        self.before = dialog
        self.dialog = dialog
        self.last_n = dialog.last_n
        self.bundle = bundle
        self.policy = policy
        self.facts = facts
        self.now = now
        self.capabilities = facts.capabilities
        if dialog.lacks:
            self.capabilities = narrowed(facts.capabilities, dialog.lacks)
        self.effects: list[AnyEffect] = []
        self._spoken: list[Spoke] = []
        self._tokens = tokens(dialog.id, facts.seq)
        self._gens = dialog.gens

    # -- the dialog

    def change(self, **fields: Any) -> None:
        """Replaces fields of the dialog."""
        self.dialog = replace(self.dialog, **fields)

    def settle(self, **fields: Any) -> None:
        """Replaces fields, and puts into the dialog what was kept beside it."""
        if self._bot_spoke:
            fields["first_bot_at"] = self.dialog.first_bot_at or self.now
            fields["last_bot_at"] = self.now
        self.dialog = replace(self.dialog, last_n=self.last_n, gens=self._gens, **fields)

    def narrow(self, lacks: tuple[Lack, ...]) -> None:
        """From now on this customer is shown only what their app can show."""
        if lacks != self.dialog.lacks:
            self.change(lacks=lacks)
            self.capabilities = narrowed(self.facts.capabilities, lacks)

    def text(self, key: str, **values: object) -> str:
        """The engine's sentence `key` in the dialog's language, else in the first language.

        A name in braces that is none of `values` stays as it is: a translation may have one."""
        texts = self.bundle.texts
        own = texts.get(self.dialog.lang, {}).get(key)
        source = own if own is not None else texts[self.bundle.bot.languages[0]][key]
        for name, value in values.items():
            source = source.replace(f"{{{name}}}", str(value))
        return source

    # -- the transcript and the outbox

    def write(self, message: Message) -> None:
        """Appends a line to the transcript; `message.n` is set here."""
        self.flush()
        self.last_n += 1
        self.effects.append(Write(message=replace(message, n=self.last_n)))

    def service(self, code: str, text: str) -> None:
        """A line about the dialog that only operators see."""
        self.write(Message(n=0, at=self.now, author=SYSTEM, kind="service", code=code, text=text))

    def say(
        self,
        text: str,
        *,
        offers: Sequence[Offer] = (),
        media: Sequence[Media] = (),
        preview: bool = True,
        request_phone: str = "",
        kind: MessageClass = "answer",
    ) -> Spoken:
        """The bot says something: a transcript line and its outbox rows.

        Plain texts said one after another become one message (see `flush`)."""
        shown, options = self._with_tokens(offers) if offers else ((), ())
        content = Outgoing(
            text=text,
            options=options,
            media=tuple(media),
            preview=preview,
            request_phone=request_phone,
        )
        return self._say(content, shown, kind, BOT)

    def tell(
        self, text: str, *, offers: Sequence[Offer] = (), kind: MessageClass = "answer"
    ) -> Spoken:
        """The desk tells something by itself (place in the queue, who joined): no bot speaks."""
        shown, options = self._with_tokens(offers)
        return self._say(Outgoing(text=text, options=options), shown, kind, SYSTEM)

    def ask(self, text: str, offers: Sequence[Offer]) -> Spoken:
        """A rating question: as `say`, but a line of its own kind that is never merged."""
        shown, options = self._with_tokens(offers)
        content = Outgoing(text=text, options=options)
        return self._say(content, shown, "answer", SYSTEM, "rating")

    def _say(
        self,
        content: Outgoing,
        shown: tuple[Shown, ...],
        kind: MessageClass,
        author: Author,
        line: Literal["text", "rating"] = "text",
    ) -> Spoken:
        pieces = fitted(content, self.capabilities) if content.options else ()
        if not self.dialog.public:
            self._spoken.append(Spoke(content, pieces, kind, author, "", line))
        return Spoken(shown=shown, numbered=bool(pieces) and pieces[-1].numbered)

    def deliver(
        self,
        content: Outgoing,
        *,
        kind: MessageClass,
        author: Author,
        client_id: str = "",
    ) -> None:
        """Sends a ready message to the customer under `author`'s name.

        Under a post everybody reads along: what programs say by themselves is left unsaid there."""
        if self.dialog.public and author.kind != "operator":
            return
        self._spoken.append(Spoke(content, (), kind, author, client_id, "text"))

    def invite(self, content: Outgoing) -> None:
        """The one sentence that a program says under a post."""
        self._spoken.append(Spoke(content, (), "answer", SYSTEM, "", "text"))

    def _with_tokens(self, offers: Sequence[Offer]) -> tuple[tuple[Shown, ...], tuple[Option, ...]]:
        shown = []
        options = []
        for offer in offers:
            if offer.url:
                options.append(Option(key=offer.key, label=offer.label, url=offer.url))
                continue
            mark = next(self._tokens)
            shown.append(Shown(token=mark, key=offer.key, label=offer.label, kind=offer.kind))
            options.append(Option(key=offer.key, label=offer.label, token=mark))
        return tuple(shown), tuple(options)

    def flush(self) -> None:
        """Writes what was said so far, neighbours merged where one message can hold both."""
        spoken = self._spoken
        if not spoken:
            return
        self._spoken = []
        merged = spoken[:1]
        for item in spoken[1:]:
            joined = self._joined(merged[-1], item)
            if joined is None:
                merged.append(item)
            else:
                merged[-1] = joined
        for item in merged:
            self._send(item)

    def _joined(self, first: Spoke, second: Spoke) -> Spoke | None:
        one, two = first.content, second.content
        plain = one.text and two.text and not (one.options or one.media or two.media)
        if not plain or first[4:] != second[4:] or first.kind != second.kind:
            return None
        if "operator" in (first.author.kind, second.author.kind) or first.line == "rating":
            return None
        if one.preview != two.preview or one.request_phone or one.spans or two.spans:
            return None
        text = f"{one.text}\n\n{two.text}"
        limit = self.capabilities.text
        if limit is not None and utf16_len(text) > limit:
            return None
        return first._replace(content=replace(two, text=text), pieces=())

    def _send(self, spoke: Spoke) -> None:
        content, author = spoke.content, spoke.author
        n = self.last_n = self.last_n + 1
        message = Message(
            n=n,
            at=self.now,
            author=author,
            kind=spoke.line,
            text=content.text,
            spans=content.spans,
            options=content.options,
            media=content.media,
            delivery="new",
            client_id=spoke.client_id,
            reply_to=content.reply_to,
        )
        self.effects.append(Write(message=message))
        priority = _PRIORITY[spoke.kind]
        lacks = self.dialog.lacks
        for part, piece in enumerate(spoke.pieces or fitted(content, self.capabilities)):
            if lacks:
                piece = replace(piece, lacks=lacks)
            self.effects.append(
                Send(
                    n=n,
                    part=part,
                    content=piece,
                    kind=spoke.kind,
                    priority=priority,
                    not_before=self._held_until,
                )
            )
        self._bot_spoke = self._bot_spoke or author.kind == "bot"

    # -- timers, calls, records

    def start_timer(self, kind: str, due_at: datetime) -> None:
        """Starts or restarts the dialog's timer of this kind."""
        gen = abs(self._gens.get(kind, 0)) + 1
        self._gens = {**self._gens, kind: gen}
        self.effects.append(StartTimer(timer=kind, gen=gen, due_at=due_at))

    def cancel_timer(self, kind: str) -> None:
        """Stops a timer; one that never ran is no news. Its late firing will be stale."""
        gen = self._gens.get(kind, 0)
        if gen > 0:
            self._gens = {**self._gens, kind: -gen}
            self.effects.append(CancelTimer(timer=kind))

    def call(
        self,
        service: str,
        arguments: Mapping[str, Any],
        *,
        sealed: Sequence[str] = (),
        timeout: float,
    ) -> str:
        """Asks a service; the key under which the answer will come back."""
        self._calls += 1
        key = f"{self.dialog.id}:{self.facts.seq}:{self._calls}"
        self.effects.append(
            Call(
                key=key,
                service=service,
                arguments=dict(arguments),
                sealed=tuple(sealed),
                timeout=timeout,
            )
        )
        return key

    def note(self, record: Record) -> None:
        """Writes a record as it is now."""
        self.effects.append(Note(record=record))

    def grant(self, account: str, level: Level) -> None:
        """Raises the customer's level for an account."""
        if level != "anonymous":
            until = self.now + self.bundle.bot.access_keep
            self.effects.append(Grant(account=account, level=level, until=until))

    def remember(self, slot: str, value: Any, until: datetime) -> None:
        """Keeps a slot's value for this identity."""
        self.effects.append(Remember(slot=slot, value=value, until=until))

    def label(self, text: str, scenario: str) -> None:
        """Stores a phrase whose meaning the customer confirmed."""
        self.effects.append(Label(text=text, scenario=scenario))

    def next_number(self, record: str) -> int:
        """The next number of a record kind within the dialog."""
        number = self.dialog.counts.get(record, 0) + 1
        self.change(counts={**self.dialog.counts, record: number})
        return number

    # -- the end

    def hold(self, until: datetime) -> None:
        """What is said from here on waits in the outbox, and what comes behind it too."""
        self.flush()
        self._held_until = until

    def refuse(self, refusal: Refusal) -> None:
        """The update changes nothing."""
        self.refusal = refusal

    def finish(self) -> Turn:
        """The turn: one more version and a desk event if anything changed."""
        if self.refusal is not None:
            return Turn(dialog=self.before, refusal=self.refusal)
        if self._spoken:
            self.flush()
        dialog, before = self.dialog, self.before
        if dialog is before and not self.effects:
            return Turn(dialog=before)
        moved = (
            dialog.state != before.state
            or dialog.queue != before.queue
            or dialog.operator != before.operator
        )
        self.settle(version=before.version + 1, state_rev=before.state_rev + moved)
        first_n = before.last_n + 1 if self.last_n > before.last_n else 0
        self.effects.append(NotifyDesk(why=self.why or "changed", by=self.by, first_n=first_n))
        return Turn(dialog=self.dialog, effects=tuple(self.effects))
