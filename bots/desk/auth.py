"""Signing in and out, sessions, one's own password and status; colleagues."""

from typing import Annotated, Any

from pydantic import Field

from bots.desk import guard
from bots.desk.endpoint import ADMIN, ANY, OPERATOR, PUBLIC, SUPERVISOR, Call, Reply, endpoint
from bots.desk.problems import LANGUAGES, Problem, field_problem
from bots.desk.refusals import refuse
from bots.desk.rows import account_shape, operator_shape
from bots.desk.schemas import (
    Body,
    Named,
    Operator,
    OperatorAccount,
    Role,
    Status,
    Text,
)
from bots.desk.schemas_own import Session, SessionItem, settings_of
from core.desk_accounts import Account, NewOperator, SignedIn
from core.desk_accounts import Session as StoredSession
from core.state import Refusal

Secret = Annotated[str, Field(min_length=1, max_length=1024)]
Login = Annotated[Text, Field(min_length=1, max_length=100)]
Name = Annotated[Text, Field(min_length=1, max_length=80)]
Limit = Annotated[int, Field(ge=1, le=100)]
QueueIds = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=100)]], Field(max_length=200)
]
_BROWSER = 200


class LoginBody(Body):
    """code: of the authenticator app, where the account has one."""

    login: Login
    password: Secret
    code: Annotated[str, Field(max_length=20)] = ""


class SetupBody(Body):
    """token: printed at the first start."""

    token: Secret
    login: Login
    name: Name
    password: Secret


class PasswordBody(Body):
    """One's own password; old proves who sits there."""

    old: Secret
    new: Secret


class StatusBody(Body):
    """hand_back: offline with dialogs in hand must say whether they return to the queue."""

    status: Status
    reason: Annotated[Text, Field(max_length=200)] = ""
    hand_back: bool | None = None


class OperatorsQuery(Body):
    """queue: only who serves it."""

    queue: Annotated[Text, Field(max_length=100)] = ""


class OperatorBody(Body):
    """A new account."""

    login: Login
    name: Name
    password: Secret
    roles: Annotated[
        list[Role], Field(min_length=1, max_length=3, default_factory=lambda: ["operator"])
    ]
    queues: Annotated[QueueIds, Field(default_factory=list)]
    limit: Limit = 5


class OperatorChange(Body):
    """What is given is changed."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    name: Name | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)] | None = None
    queues: QueueIds | None = None
    limit: Limit | None = None
    archived: bool | None = None


# -- in and out


@endpoint("POST", "/login", roles=PUBLIC, body=LoginBody, reply=Session)
async def login(call: Call, body: LoginBody) -> Reply:
    """Opens a session. The same answer after the same time for an unknown login."""
    found = await call.context.accounts.sign_in(
        body.login, body.password, code=body.code, ip=call.address, browser=_browser(call)
    )
    return await _opened(call, found)


@endpoint("POST", "/setup", roles=PUBLIC, body=SetupBody, reply=Session)
async def setup(call: Call, body: SetupBody) -> Reply:
    """Makes the first admin, once, and signs in."""
    new = NewOperator(login=body.login, name=body.name, password=body.password, roles=("admin",))
    found = await call.context.accounts.set_up(
        body.token, new, ip=call.address, browser=_browser(call)
    )
    return await _opened(call, found)


async def _opened(call: Call, found: SignedIn) -> Reply:
    """The new session's cookie; a session the browser had before ends with it."""
    if found.failure:
        retry = found.retry_after or None
        raise Problem(found.failure, values={"seconds": retry}, retry_after=retry)
    before = call.request.cookies.get(guard.COOKIE, "")
    if before and before != found.token:
        await call.context.accounts.sign_out(session=guard.session_id(before))
    opened = await call.context.store.session(guard.session_id(found.token))
    if opened is None:
        raise Problem("session_expired")
    return Reply(value=_session(call, *opened), cookie=found.token)


@endpoint("POST", "/logout", roles=ANY)
async def logout(call: Call) -> Reply:
    """Ends this session; its socket closes."""
    await call.context.accounts.sign_out(session=own_session(call).id)
    return Reply(cookie="")


@endpoint("GET", "/session", roles=ANY, reply=Session)
async def session(call: Call) -> Session:
    """Who is signed in, and until when."""
    return _session(call, own_session(call), call.me)


@endpoint("GET", "/sessions", roles=ANY, reply=list[SessionItem])
async def sessions(call: Call) -> list[SessionItem]:
    """One's own sessions; an admin sees all."""
    store, mine = call.context.store, own_session(call).id
    is_admin = call.person.is_admin
    found = await store.sessions("" if is_admin else call.me.id)
    names = {call.me.id: call.me.name}
    if is_admin:
        names |= {one.id: one.name for one in await store.accounts(archived=True)}
    return [
        SessionItem(
            id=one.id,
            operator=Named(id=one.operator, name=names.get(one.operator, "")),
            created_at=one.created_at,
            last_at=one.last_at,
            ip=one.ip,
            browser=one.browser,
            current=one.id == mine,
        )
        for one in found
        if call.now < min(one.ends_at, one.last_at + guard.IDLE)
    ]


