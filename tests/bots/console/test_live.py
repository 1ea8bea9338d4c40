"""The conversation for people: how it looks, and that it works on a real pseudo-terminal."""

import asyncio
import logging
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from bots.console.aside import Aside
from bots.console.chat import ConsoleSession, console_texts
from bots.console.engine import CallEnded, CallStarted, Closed, Escalated, Event, Rated, Said
from bots.console.render import Pretty, columns, wrapped
from core.content import Option, Outgoing
from core.updates import CustomerStarted, Received, Sender
from tests.fakes.console import ListTerminal, ScriptedEngine, said

ROOT = Path(__file__).parents[3]
TEXTS = console_texts("ru")


def pretty(width: int = 80, *, colours: bool = False) -> Pretty:
    return Pretty(TEXTS, colours=colours, width=lambda: width)


def session(
    terminal: ListTerminal, engine: ScriptedEngine, *, colours: bool = False
) -> ConsoleSession:
    return ConsoleSession(engine, terminal, pretty(colours=colours), TEXTS, sender=Sender(user="1"))


class Waiting(ListTerminal):
    """Somebody thinks. asked: a line is wanted. line: what will be typed."""

    def __init__(self, *, is_live: bool) -> None:
        super().__init__(is_live=is_live)
        self.asked = asyncio.Event()
        self.line: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def read(self, prompt: str) -> str | None:
        self.asked.set()
        return await self.line


async def test_a_newcomer_is_greeted_before_the_first_word() -> None:
    engine = ScriptedEngine()
    terminal = ListTerminal(is_live=True)
    await session(terminal, engine).run(greet=True)
    assert [received.update for received in engine.received] == [CustomerStarted()]
    assert "│ Hello" in terminal.shown
    assert "/help" in terminal.shown[0]


async def test_the_log_is_shown_above_what_is_being_typed() -> None:
    """From whatever thread it comes."""
    terminal = Waiting(is_live=True)
    talk = session(terminal, ScriptedEngine())
    talking = asyncio.create_task(talk.run())
    await terminal.asked.wait()
    record = logging.LogRecord(
        "otklik", logging.WARNING, "", 0, "service %s failed", ("sms",), None
    )
    handler = logging.StreamHandler(Aside(talk.remark, asyncio.get_running_loop()))
    await asyncio.to_thread(handler.emit, record)
    terminal.line.set_result(None)
    await talking
    assert terminal.above == ["service sms failed"]
    assert "service sms failed" not in terminal.shown


def test_options_shown_as_a_numbered_list_are_picked_out_by_colour() -> None:
    options = (Option(key="a", label="Да", token="t"), Option(key="b", label="Нет", token="u"))
    content = Outgoing(text="Точно?\n1. Да\n2. Нет", options=options, numbered=True)
    assert pretty().event(Said(content=content)) == ["│ Точно?", "│  1. Да", "│  2. Нет", ""]
    assert "\x1b[1;33m1.\x1b[0m Да" in pretty(colours=True).event(Said(content=content))[1]


def test_a_scale_is_one_line_of_marks() -> None:
    options = tuple(Option(key=str(n), label=str(n), token=f"t{n}") for n in range(11))
    listed = "\n".join(f"{n + 1}. {n}" for n in range(11))
    content = Outgoing(text=f"Оцените нас\n{listed}", options=options, numbered=True)
    assert pretty().event(Said(content=content)) == [
        "│ Оцените нас",
        "│  0 · 1 · 2 · 3 · 4 · 5 · 6 · 7 · 8 · 9 · 10",
        "",
    ]


def test_an_operators_message_carries_the_name() -> None:
    assert pretty().event(Said(content=Outgoing(text="Здравствуйте"), author="Анна")) == [
        "│ Анна",
        "│ Здравствуйте",
        "",
    ]


def test_moves_of_the_dialog_are_told_in_the_language_of_the_run() -> None:
    view = pretty()
    assert view.event(Escalated(reason="r", queue="q")) == ["Позван оператор: r (очередь q)", ""]
    assert view.event(Rated(value=9, scale=(0, 10))) == ["Оценка: 9 из 10", ""]
    assert view.event(Closed(result="solved")) == ["Диалог закрыт: solved", ""]


@pytest.mark.parametrize("text", ["слово " * 40, "漢字 " * 40, "👍🏽 " * 40, "e\u0301" * 50])
def test_long_lines_are_wrapped_to_the_width(text: str) -> None:
    for line in wrapped(text.strip(), 40):
        assert columns(line) <= 40 or " " not in line


def test_a_window_made_narrower_is_seen_by_the_next_message() -> None:
    width = 80
    view = Pretty(TEXTS, colours=False, width=lambda: width)
    words = Said(content=Outgoing(text="слово " * 12))
    assert len(view.event(words)) == 2
    width = 40
    assert all(columns(line) <= 40 for line in view.event(words))


def test_words_of_the_terminal_itself_are_wrapped_too() -> None:
    for text in (TEXTS["title"], TEXTS["help"]):
        assert all(columns(line) <= 40 for line in pretty(width=40).notice(text))


def test_no_text_is_lost_by_wrapping() -> None:
    text = "Ссылка https://isp.example/" + "очень" * 30 + " и ещё слова после неё, много слов"
    assert " ".join(wrapped(text, 30)).split() == text.split()


def test_languages_of_the_terminal_have_the_same_texts() -> None:
    assert console_texts("ru").keys() == console_texts("en").keys()
    assert console_texts("xx") == console_texts("en")


