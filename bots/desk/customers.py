"""The customer behind a dialog: card and past dialogs."""

import re
from collections.abc import Mapping
from typing import Any

from bots.desk import schemas_house
from bots.desk.dialog_shape import rating_shape
from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.problems import Problem
from bots.desk.rows import row_shape
from bots.desk.schemas import Row
from bots.desk.schemas_house import Card, CardField
from core.access import view
from core.desk_values import Card as StoredCard
from core.desk_values import Contact, Listed

_LEVELS = ("verified", "linked")
_SHOWN_DIGITS = 2
_DIGIT = re.compile(r"\d")
_MAIL = re.compile(r"(?<=\S)[^\s@](?=[^\s@]*@)")


@endpoint("GET", "/customers/{id}", roles=OPERATOR, reply=Card)
async def card(call: Call) -> Card:
    """A customer one has a dialog of; account numbers and addresses are masked."""
    await _dialogs(call)
    found = await call.context.store.card(call.part("id"), call.now)
    if found is None:
        raise Problem("not_found")
    return _card(found, _titles(call))


@endpoint("GET", "/customers/{id}/dialogs", roles=OPERATOR, reply=list[Row])
async def dialogs(call: Call) -> list[Row]:
    """The customer's dialogs over all channels, newest first."""
    around = await call.work.around()
    return [
        row_shape(row, call.person, around, call.now)
        for row in await _dialogs(call)
        if view(call.person, row.whose) != "none"
    ]


async def _dialogs(call: Call) -> list[Listed]:
    """Dialogs of the customer; who may read none of them may not know the customer."""
    ids = await call.context.store.dialogs_of(call.part("id"))
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
        fields=[_field(key, value, titles) for key, value in card.fields.items()],
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
        reachable=not contact.unreachable,
    )


def _field(key: str, value: Any, titles: Mapping[str, str]) -> CardField:
    text = "" if value is None else str(value)
    hidden = masked(text)
    return CardField(key=key, title=titles.get(key, key), value=hidden, masked=hidden != text)


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


ENDPOINTS = (card, dialogs)
