"""The customer behind a dialog: card and past dialogs, and what people write on the card."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from bots.desk import schemas_house
from bots.desk.dialog_shape import rating_shape
from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.problems import Problem, field_problem
from bots.desk.rows import row_shape
from bots.desk.schemas import Body, Row, Tag, Text
from bots.desk.schemas_house import Card, CardField, Revealed
from core.access import view
from core.desk_values import Card as StoredCard
from core.desk_values import Contact, Listed
from core.masking import mask

#: How often one person may ask for values in the clear, and how long the page shows them.
REVEALS, REVEAL_WINDOW = 30, timedelta(hours=1)
SHOWN = timedelta(seconds=60)
_FIELDS = 50
_LEVELS = ("verified", "linked")
_SHOWN_DIGITS = 2
_DIGIT = re.compile(r"\d")
_MAIL = re.compile(r"(?<=\S)[^\s@](?=[^\s@]*@)")


Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]


class CardChange(Body):
    """What is given is changed. fields: what people write on the card, null removes one."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    lang: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    note: Annotated[Text, Field(max_length=4_000)] | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None
    fields: (
        Annotated[dict[Key, Annotated[Text, Field(max_length=500)] | None], Field(max_length=50)]
        | None
    ) = None


class RevealBody(Body):
    """field: `contract` or the key of a field. reason: goes to the log."""

    field: Annotated[Text, Field(min_length=1, max_length=100)]
    reason: Annotated[Text, Field(min_length=3, max_length=500)]


@endpoint("GET", "/customers/{id}", roles=OPERATOR, reply=Card)
async def card(call: Call) -> Card:
    """A customer one has a dialog of; account numbers and addresses are masked."""
    return _card(await known_customer(call, call.part("id")), _titles(call))


@endpoint("PATCH", "/customers/{id}", roles=OPERATOR, body=CardChange, reply=Card)
async def change(call: Call, body: CardChange) -> Card:
    """Changes what people write on the card; 409 when somebody was faster."""
    rows = await _dialogs(call)
    known = await known_customer(call, call.part("id"))
    given = body.model_dump(exclude={"version"}, exclude_unset=True)
    changes = {name: _safe(value) for name, value in given.items() if value is not None}
    if not changes:
        raise field_problem("", "empty")
    if len(known.own | set(changes.get("fields", {}))) > _FIELDS:
        raise field_problem("/fields", "too_long")
    version = await call.context.store.change_card(known.id, body.version, changes, call.now)
    if version is None:
        raise Problem("stale")
    detail = {"changed": sorted({*changes, *changes.get("fields", {})} - {"fields"})}
    await _audited(call, "customer.change", rows, detail)
    return _card(await known_customer(call, call.part("id")), _titles(call))


@endpoint("POST", "/customers/{id}/reveal", roles=OPERATOR, body=RevealBody, reply=Revealed)
async def reveal(call: Call, body: RevealBody) -> Revealed:
    """A masked value in the clear, for a reason that is written down."""
    rows = await _dialogs(call)
    known = await known_customer(call, call.part("id"))
    value = known.contract if body.field == "contract" else known.fields.get(body.field)
    if value in ("", None):
        raise field_problem("/field", "unknown")
    tries = await call.context.store.try_login(f"reveal:{call.me.id}", call.now, REVEAL_WINDOW)
    if tries.count >= REVEALS:
        await call.context.store.forget_try(tries)
        wait = int(REVEAL_WINDOW.total_seconds())
        raise Problem("rate_limited", values={"seconds": wait}, retry_after=wait)
    await _audited(call, "customer.reveal", rows, {"field": body.field, "reason": body.reason})
    return Revealed(value=str(value), hide_at=call.now + SHOWN)


async def _audited(call: Call, action: str, rows: list[Listed], detail: Mapping[str, Any]) -> None:
    """In the log of the queue whose dialog shows the customer to this person."""
    queue = next((row.queue for row in rows if row.queue), "")
    await call.context.store.audit(
        call.me.id, action, call.part("id"), call.now, queue=queue, detail=detail
    )


def _safe(value: Any) -> Any:
    """Cards, passwords and passports are masked before anything is stored, here too."""
    if isinstance(value, str):
        return mask(value)[0]
    if isinstance(value, list):
        return [_safe(item) for item in value]
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    return value


@endpoint("GET", "/customers/{id}/dialogs", roles=OPERATOR, reply=list[Row])
async def dialogs(call: Call) -> list[Row]:
    """The customer's dialogs over all channels, newest first."""
    around = await call.work.around()
    return [
        row_shape(row, call.person, around, call.now)
        for row in await _dialogs(call)
        if view(call.person, row.whose) != "none"
    ]


async def known_customer(call: Call, customer: str) -> StoredCard:
    """The card of a customer one has a dialog of; any other does not exist."""
    await _dialogs(call, customer)
    found = await call.context.store.card(customer, call.now)
    if found is None:
        raise Problem("not_found")
    return found


async def _dialogs(call: Call, customer: str = "") -> list[Listed]:
    """Dialogs of the customer; who may read none of them may not know the customer."""
    ids = await call.context.store.dialogs_of(customer or call.part("id"))
    rows = await call.context.store.rows(ids, call.person)
    found = [rows[id_] for id_ in ids if id_ in rows]
    if not any(view(call.person, row.whose) == "full" for row in found):
        raise Problem("not_found")
    return found


def _titles(call: Call) -> Mapping[str, str]:
    """Slot -> its title in the scenarios."""
    scenarios = call.context.bundle().scenarios.values()
    return {name: slot.title for one in scenarios for name, slot in one.data.items() if slot.title}


def _card(card: StoredCard, titles: Mapping[str, str]) -> Card:
    levels = {contact.level for contact in card.contacts}
    return Card(
        id=card.id,
        version=card.version,
        name=card.name,
        level=next((level for level in _LEVELS if level in levels), "anonymous"),
        lang=card.lang,
        accounts=[_account(contact) for contact in card.contacts],
        contract=masked(card.contract),
        fields=[_field(key, value, titles, card.own) for key, value in card.fields.items()],
        tags=list(card.tags),
        note=card.note,
        dialogs_total=card.dialogs_total,
        ratings=[rating_shape(mark) for mark in card.marks],
    )


def _account(contact: Contact) -> schemas_house.Account:
    return schemas_house.Account(
        id=contact.id,
        channel=contact.channel,
        handle=contact.handle or contact.name,
        verified=contact.level == "verified",
        level=contact.level,
        reachable=not contact.unreachable,
        unreachable=contact.unreachable,
    )


def _field(key: str, value: Any, titles: Mapping[str, str], own: frozenset[str]) -> CardField:
    text = "" if value is None else str(value)
    hidden = masked(text)
    return CardField(
        key=key,
        title=titles.get(key, key),
        value=hidden,
        masked=hidden != text,
        own=key in own,
    )


def masked(text: str) -> str:
    """Numbers from five digits on keep their last two, mail addresses their first letter."""
    text = _MAIL.sub("•", text)
    digits = len(_DIGIT.findall(text))
    if digits < 5:
        return text
    seen = 0

    def hidden(found: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return found.group() if seen > digits - _SHOWN_DIGITS else "•"

    return _DIGIT.sub(hidden, text)


ENDPOINTS = (card, change, reveal, dialogs)
