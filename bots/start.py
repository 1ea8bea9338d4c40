"""What can be said before anything is opened: where we listen, our address, what is wrong."""

import os
import socket
from typing import NamedTuple

from bots import adapters, wiring
from config.rest import NOTHING, Told
from config.settings import Settings
from core.errors import ConfigError
from core.storage.address import address


class Options(NamedTuple):
    """What the command line says. port 0: any free one."""

    host: str
    port: int
    role: str = "all"
    demo: bool = False
    lang: str = "ru"


def wrong_with(settings: Settings, options: Options, told: Told = NOTHING) -> list[str]:
    """All that keeps these settings from being served, as far as it is seen before anything is
    opened. told: of what nothing more has to be said."""
    return [
        *homeless(settings, options, told),
        *adapters.wrong_with(settings, base(settings, options), wiring.now, told),
    ]


def homeless(settings: Settings, options: Options, told: Told = NOTHING) -> list[str]:
    """What is wrong with where everything is stored."""
    if told.own & {"database_url", "secret_key"}:
        return []
    try:
        is_alone = address(settings.database_url).kind == "sqlite"
        if not is_alone:
            wiring.key_of(settings, settings.database_url)
    except ConfigError as error:
        return list(error.problems)
    if is_alone and options.role != "all":
        # nobody else may serve the file, so the other parts of the work would never be done
        return [
            f"--role {options.role} needs PostgreSQL (OTKLIK_DATABASE_URL): on SQLite one process"
            " does all the work, so leave --role out"
        ]
    return []


def base(settings: Settings, options: Options) -> str:
    """The address under which this installation is reached."""
    return settings.public_url or f"http://{options.host}:{options.port}"


def free_port(host: str) -> int:
    """Any that is free, chosen before anything is told where we listen. Raises ConfigError."""
    try:
        with socket.create_server((host, 0)) as listening:
            return int(listening.getsockname()[1])
    except (OSError, UnicodeError) as error:
        raise ConfigError([not_here(Options(host, 0), error)]) from error


def not_here(options: Options, error: OSError | UnicodeError) -> str:
    """Why nobody can listen there, in a sentence."""
    if isinstance(error, UnicodeError):
        reason = "this is no name of a host"
    elif error.errno and error.errno > 0:
        reason = os.strerror(error.errno)
    else:  # a name that leads nowhere
        reason = (error.strerror or "").partition(" (")[0]
    return (
        f"cannot listen on {options.host} port {options.port}: {reason}; choose others by --host"
        " and --port, or OTKLIK_HOST and OTKLIK_PORT"
    )
