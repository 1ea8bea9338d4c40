"""What can be said before anything is opened: where we listen, our address, what is wrong."""

import os
import socket
from datetime import timedelta
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from bots import adapters, wiring
from config.rest import NOTHING, Told
from config.settings import Settings
from core.errors import ConfigError
from core.storage.address import address

#: Clocks may differ by so much, at which nobody notices that answers wait.
CLOCKS = timedelta(seconds=1)


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
    return settings.public_url or here(options.host, options.port)


def here(host: str, port: int) -> str:
    """Where this machine finds itself when it listens there. A host that stands for all addresses
    of the machine is none that anybody could ask."""
    found = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nobody listens
    return f"http://[{found}]:{port}" if ":" in found else f"http://{found}:{port}"


def nearby(settings: Settings, options: Options) -> tuple[str, ...]:
    """What the machine may call itself beside that, where nobody said how it is reached."""
    if settings.public_url or not _is_loopback(urlsplit(base(settings, options)).hostname or ""):
        return ()
    return tuple(f"http://{name}:{options.port}" for name in ("127.0.0.1", "localhost", "[::1]"))


def warning(settings: Settings, options: Options) -> str:
    """What is likely to disappoint, in a sentence, or nothing."""
    if settings.public_url or _is_loopback(options.host):
        return ""
    return (
        "OTKLIK_PUBLIC_URL is not set: the desk lets people in at"
        f" {base(settings, options)} alone, and platforms are told that address; set the one that"
        " browsers and platforms use"
    )


def apart(ahead: timedelta) -> str:
    """What to say of a clock that is so far ahead of the database's, or nothing."""
    if abs(ahead) <= CLOCKS:
        return ""
    side = "ahead of" if ahead > timedelta() else "behind"
    return (
        f"this machine's clock is {abs(ahead).total_seconds():.1f} s {side} the database's: where"
        " clocks of processes differ, every answer may wait as long; keep them all by NTP"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def free_port(host: str) -> int:
    """Any that is free, chosen before anything is told where we listen. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, 0), family=family) as listening:
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
