"""The log: one line per event, and no secret in it whoever logs."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from config.logs import JsonLines, TextLines, redacted, set_up

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.fixture
def kept_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def stream(form: Literal["json", "text"]) -> io.StringIO:
    out = io.StringIO()
    set_up(form, out)
    return out


@pytest.mark.usefixtures("kept_root")
def test_a_json_line_has_time_level_logger_message_and_extras() -> None:
    out = stream("json")
    logging.getLogger("handlers.calls").warning("slow: %s", "да", extra={"service": "x", "ms": 5})
    line = json.loads(out.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "handlers.calls",
        "message": "slow: да",
        "service": "x",
        "ms": 5,
    }


@pytest.mark.usefixtures("kept_root")
def test_a_text_line_is_one_line_with_its_extras() -> None:
    out = stream("text")
    logging.getLogger("a").error("first\nsecond", extra={"n": 1})
    assert out.getvalue().endswith(" ERROR a: first\\nsecond n=1\n")
    assert out.getvalue().count("\n") == 1


@pytest.mark.usefixtures("kept_root")
@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_comes_with_its_traceback_and_without_secrets(
    form: Literal["json", "text"],
) -> None:
    def post() -> None:
        raise RuntimeError(f"POST https://api.telegram.org/bot{TOKEN}/sendMessage failed")

    out = stream(form)
    try:
        post()
    except RuntimeError:
        logging.getLogger("a").exception("sending to %s", f"/bot{TOKEN}/")
    logging.getLogger("a").info("x", extra={"token": "s3cret-canary", "url": "nats://u:canary@h"})
    assert "RuntimeError" in out.getvalue()
    assert TOKEN.partition(":")[2] not in out.getvalue()
    assert "canary" not in out.getvalue()


@pytest.mark.usefixtures("kept_root")
@pytest.mark.parametrize("form", ["json", "text"])
def test_of_what_a_server_quotes_only_its_own_words_and_the_class_are_kept(
    form: Literal["json", "text"],
) -> None:
    def read() -> None:
        raise ValueError("Invalid char in url path: b'GET /media/CANARY'")

    out = stream(form)
    try:
        read()
    except ValueError as error:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "CANARY")
        logging.getLogger("aiohttp.access").warning("GET %s", "/CANARY", extra={"url": "CANARY"})
        said = f"Exception in callback taken(b'CANARY')\nhandle: {error!r}"
        logging.getLogger("asyncio").exception(said)
    first, second, third = out.getvalue().splitlines()
    assert "CANARY" not in out.getvalue()
    assert "warning" in first.lower()
    assert "Error handling request from …, ValueError at read:" in first
    assert "GET …" in second
    assert "error" in third.lower()
    assert "Exception in callback taken …, ValueError at read:" in third


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_a_line_that_cannot_be_formatted_is_still_a_line(lines: logging.Formatter) -> None:
    for message, arguments in (("%d of %s", ("x",)), ("lone \ud800", ())):
        record = logging.LogRecord("a", logging.INFO, "a.py", 1, message, arguments, None)
        record.thing = object()
        line = lines.format(record)
        assert message[:4] in line
        assert "\n" not in line
        line.encode()


@pytest.mark.usefixtures("kept_root")
def test_setting_up_twice_logs_each_event_once() -> None:
    first = stream("text")
    second = stream("json")
    logging.getLogger("a").info("x")
    assert first.getvalue() == ""
    assert second.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        f"bot{TOKEN}",
        "Authorization: Bearer canary-1234",
        "{'Authorization': 'Bearer canary-1234'}",
        '{"authorization":"Basic canary1234=="}',
        "https://api.vk.com/method/x?access_token=canary-1234&v=5",
        "?secret=canary-1234",
        '{"secret": "canary-1234"}',
        "password='canary-1234'",
        "postgresql://user:canary-1234@host/db",
        "bearer canary-1234",
    ],
)
def test_what_looks_like_a_secret_is_struck_out(text: str) -> None:
    assert "canary" not in redacted(text)
    assert TOKEN[12:] not in redacted(text)
    assert "***" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "demo: code 123456 sent to +79210001234",
        "back office: our token is refused (401)",
        "12:00:00 started",
        "https://isp.example/spb",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert redacted(text) == text


#: What Python itself would write to stderr, each in its own shape.
_SAID_BY_PYTHON = {
    "a warning": "import warnings; warnings.warn('token=canary-1234 is old')",
    "a thread": "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
    "an end": "raise RuntimeError('password=canary-1234')",
    "an object's end": "class A:\n def __del__(self): 1 / 0\nA()",
}


@pytest.mark.parametrize("code", _SAID_BY_PYTHON.values(), ids=_SAID_BY_PYTHON)
def test_what_python_says_by_itself_is_a_line_too(code: str) -> None:
    begun = "from config import logs\nlogs.set_up('json')\nlogs.take_over()\n"
    ended = subprocess.run(
        [sys.executable, "-c", begun + code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    found = json.loads(line)
    assert found["level"] in {"warning", "error", "critical"}
    assert "canary" not in line
    assert found["logger"] == "py.warnings" or "Error" in found["error"]
