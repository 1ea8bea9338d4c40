"""`otklik operator add|list|disable|reset-password|drop-codes`: who may sign in at the desk."""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bots import wiring
from core.desk_accounts import NewOperator
from core.desk_store import DeskStore
from core.passwords import Passwords
from core.storage.cipher import SivCipher
from core.storage.desk import open_desk
from handlers import accounts

#: Without letters and digits that look alike: a person copies it once.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SIGNS = 16


def new_password() -> str:
    """A password to be replaced at the first sign-in."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SIGNS))


def run(words: argparse.Namespace) -> int:
    """One action."""
    return asyncio.run(_run(words))


async def _run(words: argparse.Namespace) -> int:
    async with desk() as (store, queue):
        return await _ACTIONS[words.action](words, store, queue)


@asynccontextmanager
async def desk() -> AsyncIterator[tuple[DeskStore, str]]:
    """The desk's store of the settings, and the queue of operators without any."""
    settings = wiring.load_settings(os.environ)
    async with AsyncExitStack() as stack:
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        await wiring.open_database(stack, settings.database_url, settings, cipher)
        store = await stack.enter_async_context(open_desk(settings.database_url))
        yield store, settings.policy.default_queue


async def _add(words: argparse.Namespace, store: DeskStore, queue: str) -> int:
    password = new_password()
    new = NewOperator(
        login=words.login,
        name=words.name or words.login,
        password=password,
        roles=tuple(words.role or ("operator",)),
        queues=tuple(words.queue or ()),
    )
    made = await accounts.add_operator(
        store, Passwords(), new, now=wiring.now(), new_id=wiring.new_id, default_queue=queue
    )
    roles = ", ".join(made.roles)
    queues = ", ".join(made.queues) or "none"
    sys.stdout.write(f"{made.login}: {roles}; queues: {queues}\npassword: {password}\n")
    return 0


async def _list(words: argparse.Namespace, store: DeskStore, queue: str) -> int:
    found = await store.accounts()
    for one in found:
        queues = ", ".join(one.queues) or "-"
        sys.stdout.write(f"{one.login}  {', '.join(one.roles)}  {queues}  {one.status}\n")
    if not found:
        sys.stdout.write("nobody yet: otklik operator add LOGIN --role admin\n")
    return 0


async def _disable(words: argparse.Namespace, store: DeskStore, queue: str) -> int:
    made = await accounts.disable_operator(store, words.login, now=wiring.now())
    sys.stdout.write(f"{made.login} cannot sign in any more\n")
    return 0


async def _reset(words: argparse.Namespace, store: DeskStore, queue: str) -> int:
    password = new_password()
    made = await accounts.reset_password(
        store, Passwords(), words.login, password, now=wiring.now()
    )
    sys.stdout.write(f"{made.login} is signed out everywhere\npassword: {password}\n")
    return 0


async def _drop_codes(words: argparse.Namespace, store: DeskStore, queue: str) -> int:
    made = await accounts.drop_codes(store, words.login, now=wiring.now())
    sys.stdout.write(f"{made.login} signs in by the password alone\n")
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, DeskStore, str], Awaitable[int]]] = {
    "add": _add,
    "list": _list,
    "disable": _disable,
    "reset-password": _reset,
    "drop-codes": _drop_codes,
}
