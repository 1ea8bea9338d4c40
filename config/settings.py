"""All settings, their limits and their defaults; default.toml beside this file explains each.

`load` reports every problem at once, each as one sentence that names the setting the way its
author wrote it. Values of secrets appear in none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from config.channels import AnyChannel
from config.keyfile import secret_key
from config.kinds import (
    ClockTime,
    Duration,
    Host,
    Networks,
    Share,
    Token,
    WebAddress,
    Zone,
    address_of,
    clock_time,
    duration,
    secret_of,
    whole,
    whole_number,
)
from config.problems import contradictions, sentences
from config.rest import Told, right_channels, right_part
from config.sources import gather
from core.errors import ConfigError
from core.policy import Policy, RatingPolicy
from core.scenario.services import AttemptLimits

__all__ = ["Settings", "attempt_limits", "load", "policy", "questions", "secret_key"]

_DATABASE = address_of(
    "sqlite",
    "sqlite+aiosqlite",
    "postgresql",
    "postgresql+asyncpg",
    "postgres",
    example="sqlite+aiosqlite:///otklik.db or postgresql+asyncpg://user@host/name",
)
_NATS = address_of("nats", "tls", "ws", "wss", example="nats://127.0.0.1:4222")
_SECRET_KEY = secret_of(r"[\x21-\x7e]{32,500}", "at least 32 characters without spaces")
_DRIVER = r"^(demo|http|none|[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*)$"
_UpTo100 = Annotated[int, whole(1, 100)]
_CHANNEL_NAME = r"^[a-z][a-z0-9_-]{0,39}$"


class Group(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BackofficeSettings(Group):
    """driver: demo, http, none or `module:Class`. url, token: of the company's service."""

    driver: str = Field(default="none", pattern=_DRIVER)
    url: WebAddress | None = None
    token: Token | None = None


class RatingSettings(Group):
    """question and scale: see `questions`."""

    question: Literal["csi", "nps", "mixed", "off"] | None = None
    scale: Annotated[Literal[5, 10], BeforeValidator(whole_number)] | None = None
    window: Duration = duration("72h")
    change: Duration = duration("24h")
    comment: Duration = duration("10m")


class NpsSettings(Group):
    """sample: share of people asked when the question is `mixed`; cooldown: between two asks."""

    scale: Literal["0-10", "1-10"] = "0-10"
    sample: Share = 0.1
    cooldown: Duration = duration("90d")


class ReopenSettings(Group):
    """window: a closed dialog takes new words for so long."""

    window: Duration = duration("24h")


class ReportSettings(Group):
    """at: when the daily report goes out, in the organisation's zone."""

    at: ClockTime = clock_time("08:00")


class AttemptSettings(Group):
    """Within `window`, per chat and per account: codes sent, codes tried, password links."""

    codes: _UpTo100 = 3
    checks: _UpTo100 = 5
    links: _UpTo100 = 3
    window: Duration = duration("1h")


class PolicySettings(Group):
    """Patience of the engine; each is explained at core.policy.Policy."""

    call_wait: Duration = duration("2s")
    bundle_age: Duration = duration("24h")
    waiting_note: Duration = duration("5m")
    secret_life: Duration = duration("15m")
    auto_close: Duration = duration("24h")
    default_queue: str = Field(default="first_line", pattern=r"^[a-z][a-z0-9_]{0,39}$")


class Settings(Group):
    """Everything an installation may say. Unset values are None."""

    database_url: Annotated[str, _DATABASE] = Field(
        default="sqlite+aiosqlite:///otklik.db", repr=False
    )
    nats_url: Annotated[str, _NATS] | None = Field(default=None, repr=False)
    public_url: WebAddress | None = None
    host: Host = "127.0.0.1"
    port: Annotated[int, whole(0, 65535)] = 8080
    trusted_proxies: Networks = ()
    secret_key: Annotated[SecretStr, _SECRET_KEY] | None = None
    scenarios: str = Field(default="scenarios", min_length=1)
    files: str = Field(default="otklik-files", min_length=1)
    lang: Literal["ru", "en"] | None = None
    zone: Zone = "Europe/Moscow"
    log: Literal["json", "text"] = "text"
    backoffice: BackofficeSettings = BackofficeSettings()
    rating: RatingSettings = RatingSettings()
    nps: NpsSettings = NpsSettings()
    reopen: ReopenSettings = ReopenSettings()
    report: ReportSettings = ReportSettings()
    attempts: AttemptSettings = AttemptSettings()
    policy: PolicySettings = PolicySettings()
    channels: dict[Annotated[str, Field(pattern=_CHANNEL_NAME)], AnyChannel] = {}


#: Finds what is wrong beyond the form of settings. Asked when something is wrong anyway, with what
#: is right of them and with what is told already.
Ask = Callable[["Settings", Told], Sequence[str]]


def load(
    environ: Mapping[str, str], read: Callable[[str], str | None], ask: Ask | None = None
) -> Settings:
    """The settings of these variables and of the file they name (default otklik.toml).

    read: path -> its text, as `gather` wants it. ask: so that its findings, too, are told at once.
    Raises ConfigError with all problems."""
    found = gather(environ, read)
    problems = [*found.problems, *contradictions(found)]
    try:
        settings = Settings.model_validate(found.tree)
    except ValidationError as error:
        problems += sentences(error.errors(include_url=False), found, Settings)
    if problems:
        if ask is not None and found.is_whole:
            problems += ask(*_rest(found.tree))
        raise ConfigError(list(dict.fromkeys(problems)))
    return settings


def _rest(tree: Mapping[str, Any]) -> tuple[Settings, Told]:
    """What is right of wrong settings, and what is told of the others."""
    channels, told = right_channels(tree)
    own, wrong = right_part(Settings, {k: v for k, v in tree.items() if k != "channels"})
    return own.model_copy(update={"channels": channels}), told._replace(own=wrong)


def questions(settings: Settings) -> tuple[Literal["csi", "nps", "mixed", "off"], tuple[int, int]]:
    """What is asked after a close, and the scale of CSI.

    `rating.question` says what; without it `rating.scale` does: 5 is CSI, 10 is NPS. CSI stands
    on ten points when `rating.question` is csi or mixed and `rating.scale` is 10."""
    question, scale = settings.rating.question, settings.rating.scale
    asked = question or ("nps" if scale == 10 else "csi")
    return asked, (1, 10) if scale == 10 and asked in {"csi", "mixed"} else (1, 5)


def policy(settings: Settings) -> Policy:
    """The numbers the engine obeys."""
    rating, nps, own = settings.rating, settings.nps, settings.policy
    question, csi_scale = questions(settings)
    return Policy(
        call_wait=own.call_wait,
        reopen_window=settings.reopen.window,
        bundle_age=own.bundle_age,
        waiting_note=own.waiting_note,
        secret_life=own.secret_life,
        auto_close=own.auto_close,
        default_queue=own.default_queue,
        rating=RatingPolicy(
            question=question,
            csi_scale=csi_scale,
            nps_scale=(0, 10) if nps.scale == "0-10" else (1, 10),
            nps_sample=nps.sample,
            nps_cooldown=nps.cooldown,
            window=rating.window,
            change=rating.change,
            comment=rating.comment,
        ),
    )


def attempt_limits(settings: Settings) -> AttemptLimits:
    """How often codes may be asked for and tried."""
    own = settings.attempts
    return AttemptLimits(codes=own.codes, checks=own.checks, links=own.links, window=own.window)
