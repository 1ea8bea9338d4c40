"""The process's HTTP side: webhooks in, health and metrics out, an orderly end.

Everything it needs comes as arguments. Other routes (desk, site) are added to the application
that `application` returns. No path, header or body of a request is ever logged: paths may hold
tokens and bodies hold what masking removes; the log names the route instead.
"""

import asyncio
import contextlib
import logging
import time
import traceback
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from aiohttp import ClientPayloadError, WSCloseCode, web

from core.channel import Answer, Ingress, KnownByHeaders, Malformed, Reception
from core.counters import Counters
from core.errors import MalformedUpdate, NotAuthentic, StoreUnavailable, UnsupportedUpdate
from core.ingress import BODY_BYTES, Arrivals, Intake, Quarantine, fingerprint, sample
from core.store_values import Accepted
from core.updates import Received

log = logging.getLogger(__name__)
access = logging.getLogger("otklik.access")

#: Returns what is wrong, empty when nothing is; may raise.
Check = Callable[[], Awaitable[str]]
Taken = Callable[[str, Sequence[Received]], None]
#: What is to be said in the answer to an update's own request; None: nothing. Never raises.
Greeting = Callable[[str, Received, Accepted], Awaitable[Answer | None]]

#: Open sockets; whoever opens one adds it, and the end of the process closes it with 1001.
SOCKETS = web.AppKey("sockets", weakref.WeakSet[web.WebSocketResponse])

WEBHOOK = "/webhooks/{name}"
RETRY_AFTER = "30"
BODY_SECONDS = 20.0
CHECK_SECONDS = 3.0
CLOSE_SECONDS = 3.0
#: An update whose filing fails for a reason that is no outage is given up after so many tries,
#: because a platform repeats it before anything newer.
TRIES = 5


def application(
    *,
    ingresses: Mapping[str, Ingress],
    intake: Intake,
    quarantine: Quarantine,
    taken: Taken,
    checks: Mapping[str, Check],
    counters: Counters,
    before_metrics: Sequence[Callable[[], Awaitable[None]]] = (),
    greeting: Greeting | None = None,
) -> web.Application:
    """The application with `/webhooks/{name}`, `/healthz`, `/readyz` and `/metrics`.

    ingresses: by channel name. taken: told of updates once they are durable. checks: what
    readiness depends on. before_metrics: refresh gauges when they are asked for. greeting: asked
    about updates with `welcome`.
    """
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[_accounting(counters)])
    app[SOCKETS] = weakref.WeakSet()
    app.on_shutdown.append(_close_sockets)
    webhooks = Webhooks(ingresses, intake, quarantine, taken, counters, greeting)

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        found = dict(
            zip(checks, await asyncio.gather(*map(_checked, checks.values())), strict=True)
        )
        failed = any(found.values())
        answer = {name: problem or "ok" for name, problem in found.items()}
        body = {"status": "fail" if failed else "ok", "checks": answer}
        return web.json_response(body, status=503 if failed else 200)

    async def metrics(_: web.Request) -> web.Response:
        for refresh in before_metrics:
            await refresh()
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return web.Response(body=counters.text().encode(), headers={"Content-Type": kind})

    app.router.add_post(WEBHOOK, webhooks.post)
    app.router.add_get(WEBHOOK, webhooks.get, allow_head=False)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)
    return app


