"""Queues and working hours, and what a close asks."""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import convert, to_builtins
from msgspec.structs import replace
from pydantic import Field

from bots.desk.endpoint import ADMIN, ANY, Call, endpoint
from bots.desk.problems import FieldError, Problem, field_problem
from bots.desk.schemas import Body, Text
from bots.desk.schemas_house import Calendar, HouseSettings, NpsScale, Queue
from core import calendar
from core.bus.topics import DESK
from core.desk_values import DeskCalendar, DeskQueue
from core.policy import Question, RatingChoice

Seconds = Annotated[int, Field(ge=0, le=30 * 24 * 3600)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Lang = Annotated[str, Field(pattern=r"^([a-z]{2})?$")]
CalendarId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Shift = tuple[str, str]
_RATING = "rating"


class QueueBody(Body):
    """A new queue. id: its name in scenarios. Durations in seconds, 0 for none."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
    name: Name
    lang: Lang = ""
    calendar_id: CalendarId = ""
    answer_within_s: Seconds = 0
    warn_before_s: Seconds = 0
    pick_within_s: Seconds = 0
    assign: Literal["manual", "auto"] = "manual"


class QueueChange(Body):
    """What is given is changed."""

    version: Version
    name: Name | None = None
    lang: Lang | None = None
    calendar_id: CalendarId | None = None
    answer_within_s: Seconds | None = None
    warn_before_s: Seconds | None = None
    pick_within_s: Seconds | None = None
    assign: Literal["manual", "auto"] | None = None
    archived: bool | None = None


class CalendarBody(Body):
    """Hours from a local date on. version: the last one known, 0 for the first.

    weekly: ISO day "1".."7" to shifts. exceptions: local date to shifts, replacing that day.
    """

    zone: Annotated[str, Field(max_length=64)]
    weekly: Annotated[dict[str, list[Shift]], Field(max_length=7, default_factory=dict)]
    exceptions: Annotated[dict[str, list[Shift]], Field(max_length=1000, default_factory=dict)]
    always: bool = False
    effective_from: date
    version: Version


#: Names of the API and of the store, where they differ.
_COLUMNS = {"name": "title", "calendar_id": "calendar"}


@endpoint("GET", "/queues", roles=ANY, reply=list[Queue])
async def queues(call: Call) -> list[Queue]:
    """Every queue by name, archived ones too, with whether it is open now."""
    around = await call.work.around()
    return [await _queue(call, one) for one in around.queues.values()]


@endpoint("POST", "/queues", roles=ADMIN, body=QueueBody, reply=Queue, status=201)
async def add_queue(call: Call, body: QueueBody) -> Queue:
    """Makes a queue."""
    await _check_calendar(call, body.calendar_id)
    queue = DeskQueue(**_columns(body.model_dump()))
    if not await call.context.store.put_queue(queue, call.now):
        raise field_problem("/id", "taken")
    await _changed(call, "queue.add", queue.id, body.model_dump())
    return await _queue(call, queue)


@endpoint("PATCH", "/queues/{id}", roles=ADMIN, body=QueueChange, reply=Queue)
async def change_queue(call: Call, body: QueueChange) -> Queue:
    """Changes a queue, or archives it."""
    id_, changes = call.part("id"), body.model_dump(exclude={"version"}, exclude_none=True)
    if not changes:
        raise field_problem("", "empty")
    store = call.context.store
    if id_ not in {queue.id for queue in await store.desk_queues(archived=True)}:
        raise Problem("not_found")
    await _check_calendar(call, body.calendar_id or "")
    found = await store.change_queue(id_, body.version, _columns(changes), call.now)
    if found is None:
        raise Problem("stale")
    await _changed(call, "queue.change", id_, changes)
    return await _queue(call, found)


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in fields.items()}


async def _check_calendar(call: Call, id_: str) -> None:
    if id_ and id_ not in {one.id for one in await call.context.store.calendars()}:
        raise field_problem("/calendar_id", "unknown")


async def _changed(call: Call, action: str, object_: str, detail: dict[str, Any]) -> None:
    await call.context.store.audit(call.me.id, action, object_, call.now, detail=detail)
    call.work.around.forget()
    call.context.bus.wake(DESK)


async def _queue(call: Call, queue: DeskQueue) -> Queue:
    hours = (await call.work.around()).hours.get(queue.calendar, ()) if queue.calendar else ()
    open_now = calendar.is_open(hours, call.now)
    return Queue(
        id=queue.id,
        name=queue.title,
        lang=queue.lang,
        calendar_id=queue.calendar,
        answer_within_s=queue.answer_within_s,
        warn_before_s=queue.warn_before_s,
        pick_within_s=queue.pick_within_s,
        assign=queue.assign,
        open_now=open_now,
        opens_at=None if open_now else calendar.opens_at(hours, call.now),
        archived=queue.archived,
        version=queue.version,
    )


# -- hours


@endpoint("GET", "/calendars", roles=ANY, reply=list[Calendar])
async def calendars(call: Call) -> list[Calendar]:
    """Every version of all working hours, oldest first."""
    return [_calendar(one) for one in await call.context.store.calendars()]


@endpoint("PUT", "/calendars/{id}", roles=ADMIN, body=CalendarBody, reply=Calendar)
async def put_calendar(call: Call, body: CalendarBody) -> Calendar:
    """Adds a version of working hours; earlier ones stay for what they were in force for."""
    wrong = calendar.problems(body.zone, body.weekly, body.exceptions)
    if wrong:
        fields = [text.partition(":")[0] for text in wrong]
        raise Problem("validation", errors=[FieldError(f"/{one}", "hours") for one in fields])
    wanted = DeskCalendar(
        id=call.part("id"),
        version=body.version + 1,
        zone=body.zone,
        weekly={day: [list(shift) for shift in shifts] for day, shifts in body.weekly.items()},
        exceptions={day: [list(one) for one in own] for day, own in body.exceptions.items()},
        always=body.always,
        effective_from=body.effective_from,
    )
    made = await call.context.store.put_calendar(wanted, body.version, call.me.id, call.now)
    if made is None:
        raise Problem("stale")
    await _changed(call, "calendar.put", made.id, {"version": made.version})
    return _calendar(made)


def _calendar(one: DeskCalendar) -> Calendar:
    return Calendar(
        id=one.id,
        zone=one.zone,
        weekly=dict(one.weekly),
        exceptions=dict(one.exceptions),
        always=one.always,
        effective_from=one.effective_from.isoformat(),
        version=one.version,
    )


# -- ratings


class SettingsChange(Body):
    """What is given is changed. csi_scale: highest mark. nps_scale: lowest and highest."""

    version: Version
    rating_question: Question | None = None
    csi_scale: Literal[5, 10] | None = None
    nps_scale: NpsScale | None = None


@endpoint("GET", "/settings", roles=ADMIN, reply=HouseSettings)
async def settings(call: Call) -> HouseSettings:
    """What a close asks now."""
    choice, version = await _chosen(call)
    return _settings(choice, version)


@endpoint("PATCH", "/settings", roles=ADMIN, body=SettingsChange, reply=HouseSettings)
async def change_settings(call: Call, body: SettingsChange) -> HouseSettings:
    """Changes what closes ask from now on, within seconds in every process. Answers under way
    keep the scale they were asked on."""
    choice, _ = await _chosen(call)
    if body.rating_question is not None:
        choice = replace(choice, question=body.rating_question)
    if body.csi_scale is not None:
        choice = replace(choice, csi_scale=(1, body.csi_scale))
    if body.nps_scale is not None:
        low, _, high = body.nps_scale.partition("-")
        choice = replace(choice, nps_scale=(int(low), int(high)))
    stored, store = to_builtins(choice), call.context.store
    version = await store.change_setting(_RATING, stored, body.version, call.me.id, call.now)
    if version is None:
        raise Problem("stale")
    await store.audit(call.me.id, "settings.change", _RATING, call.now, detail=stored)
    return _settings(choice, version)


async def _chosen(call: Call) -> tuple[RatingChoice, int]:
    stored, version = await call.context.store.versioned_setting(_RATING)
    if stored is not None:
        return convert(stored, RatingChoice), version
    usual = call.context.rating
    return RatingChoice(
        question=usual.question, csi_scale=usual.csi_scale, nps_scale=usual.nps_scale
    ), version


def _settings(choice: RatingChoice, version: int) -> HouseSettings:
    return HouseSettings(
        rating_question=choice.question,
        csi_scale=choice.csi_scale[1],
        nps_scale="-".join(map(str, choice.nps_scale)),
        version=version,
    )


ENDPOINTS = (
    queues,
    add_queue,
    change_queue,
    calendars,
    put_calendar,
    settings,
    change_settings,
)
