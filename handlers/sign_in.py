"""Signing in and out, and accounts as admins change them at the desk."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from core.access import Person
from core.bus.port import Bus
from core.bus.topics import DESK, PRESENCE
from core.desk_accounts import Account, NewOperator, Session, SignedIn, Tries
from core.desk_store import DeskStore
from core.errors import AccountRefused, TooManyTries
from core.passwords import Passwords
from handlers import accounts
from handlers.operator import Operators
from handlers.second_factor import SecondFactor

#: A session ends in any case after so long.
SESSION = timedelta(hours=12)
#: Failures count for so long; the first ones are free, then the pause doubles up to a ceiling.
WINDOW = timedelta(hours=1)
FREE_PER_LOGIN, FREE_PER_ADDRESS = 5, 20
CEILING = timedelta(minutes=5)
_LONGEST_BROWSER = 200


class Accounts:
    """The doors of the desk."""

    def __init__(
        self,
        desk: DeskStore,
        operators: Operators,
        passwords: Passwords,
        bus: Bus,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        new_token: Callable[[], str],
        second: SecondFactor,
    ) -> None:
        """new_token: 256 bits from the system, as text that fits a cookie."""
        self.desk = desk
        self.operators = operators
        self.passwords = passwords
        self.bus = bus
        self.clock = clock
        self.new_id = new_id
        self.new_token = new_token
        self.second = second

    # -- in and out

    async def sign_in(
        self, login: str, password: str, *, code: str = "", ip: str = "", browser: str = ""
    ) -> SignedIn:
        """A new session. Unknown logins cost the same time and count the same tries.

        code: of an authenticator app or from paper, where the account has that."""
        login = login.casefold()[:100]
        keys = (_key("login", login), _key("address", ip))
        pause, tries = await self._pause(keys)
        if pause:
            return SignedIn(failure="rate_limited", retry_after=pause)
        account = await self.desk.account_by_login(login)
        live = account if account is not None and account.archived_at is None else None
        fits = await self.passwords.fits(live.password_hash if live else "", password)
        if live is None or not fits:
            return SignedIn(failure="login_failed")
        if live.totp_secret and not code:
            # Half of a sign-in is no failure; a wrong code is, or codes could be tried for ever.
            for one in tries:
                await self.desk.forget_try(one)
            return SignedIn(failure="code_required")
        if live.totp_secret and not await self.second.accepts(live, code):
            return SignedIn(failure="login_failed")
        await self.desk.forget_tries([keys[0]])
        # Of the address only this try: an office shares one, and so does whoever guesses there.
        await self.desk.forget_try(tries[1])
        return await self._open(live, ip, browser)

    async def set_up(
        self, token: str, new: NewOperator, *, ip: str = "", browser: str = ""
    ) -> SignedIn:
        """The first admin, once, by the token printed at the first start, signed in at once."""
        pause, _ = await self._pause((_key("setup", ip),))
        if pause:
            return SignedIn(failure="rate_limited", retry_after=pause)
        now = self.clock()
        account = await accounts.set_up(
            self.desk, self.passwords, token, new, now=now, new_id=self.new_id
        )
        if account is None:
            return SignedIn(failure="gone")
        await self.desk.audit(account.id, "operator.setup", account.id, now)
        return await self._open(account, ip, browser)

    async def sign_out(self, *, session: str = "", operator: str = "", but: str = "") -> None:
        """Ends one session, or all of an operator; their sockets close."""
        if not session and not operator:
            return
        ended = await self.desk.revoke_sessions(
            self.clock(), operator=operator, id_=session, but=but
        )
        for id_ in ended:
            self.bus.publish(PRESENCE, msgspec.json.encode({"t": "session_over", "session": id_}))

    async def _open(self, account: Account, ip: str, browser: str) -> SignedIn:
        now, token = self.clock(), self.new_token()
        await self.desk.open_session(
            Session(
                id=sha256(token.encode()).hexdigest(),
                operator=account.id,
                created_at=now,
                last_at=now,
                ends_at=now + SESSION,
                ip=ip,
                browser=browser[:_LONGEST_BROWSER],
            )
        )
        return SignedIn(token=token)

    async def _pause(self, keys: tuple[str, ...]) -> tuple[int, list[Tries]]:
        """Seconds to wait before the next try, 0 to go on; a try that must wait does not count.

        With them the tries as counted now, one per key."""
        now = self.clock()
        tries = [await self.desk.try_login(key, now, WINDOW) for key in keys]
        waits = [
            _wait(one, FREE_PER_LOGIN if key.startswith("login") else FREE_PER_ADDRESS, now)
            for key, one in zip(keys, tries, strict=True)
        ]
        longest = max(waits)
        if longest <= timedelta():
            return 0, tries
        for one in tries:
            await self.desk.forget_try(one)
        return int(-(-longest.total_seconds() // 1)), tries

    @asynccontextmanager
    async def _guessed(self, account: Account) -> AsyncIterator[None]:
        """Somebody signed in says their password once more. A page left open is no better place
        to guess it than the sign-in: the same tries count for both."""
        key = _key("login", account.login)
        pause, (tries,) = await self._pause((key,))
        if pause:
            raise TooManyTries(pause)
        try:
            yield
        except AccountRefused as refused:
            if refused.code != "wrong":
                await self.desk.forget_try(tries)
            raise
        await self.desk.forget_tries([key])

    # -- accounts

    async def set_password(self, account: Account, old: str, new: str, *, session: str) -> None:
        """Replaces a password and signs out every other session. Raises AccountRefused,
        TooManyTries."""
        now = self.clock()
        async with self._guessed(account):
            await accounts.change_password(self.desk, self.passwords, account, old, new, now=now)
        await self.sign_out(operator=account.id, but=session)
        await self.desk.audit(account.id, "operator.password", account.id, now)

    async def begin_totp(self, account: Account, password: str) -> tuple[str, str]:
        """A new secret and its address for the app. Raises AccountRefused, TooManyTries."""
        async with self._guessed(account):
            return await self.second.begin(account, password)

    async def confirm_totp(self, account: Account, code: str, *, session: str) -> tuple[str, ...]:
        """Turns codes on: the recovery codes. Other sessions end. Raises AccountRefused."""
        codes = await self.second.confirm(account, code)
        await self.sign_out(operator=account.id, but=session)
        await self.desk.audit(account.id, "operator.totp_on", account.id, self.clock())
        return codes

    async def drop_totp(self, account: Account, password: str) -> None:
        """Turns codes off. Raises AccountRefused, TooManyTries."""
        async with self._guessed(account):
            await self.second.drop(account, password)
        await self.desk.audit(account.id, "operator.totp_off", account.id, self.clock())

    async def reset_totp(self, operator: str, by: Person) -> None:
        """An admin turns codes off for somebody who lost the phone; their sessions end."""
        await self.desk.put_totp(operator)
        await self.sign_out(operator=operator)
        await self.desk.audit(by.id, "operator.totp_reset", operator, self.clock())

    async def add(self, new: NewOperator, by: Person) -> Account:
        """Makes an account. Raises AccountRefused."""
        now = self.clock()
        account = await accounts.add_operator(
            self.desk, self.passwords, new, now=now, new_id=self.new_id
        )
        detail = {"login": account.login, "roles": account.roles, "queues": account.queues}
        await self.desk.audit(by.id, "operator.add", account.id, now, detail=detail)
        self.bus.wake(DESK)
        return account

    async def change(
        self, operator: str, version: int, changes: Mapping[str, Any], by: Person
    ) -> Account | None:
        """Changes name, roles, limit, queues or archived; None when version is old.

        Roles changed and archiving end the sessions; who is no operator any more, or no longer
        here, gives their dialogs back to the queues: nobody misses one who is offline."""
        checked = _checked(changes)
        now = self.clock()
        before = await self.desk.account(operator)
        changed = await self.desk.change_account(operator, version, checked, now)
        if before is None or changed is None:
            return None
        if changed.roles != before.roles or changed.archived_at is not None:
            await self.sign_out(operator=operator)
        why = _why_gone(before, changed)
        if why:
            await self.desk.put_status(operator, "offline", why, by.id, now)
            await self.operators.release(operator, why)
            changed = await self.desk.account(operator)
        detail = {name: list(v) if isinstance(v, tuple) else v for name, v in checked.items()}
        await self.desk.audit(by.id, "operator.change", operator, now, detail=detail)
        self.bus.wake(DESK)
        return changed


def _why_gone(before: Account, changed: Account) -> str:
    """Why somebody no longer works with dialogs, empty while they do."""
    if changed.archived_at is not None:
        return "archived"
    was, is_now = before.person().is_operator, changed.person().is_operator
    return "roles" if was and not is_now else ""


def _key(kind: str, value: str) -> str:
    """What people type is not kept in the clear: it may be a password in the wrong field."""
    return f"{kind}:{sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def _wait(tries: Tries, free: int, now: datetime) -> timedelta:
    if tries.count < free or tries.last_at is None:
        return timedelta()
    pause = min(timedelta(seconds=2 ** min(tries.count - free + 1, 20)), CEILING)
    return tries.last_at + pause - now


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    checks: Mapping[str, Callable[[Any], Any]] = {
        "name": accounts.checked_name,
        "roles": accounts.checked_roles,
        "limit": accounts.checked_limit,
        "queues": tuple,
        "archived": bool,
    }
    return {name: checks[name](value) for name, value in changes.items()}
