"""`otklik chat`: a conversation with the bot in a terminal, for people and for programs."""

import asyncio
import mimetypes
import shutil
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import TextIO

from bots.console import parse
from bots.console.engine import CallEnded, CallStarted, Engine, Event, Said
from bots.console.render import Plain, Pretty, Texts
from bots.console.terminal import Terminal, open_terminal, wants_colours
from core.content import Media, MediaKind, Option, Outgoing
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

#: Messages whose buttons can still be named by `/press`, as one could scroll up to them.
SCROLL = 20
DOTS_EVERY = 0.3


def console_texts(lang: str) -> Texts:
    """What the terminal itself says, in Russian or else English."""
    source = resources.files("bots.console").joinpath("texts.toml").read_text(encoding="utf-8")
    texts: dict[str, dict[str, str]] = tomllib.loads(source)
    return texts.get(lang, texts["en"])


class ConsoleSession:
    """One customer at one terminal. `engine` does everything; this only reads and shows.

    user: the id of the person, also of the chat. run: prefix that makes the counted ids of this
    run unlike those of an earlier one, empty when the database is thrown away.
    """

    def __init__(
        self,
        engine: Engine,
        terminal: Terminal,
        view: Plain | Pretty,
        texts: Texts,
        *,
        sender: Sender,
        run: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._engine = engine
        self._terminal = terminal
        self._view = view
        self._texts = texts
        self._sender = sender
        self._run = run
        self._sleep = sleep
        self._count = 0
        self._last_sent = ""
        self._offered: list[Outgoing] = []
        self._dots: asyncio.Task[None] | None = None
        self._is_reading = False

    @property
    def is_live(self) -> bool:
        """A person sees the conversation move."""
        return self._terminal.is_live

    def remark(self, text: str) -> None:
        """Shows a word that is no part of the conversation: a line of the log."""
        show = self._terminal.write_above if self._is_reading else self._terminal.write
        show(self._view.notice(text))

    async def run(self, *, greet: bool = False) -> None:
        """Talks until the end of input or /quit.

        greet: opens the chat first, as a newcomer does; never with Plain, where each message of
        the bot answers a line."""
        try:
            if isinstance(self._view, Pretty):
                self._terminal.write([*self._view.notice(self._texts["title"]), ""])
            if greet:
                await self._submit(CustomerStarted())
            while (line := await self._next_line()) is not None:
                asked = parse.parse(line)
                if isinstance(asked, parse.Quit):
                    break
                if asked is not None:
                    await self._do(asked)
            if isinstance(self._view, Pretty):
                self._terminal.write(["", *self._view.notice(self._texts["bye"])])
        except BrokenPipeError:
            return  # who read us has seen enough
        finally:
            await self._stop_dots()
            with suppress(BrokenPipeError):
                self._terminal.close()

    async def _next_line(self) -> str | None:
        if not self._terminal.is_live or isinstance(self._view, Plain):
            line = await self._terminal.read("")
            if line and isinstance(self._view, Pretty):
                self._terminal.write([self._view.prompt() + line])  # nobody's keyboard echoed it
            return line
        news = asyncio.create_task(self._follow_news(), name="console-news")
        self._is_reading = True
        try:
            return await self._terminal.read(self._view.prompt())
        finally:
            self._is_reading = False
            news.cancel()
            with suppress(asyncio.CancelledError):
                await news

    async def _follow_news(self) -> None:
        async for event in self._engine.news():
            self._keep_options(event)
            self._terminal.write_above(self._view.event(event))

    async def _do(self, asked: parse.Line) -> None:
        number = f"{self._run}{self._count + 1}"
        update = parse.update_of(asked, number, self._last_sent)
        if update is not None:
            await self._submit(update)
            return
        match asked:
            case parse.Press(name):
                await self._press(name, number)
            case parse.File(path):
                await self._send_file(path, number)
            case parse.Edit():
                self._say(self._texts["nothing_sent"])
            case parse.Silence(by):
                await self._show(self._engine.advance(by))
            case parse.Help():
                self._say(self._texts["help"])
            case parse.Misused(command):
                self._say(self._texts[f"usage_{command}"])

    async def _press(self, name: str, number: str) -> None:
        option = self._option(name)
        if option is None:
            keys = (
                ", ".join(option.key for option in self._offered[-1].options)
                if self._offered
                else ""
            )
            told = self._texts["no_button" if keys else "no_buttons"]
            self._say(told.format(name=name, keys=keys))
        elif not option.token:
            self._say(self._texts["link"].format(name=name, url=option.url))
        else:
            await self._submit(ButtonPressed(token=option.token, callback_id=number))

    def _option(self, name: str) -> Option | None:
        """By key, in the newest message first; by label or number in the newest one only."""
        for offer in reversed(self._offered):
            for option in offer.options:
                if option.key == name:
                    return option
        options = self._offered[-1].options if self._offered else ()
        for number, option in enumerate(options, start=1):
            if name.casefold() == option.label.casefold() or name == str(number):
                return option
        return None

    async def _send_file(self, name: str, number: str) -> None:
        media = await asyncio.to_thread(media_of, name)
        if media is None:
            self._say(self._texts["no_file"].format(path=name))
            return
        await self._submit(CustomerMessage(media=(media,), platform_id=number))

    async def _submit(self, update: AnyUpdate) -> None:
        self._count += 1
        if isinstance(update, CustomerMessage):
            self._last_sent = update.platform_id
        received = Received(
            chat=self._sender.user,
            sender=self._sender,
            update=update,
            dedup_key=f"console:{self._run}{self._count}",
            order_key=self._count,
        )
        await self._show(self._engine.submit(received))

    async def _show(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            if isinstance(event, CallStarted):
                self._start_dots()
            elif isinstance(event, CallEnded | Said):
                await self._stop_dots()
            self._keep_options(event)
            self._terminal.write(self._view.event(event))
        await self._stop_dots()

    def _keep_options(self, event: Event) -> None:
        if isinstance(event, Said) and event.content.options:
            self._offered = [*self._offered[-SCROLL + 1 :], event.content]

    def _say(self, text: str) -> None:
        self._terminal.write(self._view.notice(text))

    def _start_dots(self) -> None:
        if self._dots is None and self._terminal.is_live and isinstance(self._view, Pretty):
            self._dots = asyncio.create_task(self._move_dots(self._view), name="console-dots")

    async def _move_dots(self, view: Pretty) -> None:
        step = 0
        while True:
            self._terminal.status(view.dots(step))
            await self._sleep(DOTS_EVERY)
            step += 1

    async def _stop_dots(self) -> None:
        if self._dots is None:
            return
        self._dots.cancel()
        with suppress(asyncio.CancelledError):
            await self._dots
        self._dots = None
        self._terminal.status("")


def media_of(name: str) -> Media | None:
    """A file of this machine as the customer's, None if there is none; platform_file: its path."""
    path = Path(name).expanduser()
    if not path.is_file():
        return None
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kinds: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}
    return Media(
        kind=kinds.get(mime.partition("/")[0], "file"),
        name=path.name,
        mime=mime,
        size=path.stat().st_size,
        platform_file=str(path.absolute()),
    )


def open_session(
    engine: Engine,
    *,
    stdin: TextIO,
    stdout: TextIO,
    environ: Mapping[str, str],
    plain: bool,
    lang: str,
    sender: Sender,
    run: str = "",
) -> ConsoleSession:
    """The session of `otklik chat` on these streams."""
    terminal = open_terminal(stdin, stdout, environ, plain=plain)
    texts = console_texts("en" if plain else lang)
    view: Plain | Pretty = Plain()
    if not plain:
        view = Pretty(
            texts,
            colours=wants_colours(stdout, environ),
            width=lambda: shutil.get_terminal_size().columns,
        )
    return ConsoleSession(engine, terminal, view, texts, sender=sender, run=run)
