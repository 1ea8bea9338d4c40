"""Accounts of people at the desk: made, listed, disabled, given passwords; the first admin.

Used by the desk's API and by `otklik operator`. What is wrong with an input is raised as
AccountRefused, which names the field.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec.structs import replace

from core.access import ROLES
from core.desk_accounts import Account, NewOperator
from core.desk_store import DeskStore
from core.errors import AccountRefused
from core.passwords import Passwords, weakness
from core.store import Store
from core.updates import OperatorGone

SETUP = "setup_token"
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_NAME_LENGTH = 80


async def add_operator(
    desk: DeskStore,
    passwords: Passwords,
    new: NewOperator,
    *,
    now: datetime,
    new_id: Callable[[], str],
    default_queue: str = "first_line",
) -> Account:
    """Creates an account. Queues need not exist yet: scenarios name queues that nobody made."""
    login = checked_login(new.login)
    roles = checked_roles(new.roles)
    check_password(new.password, login)
    queues = tuple(new.queues)
    if not queues and "operator" in roles:
        queues = (default_queue,)
    account = Account(
        id=new_id(),
        login=login,
        name=checked_name(new.name),
        password_hash=await passwords.hashed(new.password),
        roles=roles,
        queues=queues,
        limit=checked_limit(new.limit),
    )
    if not await desk.put_account(account, now):
        raise AccountRefused("login", "taken", f"the login {login} is taken")
    return account


async def reset_password(
    desk: DeskStore, passwords: Passwords, login: str, password: str, *, now: datetime
) -> Account:
    """Replaces a password and ends all sessions. A disabled account is refused: a password would
    not let anybody in."""
    account = await known(desk, login)
    if account.archived_at is not None:
        raise AccountRefused(
            "login",
            "archived",
            f"{account.login} is disabled, and no password lets them in: first an admin restores"
            " the account at the desk, in the settings under operators",
        )
    check_password(password, account.login)
    await desk.put_password(account.id, await passwords.hashed(password), now)
    await desk.revoke_sessions(now, operator=account.id)
    return account


async def drop_codes(desk: DeskStore, login: str, *, now: datetime) -> Account:
    """Turns one-time codes off for somebody who has lost them, and ends all sessions."""
    account = await known(desk, login)
    await desk.put_totp(account.id)
    await desk.revoke_sessions(now, operator=account.id)
    return account


async def change_password(
    desk: DeskStore,
    passwords: Passwords,
    account: Account,
    old: str,
    new: str,
    *,
    now: datetime,
) -> None:
    """Somebody changes their own password."""
    if not await passwords.fits(account.password_hash, old):
        raise AccountRefused("old", "wrong", "the present password is another one")
    check_password(new, account.login, field="new")
    await desk.put_password(account.id, await passwords.hashed(new), now)


async def disable_operator(desk: DeskStore, store: Store, login: str, *, now: datetime) -> Account:
    """The person no longer works here: no sign-in, no sessions. Their dialogs go back to the
    queues with the next turns, wherever those are made."""
    account = await known(desk, login)
    changed = await desk.change_account(account.id, account.version, {"archived": True}, now)
    if changed is None:
        raise AccountRefused("login", "stale", "somebody changed this account just now; try again")
    await desk.revoke_sessions(now, operator=account.id)
    await desk.put_status(account.id, "offline", "archived", "", now)
    for dialog in await desk.in_hand(account.id):
        await store.append(dialog, OperatorGone(operator=account.id, why="archived"), now)
    return changed


async def enable_operator(desk: DeskStore, login: str, *, now: datetime) -> Account:
    """A disabled account works again, with its old password."""
    account = await known(desk, login)
    changed = await desk.change_account(account.id, account.version, {"archived": False}, now)
    return changed or account


async def known(desk: DeskStore, login: str) -> Account:
    """The account of a login."""
    account = await desk.account_by_login(login)
    if account is None:
        raise AccountRefused("login", "unknown", f"there is no operator {login}")
    return account


# -- the first admin


async def offer_setup(desk: DeskStore, token: str, now: datetime) -> bool:
    """While nobody can sign in, makes `token` good for creating the first admin.

    Called at start; the newest token replaces older ones."""
    if await desk.has_accounts():
        return False
    await desk.put_setting(SETUP, _digest(token), "", now)
    return True


async def set_up(
    desk: DeskStore,
    passwords: Passwords,
    token: str,
    new: NewOperator,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Account | None:
    """The first admin by the token of `offer_setup`, once; None when the token is not good."""
    checked_login(new.login)
    checked_name(new.name)
    check_password(new.password, new.login)
    if await desk.has_accounts() or not await desk.take_setting(SETUP, _digest(token)):
        return None
    admin = replace(new, roles=("admin",))
    return await add_operator(desk, passwords, admin, now=now, new_id=new_id)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


# -- what may be stored


def checked_login(login: str) -> str:
    """The login as it is stored: without case."""
    found = login.casefold()
    if not _LOGIN.fullmatch(found):
        raise AccountRefused(
            "login", "format", "a login is 2 to 64 Latin letters, digits and . _ @ -"
        )
    return found


def checked_name(name: str) -> str:
    """The name customers see."""
    found = " ".join(name.split())
    if not found or len(found) > _NAME_LENGTH or not found.isprintable():
        raise AccountRefused("name", "format", f"a name has 1 to {_NAME_LENGTH} signs")
    return found


def checked_roles(roles: Sequence[str]) -> tuple[str, ...]:
    """Roles in the order of core.access.ROLES."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise AccountRefused("roles", "unknown", f"roles are {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in roles)


def checked_limit(limit: int) -> int:
    """Dialogs at once."""
    if not 1 <= limit <= 100:
        raise AccountRefused("limit", "range", "the limit of dialogs is 1 to 100")
    return limit


def check_password(password: str, login: str, field: str = "password") -> None:
    """Refuses a password that is easily guessed. field: where it was typed."""
    code = weakness(password, login)
    if code:
        raise AccountRefused(field, code, _WEAKNESS[code])


_WEAKNESS = {
    "too_short": "a password has at least 12 signs",
    "too_long": "a password has at most 256 signs",
    "too_simple": "this password is too easy to guess",
}
