"""Events -> lines for a terminal, plain for programs and pleasant for people. Pure."""

import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from bots.console.engine import Closed, Escalated, Event, Rated, Said
from bots.console.parse import cleaned
from core.content import Media, Option, Outgoing

Texts = Mapping[str, str]
_WIDEST = 78


class Plain:
    """The format of `otklik chat --plain`, relied on by programs: DESIGN, section 6."""

    def event(self, event: Event) -> list[str]:
        """The lines of one event; none for those a program does not see."""
        match event:
            case Said(content=content):
                return self._message(content)
            case Escalated(reason=reason, queue=queue):
                return [f"# escalated: {cleaned(reason)} -> {cleaned(queue)}"]
            case Rated(value=value, scale=(_, high)):
                return [f"# rating: {value}/{high}"]
            case Closed(result=result):
                return [f"# closed: {cleaned(result)}"]
            case _:
                return []

    def notice(self, text: str) -> list[str]:
        """A word of the terminal itself."""
        return [f"# {line}" for line in text.splitlines() if line.strip()]

    def _message(self, content: Outgoing) -> list[str]:
        lines = body(content)
        first = [f"< {line}" if number == 0 else f"  {line}" for number, line in enumerate(lines)]
        return first + [f"  [{option.key}] {_label(option)}" for option in buttons(content)]


class Pretty:
    """A conversation for people. colours: whether ANSI sequences are welcome. width: columns of
    the terminal, asked anew for every message, since windows are resized."""

    def __init__(self, texts: Texts, *, colours: bool, width: Callable[[], int]) -> None:
        self._texts = texts
        self._colours = colours
        self._columns = width

    def event(self, event: Event) -> list[str]:
        """The lines of one event, an empty one after a message."""
        match event:
            case Said(content=content, author=author):
                return self._message(content, author)
            case Escalated(reason=reason, queue=queue):
                told = self._texts["escalated"].format(reason=reason, queue=queue)
            case Rated(value=value, scale=(_, high)):
                told = self._texts["rating"].format(value=value, high=high)
            case Closed(result=result):
                told = self._texts["closed"].format(result=result)
            case _:
                return []
        return [*self.notice(told), ""]

    def notice(self, text: str) -> list[str]:
        """A word of the terminal itself."""
        return [
            self._painted(part, "2")
            for line in cleaned(text).strip("\n").splitlines()
            for part in wrapped(line, self._width())
        ]

    def prompt(self) -> str:
        """What stands before the customer's words."""
        return self._painted("› ", "1;32")

    def dots(self, step: int) -> str:
        """A frame of «is typing»."""
        return self._painted("  " + "· " * (step % 3 + 1), "2")

    def _width(self) -> int:
        return max(20, min(self._columns() - 4, _WIDEST))

    def _message(self, content: Outgoing, author: str) -> list[str]:
        bar = self._painted("│ ", "35" if author else "36")
        lines = [bar + self._painted(cleaned(author), "1")] if author else []
        numbered = numbered_lines(content)
        marks = [option.label for option in content.options]
        is_scale = bool(numbered) and all(mark.isdecimal() for mark in marks)
        for line in body(content):
            if line not in numbered:
                lines += [bar + part for part in wrapped(line, self._width())]
            elif not is_scale:
                number, _, label = line.partition(" ")
                lines.append(f"{bar} {self._painted(number, '1;33')} {label}")
        if is_scale:  # «1. 0, 2. 1, …» would only confuse: the marks are what is typed
            lines.append(f"{bar} {self._painted(' · '.join(marks), '1;33')}")
        lines += [
            f"{bar} {self._painted(f'[{option.key}]', '1;33')} {_label(option)}"
            for option in buttons(content)
        ]
        return [*lines, ""]

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and text else text


def body(content: Outgoing) -> list[str]:
    """The text and the files of a message, line by line; at least one line."""
    lines = cleaned(content.text).splitlines() if content.text else []
    return [*lines, *(_file(item) for item in content.media)] or [""]


def buttons(content: Outgoing) -> Sequence[Option]:
    """Options that do not stand in the text already."""
    return () if content.numbered else content.options


def numbered_lines(content: Outgoing) -> frozenset[str]:
    """The lines of the text that are its options."""
    if not content.numbered:
        return frozenset()
    return frozenset(
        f"{number}. {' '.join(cleaned(option.label).split())}"
        for number, option in enumerate(content.options, start=1)
    )


def wrapped(line: str, width: int) -> list[str]:
    """A line cut at spaces into parts of at most `width` columns; long words stay whole."""
    if columns(line) <= width:
        return [line]
    # textwrap counts characters; where they are wide it gets proportionally less room.
    room = max(10, width * len(line) // columns(line))
    return textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]


def columns(text: str) -> int:
    """Terminal columns a text takes: wide characters two, combining marks none."""
    return sum(
        0
        if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(char) in {"W", "F"}
        else 1
        for char in text
    )


def _label(option: Option) -> str:
    label = " ".join(cleaned(option.label).split())
    return f"{label}: {option.url}" if option.url else label


def _file(media: Media) -> str:
    name = media.name or media.path or media.url or media.attachment or media.platform_file
    return f"[{media.kind}: {cleaned(name)}]" if name else f"[{media.kind}]"