@endpoint("DELETE", "/sessions/{id}", roles=ANY)
async def end_session(call: Call) -> None:
    """Ends a session; its socket closes with 4401."""
    owner = "" if call.person.is_admin else call.me.id
    known = {one.id: one for one in await call.context.store.sessions(owner)}
    if call.part("id") not in known:
        raise Problem("not_found")
    await call.context.accounts.sign_out(session=call.part("id"))


@endpoint("PUT", "/me/password", roles=ANY, body=PasswordBody)
async def put_password(call: Call, body: PasswordBody) -> None:
    """Replaces one's password; every other session ends."""
    mine = own_session(call).id
    await call.context.accounts.set_password(call.me, body.old, body.new, session=mine)


# -- who is on the line


@endpoint("PUT", "/me/status", roles=OPERATOR, body=StatusBody, reply=Operator)
async def put_status(call: Call, body: StatusBody) -> Operator:
    """Online, break or offline."""
    return await _status(call, call.me, body)


@endpoint("PUT", "/operators/{id}/status", roles=SUPERVISOR, body=StatusBody, reply=Operator)
async def put_status_of(call: Call, body: StatusBody) -> Operator:
    """A colleague's status; it shows who set it."""
    return await _status(call, await _colleague(call), body)


async def _status(call: Call, account: Account, body: StatusBody) -> Operator:
    found = await call.context.commands.set_status(
        account, body.status, by=call.person, reason=body.reason, hand_back=body.hand_back
    )
    if isinstance(found, Refusal):
        raise await refuse(call, "", found)
    return operator_shape(found)


@endpoint("GET", "/operators", roles=ANY, query=OperatorsQuery, reply=list[Operator])
async def operators(call: Call, query: OperatorsQuery) -> list[Operator]:
    """Colleagues by name."""
    return [operator_shape(one) for one in await call.context.store.accounts(query.queue)]


# -- accounts


@endpoint("GET", "/accounts", roles=ADMIN, reply=list[OperatorAccount])
async def accounts(call: Call) -> list[OperatorAccount]:
    """Every account with login and roles, archived ones too."""
    return [account_shape(one) for one in await call.context.store.accounts(archived=True)]


@endpoint("POST", "/operators", roles=ADMIN, body=OperatorBody, reply=OperatorAccount, status=201)
async def add_operator(call: Call, body: OperatorBody) -> OperatorAccount:
    """Makes an account."""
    new = NewOperator(
        login=body.login,
        name=body.name,
        password=body.password,
        roles=tuple(body.roles),
        queues=tuple(body.queues),
        limit=body.limit,
    )
    return account_shape(await call.context.accounts.add(new, call.person))


@endpoint("PATCH", "/operators/{id}", roles=ADMIN, body=OperatorChange, reply=OperatorAccount)
async def change_operator(call: Call, body: OperatorChange) -> OperatorAccount:
    """Changes roles, limit, queues, name, or archives; other roles mean signing in anew."""
    changes: dict[str, Any] = body.model_dump(exclude={"version"}, exclude_none=True)
    if not changes:
        raise field_problem("", "empty")
    account = await account_of(call)
    if account.id == call.me.id and "admin" not in changes.get("roles", ["admin"]):
        raise field_problem("/roles", "own")
    if account.id == call.me.id and changes.get("archived"):
        raise field_problem("/archived", "own")
    found = await call.context.accounts.change(account.id, body.version, changes, call.person)
    if found is None:
        raise Problem("stale")
    return account_shape(found)


@endpoint("DELETE", "/operators/{id}/sessions", roles=ADMIN)
async def sign_out_everywhere(call: Call) -> None:
    """Ends every session of a person."""
    account = await account_of(call)
    await call.context.accounts.sign_out(operator=account.id)
    await call.context.store.audit(call.me.id, "operator.sign_out", account.id, call.now)


async def account_of(call: Call) -> Account:
    """The account the path names."""
    account = await call.context.store.account(call.part("id"))
    if account is None:
        raise Problem("not_found")
    return account


async def _colleague(call: Call) -> Account:
    """Somebody who works with dialogs, in a queue the supervisor watches."""
    account, person = await account_of(call), call.person
    shared = person.sees_all_queues or set(account.queues) & person.queues
    if not account.person().is_operator or not (shared or account.id == person.id):
        raise Problem("not_found")
    return account


def own_session(call: Call) -> StoredSession:
    """The session of this request."""
    if call.session is None:
        raise Problem("session_expired")
    return call.session


def _browser(call: Call) -> str:
    return call.request.headers.get("User-Agent", "")[:_BROWSER]


def _session(call: Call, stored: StoredSession, account: Account) -> Session:
    return Session(
        operator=operator_shape(account),
        roles=list(account.roles),
        queues=list(account.queues),
        settings=settings_of(account.settings, account.settings_version),
        totp=bool(account.totp_secret),
        zone=call.context.zone,
        locales=list(LANGUAGES),
        idle_until=min(max(stored.last_at, call.now) + guard.IDLE, stored.ends_at),
        ends_at=stored.ends_at,
        server_at=call.now,
        build=call.context.build,
    )


ENDPOINTS = (
    login,
    setup,
    logout,
    session,
    sessions,
    end_session,
    put_password,
    put_status,
    put_status_of,
    operators,
    accounts,
    add_operator,
    change_operator,
    sign_out_everywhere,
)