class Webhooks:
    """Platforms deliver here. An answer of 200 means that the updates are durable."""

    def __init__(
        self,
        ingresses: Mapping[str, Ingress],
        intake: Intake,
        quarantine: Quarantine,
        taken: Taken,
        counters: Counters,
        greeting: Greeting | None = None,
    ) -> None:
        self._greeting = greeting
        self._ingresses = ingresses
        self._intake = intake
        self._quarantine = quarantine
        self._taken = taken
        self._failing: dict[str, int] = {}
        self._arrivals = Arrivals(counters)
        self._refused = counters.counter(
            "otklik_webhook_refused_total", "Webhook requests refused", ("channel", "reason")
        )
        self._unsupported = counters.counter(
            "otklik_unsupported_updates_total", "Events without a meaning", ("channel", "kind")
        )

    async def get(self, request: web.Request) -> web.Response:
        """A platform's handshake."""
        ingress = self._ingress(request)
        answer = ingress.handshake(request.query)
        if answer is None:
            raise web.HTTPMethodNotAllowed("GET", ["POST"])
        return _response(answer)

    async def post(self, request: web.Request) -> web.Response:
        """A delivery: verified, parsed, filed, and only then answered."""
        ingress = self._ingress(request)
        name = request.match_info["name"]
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            if not await self._is_endless(ingress, name, request):
                raise
            return _response(ingress.answer())
        answer: Answer | None = None
        try:
            reception = await self._parsed(ingress, name, request, body)
            answer = reception.answer
            for kind in reception.unsupported:
                self._unsupported.add(name, kind)
            if reception.received:
                accepted = await self._filed(name, reception.received, body)
                answer = await self._greeted(name, reception.received, accepted) or answer
            if reception.malformed:
                return await self._malformed(ingress, name, reception.malformed)
        except NotAuthentic:
            self._refused.add(name, "not_authentic")
            return web.Response(status=401)
        except UnsupportedUpdate as error:
            self._unsupported.add(name, error.kind)
        except MalformedUpdate as error:
            return await self._malformed(ingress, name, [Malformed(body, str(error))])
        except StoreUnavailable as error:
            self._refused.add(name, "store_unavailable")
            log.warning("channel %s: not stored, %s", name, error)
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER})
        return _response(answer or ingress.answer())

    def _ingress(self, request: web.Request) -> Ingress:
        ingress = self._ingresses.get(request.match_info["name"])
        if ingress is None:
            raise web.HTTPNotFound(text="no such channel\n")
        return ingress

    async def _parsed(
        self, ingress: Ingress, name: str, request: web.Request, body: bytes
    ) -> Reception:
        try:
            return await ingress.receive(request.headers, body)
        except (NotAuthentic, UnsupportedUpdate, MalformedUpdate):
            raise
        except Exception as error:  # a fault of ours; the same bytes will fail the same way
            log.error("channel %s: parsing failed, %s", name, _place(error))  # noqa: TRY400  values
            raise MalformedUpdate(type(error).__name__) from None

    async def _greeted(
        self, name: str, received: Sequence[Received], accepted: Sequence[Accepted]
    ) -> Answer | None:
        """What the platform takes only in this very answer."""
        for item, where in zip(received, accepted, strict=False):
            if item.welcome and self._greeting is not None:
                return await self._greeting(name, item, where)
        return None

    async def _filed(
        self, name: str, received: Sequence[Received], body: bytes
    ) -> Sequence[Accepted]:
        """Where they went; empty when they were given up."""
        try:
            accepted = await self._intake(name, received)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.error("channel %s: filing failed, %s", name, _place(error))  # noqa: TRY400  values
            if not self._is_hopeless(body):
                raise web.HTTPInternalServerError from None
            await self._quarantine(name, fingerprint(body), sample(body))
            log.error("channel %s: an update was given up", name)  # noqa: TRY400  values
            return ()
        self._arrivals.count(name, received, accepted)
        self._taken(name, received)
        return accepted

    async def _is_endless(self, ingress: Ingress, name: str, request: web.Request) -> bool:
        """Whether the platform sent a body again and again that is too large to be read."""
        if not isinstance(ingress, KnownByHeaders) or not ingress.knows(request.headers):
            return False
        length = f"{request.content_length} bytes"
        mark = f"{name} {length}".encode()
        if request.content_length is None or not self._is_hopeless(mark):
            return False
        try:
            await self._quarantine(name, fingerprint(mark), f"{length}, not read")
        except StoreUnavailable:
            return False
        log.error("channel %s: an update was given up, %s", name, length)
        return True

    def _is_hopeless(self, body: bytes) -> bool:
        """Counts the tries of a body whose filing fails, in this process."""
        if len(self._failing) > 1000:
            self._failing.clear()
        key = fingerprint(body)
        self._failing[key] = self._failing.get(key, 0) + 1
        return self._failing[key] >= TRIES

    async def _malformed(
        self, ingress: Ingress, name: str, malformed: Sequence[Malformed]
    ) -> web.Response:
        """400 at first sight; the same bytes again would stall the platform's queue for ever."""
        self._refused.add(name, "malformed")
        is_repeat = True
        try:
            for part, why in malformed:
                log.warning("channel %s: malformed update, %s", name, why)
                is_repeat &= await self._quarantine(name, fingerprint(part), sample(part))
        except StoreUnavailable:
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER})
        return _response(ingress.answer()) if is_repeat else web.Response(status=400)


@contextlib.asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, shutdown_timeout: float = 10.0
) -> AsyncIterator[int]:
    """Listens while the context is open; the port, which 0 leaves to the system.

    At the end: no new connections, requests under way finish within `shutdown_timeout` seconds,
    sockets are closed.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _body(request: web.Request) -> bytes:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        # it would be unpacked before the signature is checked
        raise web.HTTPUnsupportedMediaType(text="send the body as it is\n")
    if (request.content_length or 0) > BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(BODY_BYTES, request.content_length or 0)
    try:
        if request.content.is_eof():  # it came with its head, as nearly all do
            return await request.read()
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ClientPayloadError, ConnectionError, web.RequestPayloadError):
        raise web.HTTPBadRequest(text="the body ended too early\n") from None


def _response(answer: Answer) -> web.Response:
    status, kind, text = answer
    return web.Response(status=status, content_type=kind, text=text)


async def _checked(check: Check) -> str:
    """What is wrong; of an exception only its name, since its text may hold addresses."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:
        return type(error).__name__


async def _close_sockets(app: web.Application) -> None:
    closing = [
        socket.close(code=WSCloseCode.GOING_AWAY, message=b"restart") for socket in app[SOCKETS]
    ]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await asyncio.gather(*closing, return_exceptions=True)


def _accounting(counters: Counters) -> Callable[..., Awaitable[web.StreamResponse]]:
    seconds = counters.histogram(
        "otklik_http_seconds", "Time to answer a request", ("route", "status")
    )

    @web.middleware
    async def account(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Counts and logs by route; what nobody caught becomes a bare 500."""
        started = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
        except web.HTTPException as error:
            status = error.status
            raise
        except asyncio.CancelledError:
            status = 499
            raise
        except Exception as error:
            log.error("%s failed, %s", _route(request), _place(error))  # noqa: TRY400  values
            return web.Response(status=500)
        else:
            status = response.status
            return response
        finally:
            spent = time.perf_counter() - started
            route = _route(request)
            seconds.observe(spent, route, str(status))
            # a webhook that went well is counted, and is not worth a line of its own
            level = logging.DEBUG if route == WEBHOOK and status == 200 else logging.INFO
            access.log(level, "%s %s %d %.1f ms", request.method, route, status, spent * 1000)

    return account


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def _place(error: BaseException) -> str:
    """The error's class and where it arose, without its text: that may hold customers' words."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f" at {last.name}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{where}"
