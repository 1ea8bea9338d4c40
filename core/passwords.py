"""Operators' passwords: argon2id in a thread, and what a password must be.

Hashing costs 64 MiB and some 50 ms on purpose, so only a few run at once.
"""

import asyncio
import random
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 256
_AT_ONCE = 2
#: Without signs that look alike.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_WEAK = ("password", "qwerty", "йцукен", "пароль", "123456", "abcdef", "otklik")


class Passwords:
    """Hashes and checks. memory: KiB; the defaults are those of RFC 9106 for little memory."""

    def __init__(self, *, time: int = 3, memory: int = 65_536) -> None:
        self._time = time
        self._memory = memory
        self._room = asyncio.Semaphore(_AT_ONCE)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        # Imported at the first sign-in: most commands never see one.
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=self._time, memory_cost=self._memory, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("somebody who does not exist")

    async def hashed(self, password: str) -> str:
        """The hash to be stored."""
        async with self._room:
            return await asyncio.to_thread(lambda: self._hasher.hash(password))

    async def fits(self, stored: str, password: str) -> bool:
        """The password is the stored one. An empty `stored` costs the same time and never fits."""
        async with self._room:
            return await asyncio.to_thread(self._fits, stored, password)

    def _fits(self, stored: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(stored)


def weakness(password: str, login: str) -> str:
    """Why a password will not do, as a code; empty when it will."""
    lowered = password.casefold()
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    if len(set(lowered)) < 5 or (login and login.casefold() in lowered):
        return "too_simple"
    for weak in _WEAK:
        lowered = lowered.replace(weak, "")
    return "" if len(lowered) >= SHORTEST // 2 else "too_simple"


def new_password(rng: random.Random, length: int = 16) -> str:
    """A password to be handed over once; rng: a SystemRandom outside of tests."""
    return "".join(rng.choice(_ALPHABET) for _ in range(length))
