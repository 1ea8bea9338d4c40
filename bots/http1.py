"""HTTP/1.1 as far as calls of an API need it: the head of a request, an answer out of bytes. Pure.

One answer to one request of ours. What is out of the ordinary is refused, not interpreted: the
caller counts such a call as one whose outcome nobody knows.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from yarl import URL

_END, _LINE = b"\r\n\r\n", b"\r\n"
_HEAD_BYTES = 64 * 1024
#: Fields that say where a body ends and how it is packed; of each only one is taken.
_FRAMING = re.compile(
    rb"\r\n(connection|content-encoding|content-length|transfer-encoding):([^\r\n]*)", re.IGNORECASE
)
_VERSIONS = (b"HTTP/1.1 ", b"HTTP/1.0 ")


class Broken(ValueError):
    """Bytes that are no answer. Its text holds nothing of theirs."""


class Answer(NamedTuple):
    """An answer, whatever it says. is_kept: its connection may carry another request."""

    status: int
    body: bytes
    is_kept: bool


class Part(NamedTuple):
    """The beginning of an answer, which is not whole before there are `needed` bytes."""

    needed: int


class _Head(NamedTuple):
    """end: where the body begins. fields: those of _FRAMING, in lower case."""

    status: int
    end: int
    fields: Mapping[bytes, bytes]


def head_of(method: str, url: URL) -> bytes:
    """What a request that sends JSON says before its length. url: without name and password.

    `identity` asks for a body as it is."""
    lines = (
        f"{method} {url.raw_path_qs} HTTP/1.1",
        f"Host: {url.host_port_subcomponent}",
        "User-Agent: otklik",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Content-Type: application/json",
        "Content-Length: ",
    )
    return "\r\n".join(lines).encode("ascii")


def request(head: bytes, body: bytes) -> bytes:
    """A whole request. head: as `head_of` made it."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)


def answer(data: bytes, *, ended: bool, most: int) -> Answer | Part:
    """The answer that begins `data`, or how much of it is missing.

    ended: the other side sends no more. most: bytes of a body. Raises Broken."""
    head = _head(data)
    if head is None:
        found: tuple[bytes, int] | Part = _more(data, 0)
    else:
        found = _body(data, head, ended, most)
    if isinstance(found, Part):
        if ended:
            raise Broken("the answer ended too early")
        return found
    assert head is not None  # noqa: S101  or there would be no body
    body, end = found
    # whatever follows belongs to nothing we asked for
    is_kept = not ended and end == len(data) and head.fields.get(b"connection") != b"close"
    return Answer(head.status, body, is_kept)


def _head(data: bytes) -> _Head | None:
    """None: it is not whole. Answers that only announce another one (100 to 199) are passed."""
    at = 0
    while (end := data.find(_END, at)) >= 0:
        version, code, start = data[at : at + 9], data[at + 9 : at + 12], at
        if version not in _VERSIONS or len(code) < 3 or not code.isdigit():
            raise Broken("no status line")
        at = end + len(_END)
        if code[:1] == b"1" and code != b"101":
            continue
        fields = _fields(data, start, end)
        if version == b"HTTP/1.0 " and fields.get(b"connection") != b"keep-alive":
            fields[b"connection"] = b"close"
        return _Head(int(code), at, fields)
    return None


def _fields(data: bytes, start: int, end: int) -> dict[bytes, bytes]:
    """What a head says of its body, in lower case; nothing else in it concerns us."""
    pairs = _FRAMING.findall(data, start, end)
    found = {name.lower(): value.strip().lower() for name, value in pairs}
    if len(found) != len(pairs):
        raise Broken("a field that comes twice")
    return found


def _body(data: bytes, head: _Head, ended: bool, most: int) -> tuple[bytes, int] | Part:
    """The body, and where it ends."""
    status, at, fields = head
    if fields.get(b"content-encoding", b"identity") != b"identity":
        raise Broken("a body that is packed")
    if status in (101, 204, 304):
        return b"", at
    if b"transfer-encoding" in fields:
        if fields[b"transfer-encoding"] != b"chunked" or b"content-length" in fields:
            raise Broken("a body of unknown form")
        return _chunks(data, at, most)
    if b"content-length" in fields:
        end = at + _size(fields[b"content-length"], 10, most)
        return (data[at:end], end) if len(data) >= end else Part(end)
    if len(data) - at > most:
        raise Broken("an endless body")
    return (data[at:], len(data)) if ended else Part(len(data) + 1)


def _chunks(data: bytes, at: int, most: int) -> tuple[bytes, int] | Part:
    """A body that comes in pieces, each with its length."""
    body = bytearray()
    while (end := data.find(_LINE, at)) >= 0:
        size = _size(data[at:end].partition(b";")[0].strip(), 16, most)
        if not size:
            return _trailer(data, end + 2, bytes(body))
        at, end = end + 2, end + 2 + size
        if len(body) + size > most:
            raise Broken("an endless body")
        if len(data) < end + 2:
            return Part(end + 2)
        if data[end : end + 2] != _LINE:
            raise Broken("a piece that does not end")
        body += data[at:end]
        at = end + 2
    return _more(data, at)


def _trailer(data: bytes, at: int, body: bytes) -> tuple[bytes, int] | Part:
    """Passes what may follow the last piece: fields without a meaning for us, an empty line."""
    while (end := data.find(_LINE, at)) >= 0:
        if end == at:
            return body, end + 2
        at = end + 2
    return _more(data, at)


def _more(data: bytes, at: int) -> Part:
    if len(data) - at > _HEAD_BYTES:
        raise Broken("an endless line")
    return Part(len(data) + 1)


def _size(text: bytes, base: int, most: int) -> int:
    try:
        size = int(text, base) if text.isalnum() else -1
    except ValueError:
        size = -1
    if size < 0:
        raise Broken("a length that is none")
    if size > most:
        raise Broken("an endless body")
    return size
