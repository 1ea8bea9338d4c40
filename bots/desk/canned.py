"""Ready texts: personal ones, those of a queue, those for all."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from bots.desk import schemas_house as shapes
from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.problems import Problem, field_problem
from bots.desk.refusals import readable_row
from bots.desk.schemas import Body, Text
from bots.desk.schemas_house import Rendered, Variable
from core.bus.topics import DESK
from core.desk_values import Canned, Listed

Name = Annotated[Text, Field(min_length=1, max_length=100)]
Words = Annotated[Text, Field(min_length=1, max_length=8_000)]
Tags = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=40)]],
    Field(max_length=20),
]
Lang = Annotated[str, Field(pattern=r"^([a-z]{2})?$")]
Scope = Literal["me", "queue", "all"]
QueueId = Annotated[Text, Field(max_length=100)]
_VARIABLE = re.compile(r"\{\s*([^{}\s](?:[^{}\n]*[^{}\s])?)\s*\}")
_OWN = ("customer", "operator", "queue")


class CannedBody(Body):
    """A new text; shared ones are made by supervisors."""

    name: Name
    body: Words
    lang: Lang = ""
    scope: Scope = "me"
    queue_id: QueueId | None = None
    tags: Annotated[Tags, Field(default_factory=list)]


class CannedChange(Body):
    """What is given is changed."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    name: Name | None = None
    body: Words | None = None
    lang: Lang | None = None
    scope: Scope | None = None
    queue_id: QueueId | None = None
    tags: Tags | None = None


class RenderBody(Body):
    """The dialog whose values fill the text."""

    dialog_id: Annotated[Text, Field(min_length=1, max_length=120)]


@endpoint("GET", "/canned", roles=OPERATOR, reply=list[shapes.Canned])
async def listing(call: Call) -> list[shapes.Canned]:
    """Texts the reader may use, by name."""
    return [_shape(one) for one in await call.context.store.canned(call.person)]


@endpoint("POST", "/canned", roles=OPERATOR, body=CannedBody, reply=shapes.Canned, status=201)
async def add(call: Call, body: CannedBody) -> shapes.Canned:
    """Makes a text; only supervisors share one."""
    queue = _checked_scope(call, body.scope, body.queue_id or "")
    canned = Canned(
        id=call.context.new_id(),
        name=body.name,
        body=body.body,
        lang=body.lang,
        scope=body.scope,
        operator=call.me.id,
        queue=queue,
        tags=tuple(body.tags),
    )
    await call.context.store.put_canned(canned, call.now)
    call.context.bus.wake(DESK)
    return _shape(canned)


@endpoint("PATCH", "/canned/{id}", roles=OPERATOR, body=CannedChange, reply=shapes.Canned)
async def change(call: Call, body: CannedChange) -> shapes.Canned:
    """Changes a text."""
    before = await _changeable(call)
    changes: dict[str, Any] = body.model_dump(
        exclude={"version", "queue_id", "scope"}, exclude_none=True
    )
    if body.scope is not None or body.queue_id is not None:
        scope = body.scope or before.scope
        given = before.queue if body.queue_id is None else body.queue_id
        changes |= {"scope": scope, "queue": _checked_scope(call, scope, given)}
    if not changes:
        raise field_problem("", "empty")
    return _shape(await _changed(call, before, body.version, changes))


@endpoint("DELETE", "/canned/{id}", roles=OPERATOR)
async def remove(call: Call) -> None:
    """Takes a text away; messages written with it stay."""
    before = await _changeable(call)
    await _changed(call, before, before.version, {"archived": True}, is_gone=True)


@endpoint("POST", "/canned/{id}/render", roles=OPERATOR, body=RenderBody, reply=Rendered)
async def render(call: Call, body: RenderBody) -> Rendered:
    """The text with the dialog's values; what has none is listed and blocks sending."""
    canned = await _usable(call)
    row = await readable_row(call, body.dialog_id)
    values = await _values(call, row)
    named = _VARIABLE.findall(canned.body)
    missing = list(dict.fromkeys(name for name in named if not values.get(name.casefold())))
    text = _VARIABLE.sub(
        lambda found: values.get(found[1].casefold()) or f"{{{found[1]}}}", canned.body
    )
    if not missing:
        await call.context.store.used_canned(canned.id)
    return Rendered(text=text, missing=missing)


@endpoint("GET", "/canned/variables", roles=OPERATOR, reply=list[Variable])
async def variables(call: Call) -> list[Variable]:
    """Names a text may have in braces: the house's own, and what the bot collects."""
    slots = sorted(dict(_slots(call)).items(), key=lambda slot: (slot[1], slot[0]))
    named = [*((name, "") for name in _OWN), *slots]
    return [Variable(name=name, title=title) for name, title in named]


async def _values(call: Call, row: Listed) -> dict[str, str]:
    """What texts may name, in small letters: customer, operator, queue; what is on the card; what
    the bot collected, by the name in scenarios and by the title that people read."""
    store = call.context.store
    card = await store.card(row.customer, call.now)
    known = {key: str(value) for key, value in card.fields.items()} if card else {}
    handoff = await store.handoff(row.id)
    slots = {title.casefold(): str(value) for title, value in handoff.slots} if handoff else {}
    named = {name: slots.get(title.casefold(), "") for name, title in _slots(call)}
    around = await call.work.around()
    queue = around.queues.get(row.queue)
    return {
        **known,
        **named,
        **slots,
        "customer": row.customer_name,
        "operator": call.me.name,
        "queue": queue.title if queue else "",
    }


def _slots(call: Call) -> list[tuple[str, str]]:
    """(name, title) of what scenarios collect and people are told of."""
    return [
        (name, slot.title)
        for scenario in call.context.bundle().scenarios.values()
        for name, slot in scenario.data.items()
        if not slot.secret
    ]


def _checked_scope(call: Call, scope: str, queue: str) -> str:
    """The queue to store; refuses what the person may not share."""
    if scope != "me" and not call.person.is_supervisor:
        raise Problem("forbidden")
    if scope != "queue":
        return ""
    if not queue:
        raise field_problem("/queue_id", "empty")
    if not call.person.serves(queue):
        raise field_problem("/queue_id", "unknown")
    return queue


async def _usable(call: Call) -> Canned:
    found = await call.context.store.canned_one(call.part("id"))
    if found is None:
        raise Problem("not_found")
    mine = found.scope == "all" or (found.scope == "me" and found.operator == call.me.id)
    if not mine and not (found.scope == "queue" and call.person.serves(found.queue)):
        raise Problem("not_found")
    return found


async def _changeable(call: Call) -> Canned:
    found = await _usable(call)
    if found.scope != "me" and not call.person.is_supervisor:
        raise Problem("forbidden")
    return found


async def _changed(
    call: Call, before: Canned, version: int, changes: dict[str, Any], *, is_gone: bool = False
) -> Canned:
    found = await call.context.store.change_canned(before.id, version, changes, call.now)
    call.context.bus.wake(DESK)
    if found is not None:
        return found
    if is_gone:
        return before
    raise Problem("stale")


def _shape(canned: Canned) -> shapes.Canned:
    return shapes.Canned(
        id=canned.id,
        name=canned.name,
        body=canned.body,
        lang=canned.lang,
        scope=canned.scope,
        queue_id=canned.queue or None,
        tags=list(canned.tags),
        used=canned.used,
        version=canned.version,
    )


ENDPOINTS = (listing, variables, add, change, remove, render)
