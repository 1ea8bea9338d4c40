"""A company's back office as a real HTTP server on loopback, with the faults of real ones."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import msgspec
from aiohttp import web

from core.backoffice.demo import DemoBackoffice
from core.errors import Refused, Unavailable

SEEDED = Random  # a test replays from its seed
TOKEN = "b4ck-0ff1ce-t0ken"


@dataclass
class Asked:
    """One request as it arrived. template: the path of openapi.json it matched."""

    method: str
    template: str
    key: str
    account: str


@dataclass
class BackofficeServer:
    """faults: what the next requests meet, one each; afterwards all is well.

    `stall` never answers, `drop` closes the connection without a word, `status:503` is that with an
    HTML page, `html` is a page with 200, `huge` a mebibyte, `redirect` goes elsewhere,
    `lie:{…}` is that JSON with 200, `echo` the request's own body with 200, `bare:202` that status
    without a body, `refuse:name` a refusal with that name, `mild:name` the same with 200,
    `cp1251:404` JSON of that status in letters of another code page."""

    demo: DemoBackoffice
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    working: int = 0
    most_working: int = 0

    async def fault(self, request: web.Request) -> web.StreamResponse | None:
        name, _, detail = self.faults.popleft().partition(":") if self.faults else ("", "", "")
        match name:
            case "stall":
                self.stalled.set()
                await self.closing.wait()
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case "status":
                page = "<h1>Bad gateway</h1>"
                return web.Response(status=int(detail), text=page, content_type="text/html")
            case "lie" | "echo":
                text = detail if name == "lie" else await request.text()
                return web.Response(text=text, content_type="application/json")
            case "bare":
                return web.Response(status=int(detail))
            case "refuse" | "mild":
                status = 422 if name == "refuse" else 200
                return answer({"error": detail, "text": "no\r\nno"}, status)
            case _:
                return _nonsense(name, detail)
        return None


def _nonsense(name: str, detail: str) -> web.Response | None:
    """What no service of this interface would say."""
    match name:
        case "html":
            return web.Response(text="<html>Please sign in</html>", content_type="text/html")
        case "huge":
            return web.Response(body=b'"' + b"x" * 2**20 + b'"', content_type="application/json")
        case "redirect":
            return web.HTTPFound("https://elsewhere.example/")
        case "cp1251":
            body = '{"city_name": "Пермь", "error": "нет"}'.encode("cp1251")
            return web.Response(status=int(detail), body=body, content_type="application/json")
    return None


def answer(body: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )


class _Api:
    """The paths of openapi.json."""

    def __init__(self, demo: DemoBackoffice) -> None:
        self.demo = demo

    async def account(self, request: web.Request) -> web.Response:
        found = await self.demo.find_account(request.match_info["account"])
        return answer({"error": "not_found"}, 404) if found is None else answer(found)

    async def balance(self, request: web.Request) -> web.Response:
        return answer(await self.demo.balance(request.match_info["account"]))

    async def history(self, request: web.Request) -> web.Response:
        months = int(request.query["months"])
        return answer({"items": await self.demo.history(request.match_info["account"], months)})

    async def outage(self, request: web.Request) -> web.Response:
        return answer({"outage": await self.demo.outage(request.match_info["account"])})

    async def tariffs(self, request: web.Request) -> web.Response:
        return answer(await self.demo.tariffs(request.match_info["city"]))

    async def codes(self, request: web.Request) -> web.Response:
        await self.demo.send_code((await request.json())["account"], key=_key(request))
        return web.Response(status=204)

    async def check(self, request: web.Request) -> web.Response:
        body = await request.json()
        await self.demo.check_code(body["account"], body["code"], key=_key(request))
        return web.Response(status=204)

    async def phone_codes(self, request: web.Request) -> web.Response:
        await self.demo.send_phone_code((await request.json())["phone"], key=_key(request))
        return web.Response(status=204)

    async def phone_check(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = await self.demo.find_by_phone(body["phone"], body["code"], key=_key(request))
        return answer({"account": found})

    async def links(self, request: web.Request) -> web.Response:
        await self.demo.send_reset_link((await request.json())["account"], key=_key(request))
        return web.Response(status=204)

    async def promises(self, request: web.Request) -> web.Response:
        account = (await request.json())["account"]
        return answer(await self.demo.promise_payment(account, key=_key(request)))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/accounts/{account}", self.account),
            web.get("/accounts/{account}/balance", self.balance),
            web.get("/accounts/{account}/history", self.history),
            web.get("/accounts/{account}/outage", self.outage),
            web.get("/cities/{city}/tariffs", self.tariffs),
            web.post("/codes", self.codes),
            web.post("/codes/check", self.check),
            web.post("/phone-codes", self.phone_codes),
            web.post("/phone-codes/check", self.phone_check),
            web.post("/reset-links", self.links),
            web.post("/promised-payments", self.promises),
        ]


def _key(request: web.Request) -> str:
    return request.headers["Idempotency-Key"]


def _middleware(
    server: BackofficeServer,
) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        resource = request.match_info.route.resource
        assert resource is not None
        template = resource.canonical
        server.asked.append(
            Asked(
                request.method,
                template,
                request.headers.get("Idempotency-Key", ""),
                request.match_info.get("account", ""),
            )
        )
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return answer({"error": "unauthorized"}, 401)
        server.working += 1
        server.most_working = max(server.most_working, server.working)
        try:
            fault = await server.fault(request)
            return fault if fault is not None else await handler(request)
        except Refused as refused:
            status = 404 if request.method == "GET" else 422
            return answer({"error": refused.name, "text": refused.text}, status)
        except Unavailable:
            return answer({"error": "not_found"}, 404)
        finally:
            server.working -= 1

    return middleware


@asynccontextmanager
async def backoffice_server(
    clock: Callable[[], datetime] | None = None,
) -> AsyncIterator[BackofficeServer]:
    """The server, running; its data are those of the demo, its codes always 123456."""
    ids = iter(range(10**6))
    demo = DemoBackoffice(
        clock=clock or (lambda: datetime(2026, 11, 20, 12, tzinfo=UTC)),
        rng=SEEDED(1),
        new_id=lambda: f"id{next(ids)}",
        fixed_code="123456",
    )
    server = BackofficeServer(demo)
    app = web.Application(middlewares=[_middleware(server)])
    app.add_routes(_Api(demo).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()