class Calling(ScriptedEngine):
    """A call that lasts until three frames of dots were shown."""

    def __init__(self, terminal: ListTerminal) -> None:
        super().__init__()
        self._terminal = terminal

    async def submit(self, received: Received) -> AsyncIterator[Event]:
        yield CallStarted(service="billing.get_balance")
        await self._terminal.third_status.wait()
        yield CallEnded(service="billing.get_balance")
        yield said("done")


async def test_dots_move_while_a_call_runs_and_go_when_it_is_over() -> None:
    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    terminal = ListTerminal("balance", is_live=True)
    await ConsoleSession(
        Calling(terminal), terminal, pretty(), TEXTS, sender=Sender(user="1"), sleep=at_once
    ).run()
    assert terminal.statuses[:3] == ["  · ", "  · · ", "  · · · "]
    assert terminal.statuses[-1] == ""
    assert "│ done" in terminal.shown


async def test_an_operators_text_appears_while_the_customer_thinks() -> None:
    engine = ScriptedEngine()
    engine.late.put_nowait(said("Я оператор", "ok"))
    terminal = ListTerminal("/press ok", is_live=True)
    await session(terminal, engine).run()
    assert terminal.above == ["│ Я оператор", "│  [ok] Label ok", ""]
    assert "│ pressed t-ok" in terminal.shown


async def test_a_piped_conversation_shows_what_was_typed() -> None:
    terminal = ListTerminal("привет")
    await session(terminal, ScriptedEngine()).run()
    assert "› привет" in terminal.shown


class Pty:
    """A program on a pseudo-terminal."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), **environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bots.console.pty_chat", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        self.seen = b""

    def __enter__(self) -> "Pty":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def type(self, text: bytes) -> None:
        os.write(self.master, text)

    def until(self, text: str) -> str:
        """Everything shown since the last call, up to `text`."""
        wanted = text.encode()
        while wanted not in self.seen:
            ready, _, _ = select.select([self.master], [], [], 20)
            assert ready, f"«{text}» did not come; seen: {self.seen.decode(errors='replace')}"
            self.seen += os.read(self.master, 4096)
        before, _, self.seen = self.seen.partition(wanted)
        return (before + wanted).decode(errors="replace")

    def ends(self) -> int:
        """Its exit code; what it still showed is in `seen`."""
        code = self.process.wait(20)  # the rest it shows fits into the terminal's buffer
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 4096)
        return code


@pytest.fixture
def chat() -> Iterator[Pty]:
    with Pty() as program:
        yield program


def test_a_person_talks_presses_and_leaves_by_ctrl_d(chat: Pty) -> None:
    opening = chat.until("› ")
    assert "\x1b[36m│ " in opening
    assert "Hello" in opening
    chat.type("привет\n".encode())
    assert "you said привет" in chat.until("you said привет")
    chat.until("› ")
    chat.type(b"menu\n")
    assert "[reset]" in chat.until("Label balance")
    chat.until("› ")
    chat.type(b"/press 1\n")
    chat.until("pressed t-reset")
    chat.until("› ")
    chat.type(b"\x04")
    assert chat.ends() == 0
    assert "До свидания" in chat.seen.decode()


def test_broken_bytes_typed_by_a_person_do_not_end_the_talk(chat: Pty) -> None:
    chat.until("› ")
    chat.type(b"caf\xe9 \xff\n")
    chat.until("you said caf")
    chat.until("› ")
    chat.type(b"still here\n")
    chat.until("you said still here")


def test_ctrl_c_leaves_the_terminal_as_it_was(chat: Pty) -> None:
    chat.until("› ")
    os.killpg(chat.process.pid, signal.SIGINT)
    chat.ends()
    assert termios.tcgetattr(chat.slave)[:4] == chat.before[:4]


def test_ctrl_c_ends_the_line_it_leaves(chat: Pty) -> None:
    chat.until("› ")
    os.killpg(chat.process.pid, signal.SIGINT)
    chat.ends()
    assert b"\r\n" in chat.seen.partition(b"Traceback")[0]


def test_a_dumb_terminal_is_sent_no_sequences() -> None:
    with Pty(TERM="dumb") as program:
        shown = program.until("› ")
        program.type(b"call\n")
        shown += program.until("It said.") + program.until("› ")
        program.type(b"\x04")
        program.ends()
        assert "\x1b" not in shown + program.seen.decode()


def test_no_color_is_obeyed() -> None:
    with Pty(NO_COLOR="1") as program:
        assert "\x1b[3" not in program.until("› ")


def test_plain_is_plain_on_a_terminal_too() -> None:
    with Pty("--plain") as program:
        program.type(b"menu\n")
        shown = program.until("[balance] Label balance")
        assert "\x1b" not in shown
        assert "< First line" in shown


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    typed = tmp_path / "typed.txt"
    typed.write_bytes(b"menu\n" * 20_000)
    with (
        typed.open("rb") as stdin,
        subprocess.Popen(
            [sys.executable, "-m", "tests.bots.console.pty_chat", "--plain"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as program,
    ):
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 0


def test_the_terminal_needs_no_platform_library() -> None:
    code = (
        "import sys, bots.console.chat, bots.console.channel, bots.console.capabilities; "
        "heavy = {'aiogram', 'vkbottle', 'viberbot', 'pydantic', 'sqlalchemy', 'aiohttp'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
