"""A line typed into the terminal -> what it asks for. Pure: no clock, no files, no settings."""

import re
from datetime import timedelta

import msgspec

from core.content import Contact
from core.updates import (
    AnyUpdate,
    CustomerAllowed,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
)

_COMMAND = re.compile(
    r"/(press|start|phone|file|edit|block|unblock|silence|help|quit|exit)(?:\s+(.*))?", re.DOTALL
)
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PHONE = re.compile(r"\+?[0-9]{8,15}")


class Text(msgspec.Struct, frozen=True):
    """Words of the customer."""

    text: str


class Press(msgspec.Struct, frozen=True):
    """A press of an option, named by key, number or label."""

    name: str


class Start(msgspec.Struct, frozen=True):
    """The chat was opened by a link with this payload."""

    payload: str


class Phone(msgspec.Struct, frozen=True):
    """The customer shares a phone, E.164."""

    phone: str


class File(msgspec.Struct, frozen=True):
    """The customer sends a file of this machine."""

    path: str


class Edit(msgspec.Struct, frozen=True):
    """The last message gets a new text."""

    text: str


class Block(msgspec.Struct, frozen=True):
    """The customer blocks the bot, or lets it write again."""

    blocked: bool


class Silence(msgspec.Struct, frozen=True):
    """Time goes by."""

    by: timedelta


class Help(msgspec.Struct, frozen=True):
    """The list of commands."""


class Quit(msgspec.Struct, frozen=True):
    """The end."""


class Misused(msgspec.Struct, frozen=True):
    """A command whose argument cannot be read."""

    command: str


Line = Text | Press | Start | Phone | File | Edit | Block | Silence | Help | Quit | Misused


def decoded(raw: bytes) -> str:
    """The line as text: broken UTF-8 becomes U+FFFD, controls go, the line end too."""
    text = raw.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
    return cleaned(text)


def cleaned(text: str) -> str:
    """Text that any store and any terminal takes: no lone surrogates, no control characters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(
        c
        for c in whole.replace("\x00", "\ufffd")
        if c in "\t\n" or c.isprintable() or ord(c) > 0x9F
    )


def parse(line: str) -> Line | None:
    """What a line asks for; None when it is blank. An unknown /command is the customer's words."""
    found = _COMMAND.fullmatch(line.strip())
    if found is None:
        return Text(line.strip()) if line.strip() else None
    name, argument = found[1], (found[2] or "").strip()
    match name:
        case "start":
            return Start(argument)
        case "block" | "unblock":
            return Block(name == "block")
        case "help":
            return Help()
        case "quit" | "exit":
            return Quit()
        case _:
            return _with_argument(name, argument)


def _with_argument(name: str, argument: str) -> Line:
    match name:
        case "press" if argument:
            return Press(argument)
        case "file" if argument:
            return File(argument)
        case "edit" if argument:
            return Edit(argument)
        case "phone" if phone := phone_number(argument):
            return Phone(phone)
        case "silence" if found := _DURATION.fullmatch(argument):
            return Silence(timedelta(**{_UNITS[found[2]]: int(found[1])}))
    return Misused(name)


def update_of(line: Line, number: str, last: str) -> AnyUpdate | None:
    """The customer's update a line stands for; None when it is no plain update.

    number: id of this update. last: id of the last message, which `/edit` changes."""
    match line:
        case Text(text):
            return CustomerMessage(text=text, platform_id=number)
        case Start(payload):
            return CustomerStarted(payload=payload, platform_id=number)
        case Phone(phone):
            contact = Contact(phone=phone, evidence="claimed")
            return CustomerMessage(contact=contact, platform_id=number)
        case Edit(text) if last:
            return CustomerEdited(platform_id=last, text=text)
        case Block(blocked):
            return CustomerGone() if blocked else CustomerAllowed()
        case _:
            return None


def phone_number(text: str) -> str:
    """E.164 of a typed phone, empty when it is none; a leading 8 of 11 digits is Russia's."""
    bare = re.sub(r"[\s()\-.]", "", text)
    if not _PHONE.fullmatch(bare):
        return ""
    if len(bare) == 11 and bare[0] == "8":
        return f"+7{bare[1:]}"
    return f"+{bare.removeprefix('+')}"
