"""`python -m bots …` as a process of its own, with the settings a test gives and nothing else."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from tests.fakes.bell import SECONDS, Bell

ROOT = Path(__file__).resolve().parents[2]
#: Patience with the first start on a busy machine, where scenarios are compiled and tuned.
_START = 120.0
#: What is not ours to change.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def environment(cache: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process: no `OTKLIK_` but the settings given."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {f"OTKLIK_{name}": value for name, value in settings.items()}
    return {**kept, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT), **own}


#: Below those that systems give to connections on their way out: none of these takes it away again.
_PORTS = range(20_000, 32_000)
_untried = itertools.cycle(random.sample(_PORTS, len(_PORTS)))


def free_port() -> int:
    """A port that nobody listens on, and another one at each call."""
    for port in _untried:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("a cycle has no end")


class Finished(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


async def command(
    *words: str,
    cwd: Path,
    cache: Path,
    settings: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Finished:
    """Runs a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bots", *words),
        cwd=cwd,
        env=environment(cache, settings or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_START):
        out, err = await process.communicate(stdin)
    return Finished(process.returncode or 0, out.decode(), err.decode())


class Serve:
    """`otklik serve` under a test's control; everything it writes is in `lines`."""

    def __init__(self, *words: str, cwd: Path, cache: Path, settings: Mapping[str, str]) -> None:
        self.words = words
        self.cwd = cwd
        self.env = environment(cache, settings)
        self.lines: list[str] = []
        self.bell = Bell()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: Sequence[asyncio.Task[None]] = ()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self.ended()

    @property
    def output(self) -> str:
        """What it wrote so far, both streams, of all its lives."""
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        """Where it listens, as it says itself."""
        told = next(line for line in reversed(self.lines) if line.strip().startswith("API "))
        return told.split()[1].removesuffix("/api/v1/")

    async def start(self) -> None:
        """Starts it (again) and waits until it works."""
        begun = len(self.lines)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bots", "serve", *self.words),
            cwd=self.cwd,
            env=self.env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        streams = (self._process.stdout, self._process.stderr)
        self._reading = [asyncio.create_task(self._read(s)) for s in streams if s is not None]
        try:
            await self.bell.until(lambda: self._is_up(begun), _START)
        except TimeoutError:
            self.kill()  # nobody leaves a block that was never entered
            raise AssertionError(f"it did not start:\n{self.output}") from None

    def _is_up(self, begun: int) -> bool:
        return any(line.startswith("  channels:") for line in self.lines[begun:])

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for raw in stream:
            self.lines.append(raw.decode().rstrip("\n"))
            self.bell.ring()

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.kill()

    def terminate(self) -> None:
        """As a service manager would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    async def ended(self, seconds: float = SECONDS) -> int:
        """Its exit code, once it is gone."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            code = await self._process.wait()
            await asyncio.gather(*self._reading)
        return code
