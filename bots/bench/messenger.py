"""A double of the Bot API with scripted customers: it delivers webhooks and takes the answers."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from bots.bench.conversation import SCRIPT, SERVED
from core.errors import OtklikError

TOKEN = "1234567:benchbenchbenchbenchbenchbench"  # noqa: S105  of a platform that is our own
SECRET = "bench-secret"  # noqa: S105  as above
_HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
#: Which button of the keyboard a press of the script is: Telegram shows labels, not our keys.
_PLACE = {"[ok]": 0, "[5]": -1}
_SHOWN = 1_700_000_000


class Person:
    """One scripted person on Telegram. steps: how much of the script they play."""

    __slots__ = ("buttons", "number", "sent_at", "step", "steps")

    def __init__(self, number: int, steps: int) -> None:
        self.number = number
        self.steps = steps
        self.step = 0
        self.sent_at = 0.0
        self.buttons: Sequence[str] = ()

    def raw(self, update_id: int) -> dict[str, Any]:
        """What Telegram sends for what they do now. Everybody has an account of their own, since
        tries per account are counted."""
        said = SCRIPT[self.step]
        user = {"id": self.number, "first_name": f"Person {self.number}", "language_code": "ru"}
        chat = {"id": self.number, "type": "private"}
        if said in _PLACE:
            message = {"message_id": update_id, "date": _SHOWN, "chat": chat}
            query = {"id": str(update_id), "from": user, "message": message}
            return {
                "update_id": update_id,
                "callback_query": {**query, "data": self.buttons[_PLACE[said]]},
            }
        text = f"{self.number % 10**8:08d}" if said.isdecimal() and len(said) == 8 else said
        message = {"message_id": update_id, "date": _SHOWN, "chat": chat, "from": user}
        return {"update_id": update_id, "message": {**message, "text": text}}

    def expects(self, buttons: Sequence[str]) -> bool:
        """Whether a message with these buttons ends the wait for the present step."""
        following = SCRIPT[self.step + 1] if self.step + 1 < len(SCRIPT) else ""
        if following in _PLACE:
            self.buttons = buttons or self.buttons
            return bool(buttons)
        return True


class Messenger:
    """One bot's Telegram with its customers.

    waits: seconds from a webhook posted to its answer taken, of steps that ask no service (an
    opaque service answers late on purpose, which is waiting and no work)."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self.url = ""
        self.sent = 0
        self.waits: list[float] = []
        self._people: dict[int, Person] = {}
        self._ids = itertools.count(1)
        self._numbers = itertools.count(10_000_001)
        self._tasks: set[asyncio.Task[None]] = set()
        self._left = 0
        self._unbegun = 0
        self._over = asyncio.Event()
        self._failure: BaseException | None = None

    async def play(
        self, url: str, *, customers: int, conversations: int, steps: int, seconds: float
    ) -> None:
        """`conversations` in all, `customers` at once, each the first `steps` of the script.

        Raises OtklikError when they do not end within `seconds`."""
        self.url = url
        self._left, self._unbegun = conversations, conversations
        self._over.clear()
        for _ in range(min(customers, conversations)):
            self._begin(steps)
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            raise OtklikError(
                f"{self._left} conversations did not end within {seconds:.0f} s"
            ) from None
        finally:
            for task in self._tasks:
                task.cancel()
        if self._failure is not None:
            raise OtklikError(f"a webhook was not taken: {self._failure}") from self._failure

    def _begin(self, steps: int) -> None:
        self._unbegun -= 1
        self._act(Person(next(self._numbers), steps))

    def _act(self, person: Person) -> None:
        self._people[person.number] = person
        body = json.dumps(person.raw(next(self._ids))).encode()
        task = asyncio.create_task(self._post(body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        person.sent_at = time.perf_counter()

    async def _post(self, body: bytes) -> None:
        try:
            async with self._session.post(self.url, data=body, headers=_HEADERS) as answer:
                answer.raise_for_status()
        except Exception as error:  # ends the measurement with its reason
            self._failure = error
            self._over.set()

    # -- the Bot API

    async def called(self, request: web.Request) -> web.Response:
        """Takes every call; messages move their customers on."""
        result: Any = True
        fields = json.loads(await request.read() or b"{}")
        if request.match_info["method"] == "sendMessage":
            self.sent += 1
            result = {"message_id": self.sent, "date": _SHOWN, "chat": {"id": fields["chat_id"]}}
            self._heard(fields)
        return web.json_response({"ok": True, "result": result})

    def _heard(self, fields: Mapping[str, Any]) -> None:
        person = self._people.get(int(fields["chat_id"]))
        rows = (fields.get("reply_markup") or {}).get("inline_keyboard", [])
        buttons = [button["callback_data"] for row in rows for button in row]
        if person is None or not person.expects(buttons):
            return
        if person.step not in SERVED:
            self.waits.append(time.perf_counter() - person.sent_at)
        person.step += 1
        if person.step < person.steps:
            self._act(person)
            return
        del self._people[person.number]
        self._left -= 1
        if not self._left:
            self._over.set()
        elif self._unbegun:
            self._begin(person.steps)


@asynccontextmanager
async def messenger() -> AsyncIterator[tuple[Messenger, str]]:
    """The double on a free port of this machine, with its address."""
    session = ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=60))
    async with session:
        double = Messenger(session)
        app = web.Application()
        app.router.add_route("*", f"/bot{TOKEN}/{{method}}", double.called)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            yield double, f"http://{host}:{port}"
        finally:
            await runner.cleanup()
