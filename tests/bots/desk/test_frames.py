"""Every frame the socket sends is one that /api/events.json describes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bots.desk.frames import ClientFrame, ServerFrame
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import Workplace, new_id
from tests.storage.conftest import database_url, place, postgres_server

#: A database answers with types of its own, and every frame must be written from each.
__all__ = ["database_url", "place", "postgres_server"]


SERVER: TypeAdapter[Any] = TypeAdapter(ServerFrame)
CLIENT: TypeAdapter[Any] = TypeAdapter(ClientFrame)
#: What a busy minute must have shown; the other kinds need an outage or an end.
SEEN = {
    *("welcome", "dialog", "message", "gone", "queue", "operator", "board", "read", "draft"),
    *("canned", "notice", "notice_stop", "viewers", "typing", "beat", "check"),
}


def is_within(told: Any, described: Any) -> bool:
    """Everything told is described; what is described and not told has its default."""
    if isinstance(told, dict) and isinstance(described, dict):
        return all(key in described and is_within(told[key], described[key]) for key in told)
    if isinstance(told, list) and isinstance(described, list):
        pairs = zip(told, described, strict=True)
        return all(is_within(one, other) for one, other in pairs)
    return bool(told == described)


async def busy_minute(desk: DeskServer, anna: Browser, boris: Browser, dialog: str) -> None:
    """One of each thing that people do."""
    taken = await anna.take(dialog)
    assert taken.status == 200
    await desk.place.writes("вы тут?")
    reply = {"client_id": new_id(), "parts": [{"t": "text", "v": "да"}]}
    await anna.post(f"/dialogs/{dialog}/reply", reply)
    note = {"client_id": new_id(), "text": "@sonya", "mentions": ["sonya"]}
    await anna.post(f"/dialogs/{dialog}/note", note)
    await anna.post("/canned", {"name": "x", "body": "y"})
    await boris.ask("PUT", "/me/status", {"status": "break"})
    to = {"state_rev": taken.body["state_rev"], "to": {"queue_id": "first_line"}}
    assert (await anna.post(f"/dialogs/{dialog}/transfer", to)).status == 200


async def test_every_frame_is_as_described(place: Workplace, tmp_path: Path) -> None:
    async with DeskServer(place, tmp_path).open(beat_s=0.05, check_s=0.1, touch_s=0.05) as desk:
        anna, boris = await desk.hired("anna"), await desk.hired("boris")
        sonya = await desk.hired("sonya", "supervisor", queues=())
        dialog = await place.asks_for_people()
        sockets = [await one.live() for one in (sonya, boris, anna)]
        open_ = [{"dialog": dialog, "version": 0}]
        for socket in sockets:
            await socket.send_json({"t": "hello", "since": None, "build": "0", "open": open_})
            await socket.send_json({"t": "viewing", "dialog": dialog})
            await socket.send_json({"t": "typing", "dialog": dialog})
        await sonya.ask("PUT", f"/dialogs/{dialog}/read", {"n": 1})
        draft = {"mode": "note", "text": "x", "attachment_ids": [], "rev": 0}
        await sonya.ask("PUT", f"/dialogs/{dialog}/draft", draft)
        await busy_minute(desk, anna, boris, dialog)
        seen: set[str] = set()
        async with asyncio.timeout(20):
            while not seen >= SEEN:
                for told in await frames_of(sockets):
                    seen.add(told["t"])
                    described = SERVER.validate_python(told).model_dump(mode="json")
                    assert is_within(told, described), (told, described)
        for socket in sockets:
            await socket.close()


async def frames_of(sockets: list[Any]) -> list[dict[str, Any]]:
    """The next frame of each socket that has one."""
    waiting = [asyncio.create_task(socket.receive_json()) for socket in sockets]
    done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    return [task.result() for task in done]


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "hello"},
        {"t": "hello", "since": 5, "build": "x", "open": [{"dialog": "d", "version": 1}]},
        {"t": "sub", "dialog": "d", "version": 3},
        {"t": "unsub", "dialog": "d"},
        {"t": "typing", "dialog": "d"},
        {"t": "viewing", "dialog": None},
    ],
    ids=lambda frame: frame["t"],
)
def test_a_clients_frame_is_described(frame: dict[str, Any]) -> None:
    CLIENT.validate_python(frame)


@pytest.mark.parametrize("frame", [{"t": "take"}, {"t": "sub"}, {"t": "hello", "more": 1}], ids=str)
def test_no_other_frame_is(frame: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CLIENT.validate_python(frame)
