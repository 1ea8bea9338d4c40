"""A real `otklik serve` in a process of its own, and what it costs."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from core.errors import OtklikError

#: The checkout: the process under test runs the same files.
ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 30.0
_ADDRESS = re.compile(r"http://[^/\s]+")
_STAT = 13  # utime and stime are fields 14 and 15 of /proc/PID/stat
_KEPT = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


class Served(NamedTuple):
    """A process that serves at `url`."""

    pid: int
    url: str

    def cpu(self) -> float:
        """CPU seconds of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[_STAT - 2]) + int(fields[_STAT - 1])
        return ticks / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """Most memory it has had."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0


@asynccontextmanager
async def serving(settings: Mapping[str, str], folder: Path) -> AsyncIterator[Served]:
    """`otklik serve` on a free port for as long as the block lasts. settings: OTKLIK_ variables.

    Raises OtklikError when it does not start, with what it said."""
    if sys.platform != "linux":
        raise OtklikError("this measurement reads CPU times in /proc, which only Linux has")
    empty = folder / "bench.toml"
    empty.touch()
    own = {name: os.environ[name] for name in _KEPT if name in os.environ}
    log = folder / "serve.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bots", "serve", "--port", "0"),
            cwd=ROOT,
            env={**own, **settings, "OTKLIK_CONFIG": str(empty)},
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        address = await _address(process)
        if not address:
            said = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
            raise OtklikError(f"the process under test did not start: {said.strip()[-500:]}")
        yield Served(process.pid, address)
    finally:
        await _stopped(process)


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens; empty when it ended or took too long."""
    assert process.stdout is not None  # noqa: S101  asked for above
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await process.stdout.readline():
                found = _ADDRESS.search(line.decode())
                if found is not None:
                    return found[0]
    except TimeoutError:
        pass
    return ""


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
