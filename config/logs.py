"""The log: one line per event, for people or for machines, and secrets in neither.

Code logs no secret in the first place; the filter here is the last resort, for what libraries say.
Of a server and an event loop, which quote whatever came in, only the bare sentence is kept.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Protocol

log = logging.getLogger(__name__)

_HIDDEN = "***"
_PATTERNS: Sequence[tuple[re.Pattern[str], str]] = (
    # a Telegram token, alone or in a path such as /bot123:abc/sendMessage
    (re.compile(r"(?<![0-9])[0-9]{6,20}:[A-Za-z0-9_-]{30,}"), _HIDDEN),
    # whoever prints a header
    (
        re.compile(
            r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:bearer |basic |token )?[^\s'\",;}]+"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}"), r"\1***"),
    # names of ours and of the platforms, in addresses, JSON and reprs
    (
        re.compile(
            r"(?i)((?:access_token|auth_token|app_secret|verify_token|secret_token|secret_key|api_key|token|secret|password)"
            r"['\"]?\s*[:=]\s*['\"]?)(?!\*\*\*)[^\s'\"&,;}]{4,}"
        ),
        r"\1***",
    ),
    # a password in an address
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1***@"),
)
#: Loggers that quote requests and answers, in arguments and in the texts of exceptions.
_QUOTING = frozenset({"aiohttp", "asyncio"})
#: The part of such a sentence that is the library's own: all before something is shown in it.
_OWN_WORDS = re.compile(r"[^%<(\[{'\"\n]*")
#: What every record has; anything else on it was given as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redacted(text: str) -> str:
    """The text without what looks like a token, a password or an Authorization header."""
    for pattern, kept in _PATTERNS:
        text = pattern.sub(kept, text)
    return text


class TextLines(logging.Formatter):
    """`12:00:00 WARNING handlers.calls: text key=value`, then a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        record = _unquoted(record)
        at = _moment(record).strftime("%H:%M:%S")
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        # One event stays one line, whatever was put into it.
        message = f"{_message(record)}{extra}".replace("\r", "\\r").replace("\n", "\\n")
        line = f"{at} {record.levelname} {record.name}: {message}"
        trace = _trace(self, record)
        return _writable(redacted(f"{line}\n{trace}" if trace else line))


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, extras, error."""

    def format(self, record: logging.LogRecord) -> str:
        record = _unquoted(record)
        line: dict[str, object] = {
            "time": _moment(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(_message(record)),
        }
        for name, value in _extra(record).items():
            line.setdefault(name, _plain(name, value))
        trace = _trace(self, record)
        if trace:
            line["error"] = redacted(trace)
        return _writable(json.dumps(line, ensure_ascii=False, default=str))


class Stream(Protocol):
    """Where lines go, each with its end."""

    def write(self, text: str, /) -> object:
        """Takes one line."""

    def flush(self) -> object:
        """Called after each."""


def set_up(
    form: Literal["json", "text"], stream: Stream | None = None, level: int = logging.INFO
) -> None:
    """Makes the process log to `stream` (stderr) in this form; a second call replaces the first."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        if getattr(old, "is_ours", False):
            root.removeHandler(old)
    handler.is_ours = True  # type: ignore[attr-defined]  # our mark, so that tests keep their own handlers
    root.addHandler(handler)
    root.setLevel(level)
    # These print addresses of calls, in which platforms carry tokens and customers' ids.
    for chatty in ("aiohttp.access", "aiogram", "vkbottle", "httpx", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def take_over() -> None:
    """What Python itself would write to stderr goes to the log from now on: warnings, and
    exceptions that nobody caught. For a process that does nothing else, and after `set_up`."""
    logging.captureWarnings(True)
    sys.excepthook = _ended_by
    threading.excepthook = lambda said: _uncaught(
        f"thread {said.thread and said.thread.name}", said
    )
    sys.unraisablehook = lambda said: _uncaught(said.err_msg or "ignored", said)


def _ended_by(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("the process ends by a fault of ours", exc_info=(kind, error, trace))


def _uncaught(where: str, said: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    error = said.exc_value or said.exc_type()
    log.error("%s: an exception that nobody caught", where, exc_info=error)


def _unquoted(record: logging.LogRecord) -> logging.LogRecord:
    """The record without what it may hold of a path, a header or a body. A request that cannot be
    read is no error of ours."""
    library = record.name.partition(".")[0]
    if library not in _QUOTING:
        return record
    said = str(record.msg)
    words = _OWN_WORDS.match(said)
    told = words[0] if words else ""
    if told != said:
        told = f"{told.rstrip(' :,')} …"
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        told += f", {type(error).__name__}{_place(error)}"
    level = min(record.levelno, logging.WARNING) if library == "aiohttp" else record.levelno
    bare = logging.LogRecord(record.name, level, record.pathname, record.lineno, told, (), None)
    bare.created = record.created
    return bare


def _place(error: BaseException) -> str:
    """Where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""


def _writable(text: str) -> str:
    """A lone surrogate would cost the whole line."""
    return text.encode("utf-8", "replace").decode()


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # A wrong number of arguments must not cost the line, nor a second one on stderr.
        return str(record.msg)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _plain(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    # The name belongs to it: `token=…` is a secret whatever it looks like.
    shown = redacted(f"{name}={value}")
    return shown.removeprefix(f"{name}=")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""
