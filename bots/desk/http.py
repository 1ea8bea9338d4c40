"""What every request passes: origin, session, role, body, idempotency; and how it is answered."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from aiohttp import ClientPayloadError, web
from pydantic import BaseModel, TypeAdapter, ValidationError

from bots.desk import guard
from bots.desk.endpoint import PREFIX, Call, Endpoint, Reply
from bots.desk.problems import CONTENT_TYPE, FieldError, Problem, field_problem, language_of
from bots.desk.workplace import Workplace
from core.errors import AccountRefused, StoreUnavailable, TooManyTries

log = logging.getLogger(__name__)

BODY_BYTES = 128 * 1024
#: How long a command may run before its key may be claimed again, and how long its reply is kept.
RUNNING = timedelta(minutes=1)
KEPT = timedelta(hours=24)
RETRY_AFTER = 5
#: Ids are opaque; whatever cannot be one is simply not there.
_ID = "[A-Za-z0-9_.~:@-]{1,120}"
#: Refusals by which a later try with the same key may end differently.
_PASSING = frozenset({429, 500, 503})

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add(app: web.Application, declared: Endpoint, work: Workplace) -> None:
    """Puts an endpoint into the router."""
    path = PREFIX + declared.path.replace("}", f":{_ID}}}")
    route = _answering(declared, work)
    if declared.method == "GET":
        app.router.add_get(path, route, allow_head=False)
    else:
        app.router.add_route(declared.method, path, route)


def add_socket(app: web.Application, work: Workplace) -> None:
    """The live socket; who is not let in gets a refusal in the same form as all."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return await work.hub.serve(request)
        except Problem as problem:
            return problem_response(problem, request, work.context.new_id())
        except StoreUnavailable:
            busy = Problem("draining", retry_after=RETRY_AFTER)
            return problem_response(busy, request, work.context.new_id())

    app.router.add_get(f"{PREFIX}/live", serve, allow_head=False)


def add_nothing(app: web.Application, work: Workplace) -> None:
    """Answers below the prefix where there is no endpoint, in the same form as all refusals."""

    async def nothing(request: web.Request) -> web.StreamResponse:
        return problem_response(Problem("not_found"), request, work.context.new_id())

    app.router.add_route("*", PREFIX + "/{nothing:.*}", nothing)


def _answering(declared: Endpoint, work: Workplace) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        context = work.context
        call = Call(work=work, request=request, request_id=context.new_id(), now=context.clock())
        try:
            response = await _run(declared, call)
        except Problem as problem:
            response = problem_response(problem, request, call.request_id)
        except AccountRefused as refused:
            wrong = field_problem(f"/{refused.field}", refused.code)
            response = problem_response(wrong, request, call.request_id)
        except TooManyTries as tries:
            wait = Problem("rate_limited", values={"seconds": tries.wait}, retry_after=tries.wait)
            response = problem_response(wait, request, call.request_id)
        except StoreUnavailable:
            busy = Problem("draining", retry_after=RETRY_AFTER)
            response = problem_response(busy, request, call.request_id)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            # its text may hold what people typed, so only its place is logged
            log.error("%s failed, %s, request %s", declared.name, _place(error), call.request_id)  # noqa: TRY400  a traceback would hold customers' words
            response = problem_response(Problem("failed"), request, call.request_id)
        if not response.prepared:
            _mark(response, call.request_id)
        return response

    return answer


async def _run(declared: Endpoint, call: Call) -> web.StreamResponse:
    if declared.method != "GET":
        guard.same_origin(call.request, call.context)
    if declared.roles is not None:
        await _signed_in(call, declared.roles)
    arguments: list[Any] = [call]
    raw = b""
    if declared.body is not None:
        raw = await read_body(call.request)
        arguments.append(parsed(declared.body, raw))
    if declared.query is not None:
        arguments.append(parsed_query(declared.query, call.request))
    if declared.key:
        return await _once(declared, call, arguments, raw)
    return response_of(declared, await declared.handler(*arguments))


async def _signed_in(call: Call, roles: frozenset[str]) -> None:
    """Puts session and account into the call; empty roles refuse nobody. A page that was left open
    does nothing in the name of who signed in beside it."""
    found = await guard.session_of(call.request, call.context, call.now)
    meant = call.request.headers.get("X-Otklik-Operator")
    if found is None or (meant and meant != found[1].id):
        raise Problem("session_expired")
    call.session, call.account = found
    if roles and not roles & frozenset(call.me.roles):
        raise Problem("forbidden")


# -- the body


