"""The web application with channels of every manner, over a database in memory."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import ClientSession, ClientTimeout, web

from bots.telegram.ingress import SECRET_HEADER, TelegramIngress
from bots.web import SOCKETS, application, serving
from core.channel import Ingress, Malformed, Reception
from core.counters import Counters
from core.updates import CustomerAllowed, Received, Sender
from tests.bots.telegram.conftest import SECRET
from tests.fakes.intake import FakeIntake

URL = "/webhooks/main"


class HandshakeIngress:
    """A channel whose platform proves the address by a GET."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        raise RuntimeError(f"a bug with {body!r}")

    def answer(self) -> tuple[int, str, str]:
        return 200, "text/plain", "ok"

    def handshake(self, query: Mapping[str, str]) -> tuple[int, str, str] | None:
        return 200, "text/plain", query.get("challenge", "")


class WordyIngress(HandshakeIngress):
    """A channel whose requests hold several events and are answered each in its own way."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        return Reception(unsupported=("poll", "poll"), answer=(200, "text/plain", "code-7"))


class BatchIngress(HandshakeIngress):
    """A channel whose request holds a good event and as many bad ones as its body names."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        good = Received(
            chat="7", sender=Sender(user="7"), update=CustomerAllowed(), dedup_key="good"
        )
        bad = tuple(Malformed(part.encode(), "no chat") for part in json.loads(body))
        return Reception((good,), malformed=bad)


class House(NamedTuple):
    """A running application and what is behind it."""

    client: ClientSession
    intake: FakeIntake
    app: web.Application
    checks: dict[str, str]
    port: int

    async def post(self, body: object, url: str = URL, **headers: str) -> tuple[int, str]:
        """POSTs with the right secret unless told otherwise; status and text."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {SECRET_HEADER: SECRET, **headers}
        async with self.client.post(url, data=io.BytesIO(raw), headers=sent) as answer:
            return answer.status, await answer.text()

    async def get(self, url: str) -> tuple[int, str]:
        async with self.client.get(url) as answer:
            return answer.status, await answer.text()


def web_of(ingresses: Mapping[str, Ingress], intake: FakeIntake, **more: Any) -> web.Application:
    """The application over an intake. more: what else it is given."""
    given: dict[str, Any] = {"checks": {}, "counters": Counters(), **more}
    return application(
        ingresses=ingresses,
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        **given,
    )


@asynccontextmanager
async def served(
    app: web.Application, intake: FakeIntake, checks: dict[str, str]
) -> AsyncIterator[House]:
    """Runs an application until it is left."""
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(f"http://127.0.0.1:{port}", timeout=ClientTimeout(total=10)) as client,
    ):
        yield House(client, intake, app, checks, port)


@asynccontextmanager
async def opened() -> AsyncIterator[House]:
    """A house with all the channels there are here."""
    intake, checks = FakeIntake(), {"database": "", "bus": ""}

    async def database() -> str:
        if checks["database"] == "raise":
            raise OSError("postgresql://user:password@host refused")
        return checks["database"]

    async def bus() -> str:
        return checks["bus"]

    ingresses: dict[str, Ingress] = {"main": TelegramIngress(SECRET), "other": HandshakeIngress()}
    ingresses["wordy"] = WordyIngress()
    ingresses["batch"] = BatchIngress()
    app = web_of(ingresses, intake, checks={"database": database, "bus": bus})
    app.router.add_get("/socket", socket)
    app.router.add_get("/broken/{token}", broken)
    async with served(app, intake, checks) as made:
        yield made


async def socket(request: web.Request) -> web.WebSocketResponse:
    """A live socket as the desk has them."""
    opened = web.WebSocketResponse()
    await opened.prepare(request)
    request.app[SOCKETS].add(opened)
    async for _ in opened:
        pass
    return opened


async def broken(request: web.Request) -> web.Response:
    """A page with a fault of ours."""
    raise RuntimeError(request.match_info["token"])
