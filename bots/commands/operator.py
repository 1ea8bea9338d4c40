"""`otklik operator add|list|disable|reset-password|drop-codes`: who may sign in at the desk."""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bots import bundles, wiring
from config.settings import Settings
from core.desk_accounts import NewOperator
from core.desk_store import DeskStore
from core.errors import ScenarioError
from core.passwords import Passwords
from core.scenario.model import unpacked
from core.storage.cipher import SivCipher
from core.storage.desk import open_desk
from core.store import Store
from handlers import accounts
from scenarios.services import SERVICES

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
    async with opened() as place:
        return await _ACTIONS[words.action](words, place)


class Place(NamedTuple):
    """Where people are kept, and what is known beside them."""

    desk: DeskStore
    store: Store
    settings: Settings


@asynccontextmanager
async def opened() -> AsyncIterator[Place]:
    """The place that the settings name."""
    settings = wiring.load_settings(os.environ)
    async with AsyncExitStack() as stack:
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        store = await wiring.open_database(stack, settings.database_url, settings, cipher)
        desk = await stack.enter_async_context(open_desk(settings.database_url))
        yield Place(desk, store, settings)


async def _add(words: argparse.Namespace, place: Place) -> int:
    password = new_password()
    new = NewOperator(
        login=words.login,
        name=words.name or words.login,
        password=password,
        roles=tuple(words.role or ("operator",)),
        queues=tuple(words.queue or ()),
    )
    made = await accounts.add_operator(
        place.desk,
        Passwords(),
        new,
        now=wiring.now(),
        new_id=wiring.new_id,
        default_queue=place.settings.policy.default_queue,
    )
    roles = ", ".join(made.roles)
    queues = ", ".join(made.queues) or "none"
    sys.stdout.write(f"{made.login}: {roles}; queues: {queues}\npassword: {password}\n")
    await _tell_unknown(set(new.queues), place)
    return 0


async def _tell_unknown(queues: set[str], place: Place) -> None:
    """Queues may come later, but a typing error should be seen."""
    known = {queue.id for queue in await place.desk.desk_queues(archived=True)}
    known.add(place.settings.policy.default_queue)
    if queues - known:
        known |= await _of_scenarios(place)
    if unknown := sorted(queues - known):
        sys.stderr.write(
            f"otklik: no scenario and no setting knows the queue {', '.join(unknown)} so far;"
            f" known: {', '.join(sorted(known))}\n"
        )


async def _of_scenarios(place: Place) -> set[str]:
    """Queues of the active scenarios, and of the folder, which the next start may take up."""
    stored = await place.store.active_bundle()
    known = wiring.queues_of(unpacked(stored.content)) if stored is not None else set()
    with suppress(ScenarioError):  # `otklik check` tells of those
        sources = bundles.read_sources(Path(place.settings.scenarios))
        cache = bundles.cache_folder(os.environ)
        known |= wiring.queues_of(bundles.compiled(sources, SERVICES, cache=cache))
    return known


async def _list(words: argparse.Namespace, place: Place) -> int:
    found = await place.desk.accounts(archived=True)
    for one in found:
        queues = ", ".join(one.queues) or "-"
        status = one.status if one.archived_at is None else "disabled"
        sys.stdout.write(f"{one.login}  {', '.join(one.roles)}  {queues}  {status}\n")
    if not found:
        sys.stdout.write("nobody yet: otklik operator add LOGIN --role admin\n")
    return 0


async def _disable(words: argparse.Namespace, place: Place) -> int:
    made = await accounts.disable_operator(place.desk, place.store, words.login, now=wiring.now())
    sys.stdout.write(f"{made.login} cannot sign in any more\n")
    return 0


async def _reset(words: argparse.Namespace, place: Place) -> int:
    password = new_password()
    made = await accounts.reset_password(
        place.desk, Passwords(), words.login, password, now=wiring.now()
    )
    sys.stdout.write(f"{made.login} is signed out everywhere\npassword: {password}\n")
    return 0


async def _drop_codes(words: argparse.Namespace, place: Place) -> int:
    made = await accounts.drop_codes(place.desk, words.login, now=wiring.now())
    sys.stdout.write(f"{made.login} signs in by the password alone\n")
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Place], Awaitable[int]]] = {
    "add": _add,
    "list": _list,
    "disable": _disable,
    "reset-password": _reset,
    "drop-codes": _drop_codes,
}
