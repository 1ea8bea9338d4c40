"""The two ends of a terminal: lines in, lines out. The only file of the console that does I/O."""

import asyncio
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TextIO, TypeVar

from bots.console.parse import cleaned, decoded

_LINE_BYTES = 1024 * 1024
_CLEAR = "\r\x1b[J"
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
T = TypeVar("T")


class Terminal(Protocol):
    """Where the conversation is shown. is_live: a person sits there and sees things move."""

    is_live: bool

    async def read(self, prompt: str) -> str | None:
        """The next line without its end, None at the end of input."""

    def write(self, lines: Sequence[str]) -> None:
        """Shows lines at once. Raises BrokenPipeError when nobody reads any more."""

    def write_above(self, lines: Sequence[str]) -> None:
        """Shows lines while a `read` waits, the half-typed line kept below them."""

    def status(self, text: str) -> None:
        """Shows a passing word on the last line; an empty one takes it away."""

    def close(self) -> None:
        """Leaves the terminal as it was found."""


class PipeTerminal:
    """Bytes from a pipe or file, bytes to one."""

    is_live = False

    def __init__(self, stdin: TextIO, stdout: TextIO) -> None:
        self._stdin = stdin.buffer
        self._stdout = stdout.buffer
        self._encoding = stdout.encoding or "utf-8"

    async def read(self, prompt: str) -> str | None:
        del prompt
        raw = await _in_thread(lambda: self._stdin.readline(_LINE_BYTES))
        return decoded(raw) if raw else None

    def write(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        text = "".join(f"{line}\n" for line in lines)
        try:
            self._stdout.write(text.encode(self._encoding, "replace"))
            self._stdout.flush()
        except BrokenPipeError:
            _drop(self._stdout.fileno())
            raise

    def write_above(self, lines: Sequence[str]) -> None:
        self.write(lines)

    def status(self, text: str) -> None:
        """A pipe has no last line to write over."""

    def close(self) -> None:
        """Nothing was changed."""


class LiveTerminal:
    """A person at a keyboard: line editing and history where the platform has them.

    moves: whether the cursor can be sent about; a dumb terminal would show the sequences."""

    is_live = True

    def __init__(self, stdin: TextIO, stdout: TextIO, *, moves: bool) -> None:
        self._stdout = stdout
        self._moves = moves
        self._is_asking = False
        self._restore = _restorer(stdin)
        self._typed = _line_editor()
        self._prompt = ""
        self._shown = ""
        for stream in (stdin, stdout):
            # input() decodes strictly by default, and one wrong byte would end the conversation.
            if callable(reconfigure := getattr(stream, "reconfigure", None)):
                reconfigure(errors="replace")

    async def read(self, prompt: str) -> str | None:
        self._prompt = prompt
        # Readline counts columns; what takes none stands between \x01 and \x02.
        marked = _COLOUR.sub("\x01\\1\x02", prompt)

        def ask() -> str | None:
            try:
                return input(marked)
            except EOFError:
                return None

        self._is_asking = True
        line = await _in_thread(ask)
        self._is_asking = False
        return None if line is None else cleaned(line)

    def write(self, lines: Sequence[str]) -> None:
        self.status("")
        self._out("".join(f"{line}\n" for line in lines))

    def write_above(self, lines: Sequence[str]) -> None:
        if lines:
            above = "".join(f"{line}\n" for line in lines)
            start = _CLEAR if self._moves else "\n"
            self._out(f"{start}{above}{self._prompt}{self._typed()}")

    def status(self, text: str) -> None:
        if self._moves and text != self._shown:
            self._out(_CLEAR + text)
            self._shown = text

    def close(self) -> None:
        self.status("")
        if self._is_asking:  # a read was cut short: what comes next begins a line of its own
            self._out("\n")
        self._restore()

    def _out(self, text: str) -> None:
        self._stdout.write(text)
        self._stdout.flush()


def open_terminal(
    stdin: TextIO, stdout: TextIO, environ: Mapping[str, str], *, plain: bool
) -> Terminal:
    """The live one when a person sits at both ends and did not ask for `--plain`."""
    if not plain and stdin.isatty() and stdout.isatty():
        return LiveTerminal(stdin, stdout, moves=not _is_dumb(environ))
    return PipeTerminal(stdin, stdout)


def wants_colours(stdout: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ANSI colours are welcome there."""
    return stdout.isatty() and not environ.get("NO_COLOR") and not _is_dumb(environ)


def _is_dumb(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM") == "dumb"


async def _in_thread(read: Callable[[], T]) -> T:
    """Runs a blocking read in a daemon thread, so that Ctrl-C need not wait for a line."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(outcome: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is gone: the program ended while we read
            loop.call_soon_threadsafe(lambda: None if future.done() else outcome())

    def run() -> None:
        try:
            line = read()
        except Exception as error:
            failure = error
            tell(lambda: future.set_exception(failure))
        else:
            tell(lambda: future.set_result(line))

    threading.Thread(target=run, name="console-input", daemon=True).start()
    return await future


def _drop(descriptor: int) -> None:
    """Points the closed pipe at nothing, or the interpreter complains once more at its exit."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def _line_editor() -> Callable[[], str]:
    """Switches line editing on if there is any; gives what is typed so far."""
    try:
        import readline
    except ImportError:
        return str
    return readline.get_line_buffer


def _restorer(stdin: TextIO) -> Callable[[], None]:
    """Remembers the terminal's modes: a read that is cut short leaves line editing's behind."""
    try:
        import termios
    except ImportError:
        return lambda: None
    descriptor = stdin.fileno()
    modes = termios.tcgetattr(descriptor)
    return lambda: termios.tcsetattr(descriptor, termios.TCSANOW, modes)