async def read_body(request: web.Request, limit: int = BODY_BYTES) -> bytes:
    """The body, refused as soon as it is too long."""
    if request.content_type != "application/json":
        raise Problem("bad_type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem("bad_type")
    if (request.content_length or 0) > limit:
        raise Problem("too_large", values={"limit": limit})
    found = bytearray()
    try:
        async for chunk in request.content.iter_any():
            found += chunk
            if len(found) > limit:
                raise Problem("too_large", values={"limit": limit})
    except (ClientPayloadError, web.RequestPayloadError):
        raise Problem("malformed") from None
    return bytes(found)


def parsed(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The body as its model says; JSON types are taken as they are, nothing is converted."""
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _invalid(error, "") from None


def parsed_query(model: type[BaseModel], request: web.Request) -> BaseModel:
    """The query as its model says; a name given twice keeps its last value."""
    try:
        pairs = dict(parse_qsl(request.query_string, keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        raise Problem("malformed") from None
    try:
        return model.model_validate(pairs)
    except ValidationError as error:
        raise _invalid(error, "/query") from None


def _invalid(error: ValidationError, where: str) -> Problem:
    found = error.errors(include_url=False, include_input=False)
    if any(item["type"] == "json_invalid" for item in found):
        return Problem("malformed")
    return Problem(
        "validation",
        errors=[
            FieldError(
                where + "".join(f"/{_escaped(part)}" for part in item["loc"]),
                item["type"],
                item.get("ctx", {}),
            )
            for item in found[:50]
        ],
    )


def _escaped(part: int | str) -> str:
    """A token of a JSON pointer; names of unknown fields come from outside, so they are cut."""
    return str(part).replace("~", "~0").replace("/", "~1")[:80]


# -- once per key


async def _once(
    declared: Endpoint, call: Call, arguments: list[Any], raw: bytes
) -> web.StreamResponse:
    """Runs a command once per Idempotency-Key; a repeat gets the stored reply."""
    store, who, key = call.context.store, call.me.id, _key(call.request)
    target = f"{call.request.method} {call.request.path}".encode()
    digest = sha256(target + b"\0" + raw).hexdigest()
    kept = await store.claim_key(who, key, digest, call.now, RUNNING)
    if kept is not None:
        if kept.request_sha256 != digest:
            raise Problem("idempotency_mismatch")
        if kept.status == 0:
            raise Problem("in_progress", retry_after=1)
        kind = CONTENT_TYPE if kept.status >= 400 else "application/json"
        response = _json(kept.status, kept.body, kind)
        response.headers["Idempotency-Replayed"] = "true"
        return response
    try:
        response = response_of(declared, await declared.handler(*arguments))
    except Problem as problem:
        response = problem_response(problem, call.request, call.request_id)
    except BaseException:
        await store.finish_key(who, key, 0, b"", call.now)
        raise
    if response.status in _PASSING:
        await store.finish_key(who, key, 0, b"", call.now)
    else:
        body = response.body if isinstance(response.body, bytes) else b""
        until = call.context.clock() + KEPT
        await store.finish_key(who, key, response.status, body, until)
    return response


def _key(request: web.Request) -> str:
    given = request.headers.get("Idempotency-Key", "")
    try:
        return str(UUID(given))
    except ValueError:
        code = "uuid" if given else "missing"
        raise field_problem("/headers/Idempotency-Key", code) from None


# -- the answer


def response_of(declared: Endpoint, answer: Any) -> web.Response:
    """The handler's answer as its declaration says."""
    reply = answer if isinstance(answer, Reply) else Reply(value=answer)
    if isinstance(reply.raw, web.Response):
        return reply.raw
    status = reply.status or declared.status
    body = b"" if status in (204, 304) else _adapter(declared.reply).dump_json(reply.value)
    response = _json(status, body)
    response.headers.update(reply.headers)
    if reply.cookie is not None:
        guard.set_cookie(response, reply.cookie)
    return response


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def problem_response(problem: Problem, request: web.Request, request_id: str) -> web.Response:
    """The refusal as problem+json."""
    language = language_of(request.headers.get("Accept-Language", ""))
    document = problem.body(language, request.path, request_id)
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    response = _json(problem.status, body, CONTENT_TYPE)
    response.headers["Content-Language"] = language
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status >= 400 and not request.content.is_eof():
        # What was not read must not be taken for the next request.
        response.force_close()
    return response


def _json(status: int, body: bytes, kind: str = "application/json") -> web.Response:
    if not body and status in (204, 304):
        return web.Response(status=status)
    return web.Response(status=status, body=body, content_type=kind, charset="utf-8")


def _mark(response: web.StreamResponse, request_id: str) -> None:
    response.headers["X-Request-Id"] = request_id
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
