"""`otklik bench http`: the whole way, webhook in and answer posted, of a real `otklik serve`.

The platform and its customers live in this process, the process under test is another one; only
the latter's CPU is counted.
"""

import asyncio
import time
from pathlib import Path

from bots.bench.conversation import SCRIPT, TURNS
from bots.bench.figures import Figures, quantile
from bots.bench.messenger import SECRET, TOKEN, Messenger, messenger
from bots.bench.process import Served, serving

CHANNEL = "bench"
#: Conversations (whole, or first messages only) that one run may last at most, in seconds.
TOO_LONG = 300.0
#: First messages asked one after the other, for the latency of an idle system.
ALONE = 200
_KEY = "bench" * 10
NOTE = (
    "p50 and p99 are of steps that ask no service: services that must not tell who is known\n"
    "answer late on purpose (about 2.5 s a conversation), which limits turns/s to about three per\n"
    "customer at once. Only CPU of the serving process is counted, without PostgreSQL's own."
)


def measured(
    url: str, name: str, *, customers: int, rounds: int, scenarios: str, folder: Path
) -> list[Figures]:
    """Two lines: many customers at once, and one message after the other."""
    return asyncio.run(
        _measured(url, name, customers=customers, rounds=rounds, scenarios=scenarios, folder=folder)
    )


async def _measured(
    url: str, name: str, *, customers: int, rounds: int, scenarios: str, folder: Path
) -> list[Figures]:
    async with messenger() as (double, api), serving(_settings(url, api, scenarios), folder) as own:
        webhook = f"{own.url}/webhooks/{CHANNEL}"
        # Loads what is loaded once: connections, caches, the classifier.
        await double.play(webhook, customers=4, conversations=4, steps=len(SCRIPT), seconds=60)
        crowd = await _line(
            double, own, webhook, name, customers, customers * rounds, steps=len(SCRIPT)
        )
        alone = await _line(double, own, webhook, f"{name}, one by one", 1, ALONE, steps=1)
    return [crowd, alone]


async def _line(  # one run of the crowd; each argument is one number of it
    double: Messenger,
    own: Served,
    webhook: str,
    name: str,
    customers: int,
    conversations: int,
    *,
    steps: int,
) -> Figures:
    double.waits.clear()
    wall, cpu = time.perf_counter(), own.cpu()
    await double.play(
        webhook, customers=customers, conversations=conversations, steps=steps, seconds=TOO_LONG
    )
    ordered = sorted(double.waits)
    return Figures(
        name=name,
        turns=conversations * (TURNS if steps == len(SCRIPT) else steps),
        conversations=conversations,
        wall=time.perf_counter() - wall,
        cpu=own.cpu() - cpu,
        p50_ms=quantile(ordered, 0.5) * 1000,
        p99_ms=quantile(ordered, 0.99) * 1000,
        peak_mb=own.peak_mb(),
        is_whole=steps == len(SCRIPT),
    )


def _settings(url: str, api: str, scenarios: str) -> dict[str, str]:
    channel = f"OTKLIK_CHANNELS__{CHANNEL.upper()}__"
    return {
        "OTKLIK_DATABASE_URL": url,
        "OTKLIK_SECRET_KEY": _KEY,
        "OTKLIK_SCENARIOS": scenarios,
        "OTKLIK_LOG": "text",
        "OTKLIK_BACKOFFICE__DRIVER": "bots.bench.conversation:Agreeable",
        f"{channel}PLATFORM": "telegram",
        f"{channel}MODE": "webhook",
        f"{channel}TOKEN": TOKEN,
        f"{channel}SECRET": SECRET,
        f"{channel}API_URL": api,
    }
