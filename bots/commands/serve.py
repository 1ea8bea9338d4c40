"""`otklik serve`: says where everything is, then works until it is told to stop."""

import argparse
import logging
import os
import sys

from bots import loops, wiring
from bots.app import Started, serve
from bots.start import Options, here, warning, wrong_with
from config import logs
from config.settings import Settings

log = logging.getLogger(__name__)


def run(words: argparse.Namespace) -> int:
    """Serves until SIGTERM or Ctrl-C."""
    settings = wiring.load_settings(
        os.environ,
        demo=words.demo,
        ask=lambda right, told: wrong_with(right, options_of(words, right), told),
    )
    logs.set_up(settings.log)
    logs.take_over()
    options = options_of(words, settings)

    async def told(started: Started) -> None:
        for line in lines(options, started):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if disappointing := warning(settings, options):
            log.warning(disappointing)

    loops.run(serve(settings, options, told))
    return 0


def options_of(words: argparse.Namespace, settings: Settings) -> Options:
    """What is said on the command line, and by the settings where it says nothing."""
    return Options(
        host=words.host or settings.host,
        port=settings.port if words.port is None else words.port,
        role=words.role,
        demo=words.demo,
        lang=settings.lang or "ru",
    )


def lines(options: Options, started: Started) -> list[str]:
    """What a person needs to know at the start."""
    told = [f"Otklik works, role {options.role}."]
    if started.port:
        base = here(options.host, started.port)
        # without the demo there is no page of the provider here: that site is the company's own
        told += [f"  site  {base}/"] if options.demo else []
        told += [f"  desk  {base}/desk/", f"  API   {base}/api/v1/"]
    names = ", ".join(started.channels) or "none yet (see config/default.toml)"
    told.append(f"  channels: {names}")
    return told + started.notices
