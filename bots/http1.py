"""HTTP/1.1 as far as calls of an API need it: the head of a request, answers out of bytes. No I/O.

llhttp reads, as strictly as it can. What it would take and we do not is refused, not interpreted:
the caller counts such a call as one whose outcome nobody knows.
"""

from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from yarl import URL

#: Of a head, or between two parts of a body; noticed when that much came and more is missing.
_HEAD_BYTES = 64 * 1024
#: Fields that say where a body ends and how it is packed; of each only one is taken.
_FRAMING = frozenset((b"content-encoding", b"content-length", b"transfer-encoding"))
_LENGTHS = frozenset((b"content-length", b"transfer-encoding"))
_VERSIONS = ("1.1", "1.0")


class Broken(ValueError):
    """Bytes that are no answer. Its text holds nothing of theirs."""


class Answer(NamedTuple):
    """An answer, whatever it says. is_kept: its connection may carry another request."""

    status: int
    body: bytes
    is_kept: bool


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


class Reader:
    """The answers of one connection, one to each request. most: bytes of a body.

    It is done with after an answer that is not kept, and after Broken."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parser = HttpResponseParser(self)
        # servers of old fill up the lengths of pieces with blanks
        self._parser.set_dangerous_leniencies(lenient_spaces_after_chunk_size=True)
        self._idle = 0  # bytes since the last of a body
        self._begin()

    def feed(self, data: bytes) -> Answer | None:
        """The answer, as soon as it is whole. Raises Broken."""
        self._idle += len(data)
        try:
            # The last byte comes apart: what is whole without it is followed by something, which
            # belongs to nothing we asked for.
            self._parser.feed_data(data[:-1])
            is_last = self._answer is None
            self._parser.feed_data(data[-1:])
        except (HttpParserError, HttpParserUpgrade):
            if self._answer is None:
                raise Broken("no answer, or none that we take") from None
            is_last = False
        found = self._answer
        if found is not None:
            self._idle = 0
            self._begin()
            return found if is_last else found._replace(is_kept=False)
        if self._idle > _HEAD_BYTES:
            raise Broken("an endless line")
        return None

    def end(self) -> Answer:
        """What the end of the connection makes of an answer under way. Raises Broken."""
        if not self._is_open:
            raise Broken("the answer ended too early")
        return Answer(self._status, bytes(self._body), is_kept=False)

    def _begin(self) -> None:
        self._fields: dict[bytes, bytes] = {}
        self._status = 0
        self._is_open = False  # the body ends with the connection
        self._body = bytearray()
        self._answer: Answer | None = None

    # -- what the parser tells; all that is raised here ends in Broken

    def on_message_begin(self) -> None:
        """See httptools.HTTPProtocol."""
        if self._answer is not None:
            raise Broken("an answer to nothing")

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools.HTTPProtocol. Comes for what follows the last piece of a body, too."""
        name = name.lower()
        if name in _FRAMING:
            if name in self._fields:
                raise Broken("a field that comes twice")
            self._fields[name] = value.strip().lower()

    def on_headers_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        fields, self._fields = self._fields, {}
        self._status = self._parser.get_status_code()
        if self._parser.get_http_version() not in _VERSIONS:
            raise Broken("another version")
        if self._is_hint():
            return
        if fields.get(b"content-encoding", b"identity") != b"identity":
            raise Broken("a body that is packed")
        if fields.get(b"transfer-encoding", b"chunked") != b"chunked":
            raise Broken("a body of unknown form")
        if int(fields.get(b"content-length", b"0")) > self._most:
            raise Broken("an endless body")
        self._is_open = fields.keys().isdisjoint(_LENGTHS)

    def on_body(self, body: bytes) -> None:
        """See httptools.HTTPProtocol."""
        self._idle = 0
        self._body += body
        if len(self._body) > self._most:
            raise Broken("an endless body")

    def on_message_complete(self) -> None:
        """See httptools.HTTPProtocol."""
        if self._is_hint():
            if self._body:
                raise Broken("an announcement with a body")
            return
        is_kept = self._parser.should_keep_alive()
        self._answer = Answer(self._status, bytes(self._body), is_kept)

    def _is_hint(self) -> bool:
        """Only announces the answer."""
        return 100 <= self._status < 200 and self._status != 101
