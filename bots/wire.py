"""JSON posted to one server over connections that are kept, by asyncio's own transports.

The way of the small calls of which a busy account makes thousands: aiohttp's client takes ten
times as long for one (94 µs against 9 on the machine of bots/README.md). It knows no redirects,
cookies, proxies or packed bodies and repeats nothing; whoever needs one of them takes aiohttp's.
"""

import asyncio
import socket
import ssl
from collections import deque
from typing import cast

from aiohappyeyeballs import start_connection
from aiohttp import ClientTimeout
from yarl import URL

from bots.http1 import Answer, Broken, Reader, head_of, request
from core.errors import ChannelUnavailable, DeliveryUnknown

#: Requests at once, and seconds that a connection is kept for the next: as aiohttp has them.
PLACES = 100
IDLE = 15.0
#: An answer of a platform is never longer; what is longer comes from somebody else.
_ANSWER_BYTES = 4 * 1024 * 1024
#: Seconds before the next address of a host is tried beside the first (RFC 8305).
_NEXT_ADDRESS = 0.25
#: Where a limit says nothing.
_TOTAL, _CONNECT = 15.0, 5.0


class Wire:
    """The server at `origin`, of which scheme, host and port count. tls: None: none is wanted."""

    def __init__(self, origin: URL, tls: ssl.SSLContext | None) -> None:
        self._host, self._port = origin.raw_host or "", origin.port or 0
        self._tls = tls
        self._places = asyncio.Semaphore(PLACES)
        self._kept: deque[tuple[_Link, float]] = deque()
        self._heads: dict[str, bytes] = {}
        self._closed = False

    async def post(self, url: str, body: bytes, limit: ClientTimeout) -> Answer:
        """The answer to a JSON body, posted once. url: one of not too many, on this server.
        limit: `total` and `sock_connect` are obeyed.

        Raises ChannelUnavailable when no byte of the request left, else DeliveryUnknown."""
        head = self._heads.get(url)
        if head is None:
            head = self._heads[url] = head_of("POST", URL(url))
        ends = asyncio.get_running_loop().time() + (limit.total or _TOTAL)
        link = await self._link(ends, limit.sock_connect or _CONNECT)
        try:
            return await link.asked(request(head, body), ends)
        except TimeoutError:
            raise DeliveryUnknown("timeout") from None
        except (OSError, Broken) as error:
            raise DeliveryUnknown(type(error).__name__) from None
        finally:
            self._let_go(link)

    def close(self) -> None:
        """Ends the connections, those with a request under way once that is over."""
        self._closed = True
        while self._kept:
            self._kept.pop()[0].end()

    async def _link(self, ends: float, seconds: float) -> "_Link":
        """A connection for one request, with its place among those at once."""
        if not self._places.locked():
            await self._places.acquire()  # which does not wait
            link = self._fresh()
            if link is not None:
                return link
            self._places.release()
        try:
            async with asyncio.timeout_at(ends):
                await self._places.acquire()
                try:
                    async with asyncio.timeout(seconds):
                        return self._fresh() or await self._connected()
                except BaseException:
                    self._places.release()
                    raise
        except (OSError, TimeoutError) as error:
            raise ChannelUnavailable("network", type(error).__name__) from None

    def _fresh(self) -> "_Link | None":
        """A kept connection that the server has not given up, the one used last."""
        now = asyncio.get_running_loop().time()
        while self._kept:
            link, since = self._kept.pop()
            if link.is_kept and now - since < IDLE:
                return link
            link.end()
        return None

    def _let_go(self, link: "_Link") -> None:
        self._places.release()
        if not link.is_kept or self._closed:
            link.end()
            return
        now = asyncio.get_running_loop().time()
        self._kept.append((link, now))
        while now - self._kept[0][1] >= IDLE:
            self._kept.popleft()[0].end()

    async def _connected(self) -> "_Link":
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        taken = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS)
        try:
            _, link = await loop.create_connection(
                _Link,
                sock=taken,
                ssl=self._tls,
                server_hostname=self._host if self._tls is not None else None,
            )
        except BaseException:
            taken.close()
            raise
        return link


def wire_to(address: str, tls: ssl.SSLContext) -> Wire | None:
    """The wire to the server of an address; None for one that aiohttp's client is to judge."""
    try:
        origin = URL(address)
    except ValueError:
        return None
    if origin.scheme not in ("http", "https") or not origin.raw_host or origin.user:
        return None
    return Wire(origin, tls if origin.scheme == "https" else None)


class _Link(asyncio.Protocol):
    """One connection: a request, its answer, perhaps another request.

    is_kept: nothing speaks against the next request."""

    def __init__(self) -> None:
        self.is_kept = True
        self._transport: asyncio.Transport | None = None
        self._asked: asyncio.Future[Answer] | None = None
        self._reader = Reader(_ANSWER_BYTES)

    async def asked(self, data: bytes, ends: float) -> Answer:
        """The answer to a whole request. ends: by the loop's clock.

        Raises TimeoutError, OSError or Broken; the connection is not kept then."""
        loop = asyncio.get_running_loop()
        self.is_kept = False
        self._asked = loop.create_future()
        late = loop.call_at(ends, self._failed, TimeoutError())
        try:
            if self._transport is None:
                raise ConnectionResetError
            self._transport.write(data)
            return await self._asked
        finally:
            late.cancel()
            self._asked = None

    def end(self) -> None:
        """Closes it at once."""
        self.is_kept = False
        if self._transport is not None:
            self._transport.abort()

    # -- what the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. What nobody asked for would be taken for the next answer."""
        if self._asked is None or self._asked.done():
            self.end()
            return
        try:
            found = self._reader.feed(data)
        except Broken as error:
            self._failed(error)
            return
        if found is not None:
            self.is_kept = found.is_kept
            self._asked.set_result(found)

    def eof_received(self) -> None:
        """See asyncio.Protocol."""
        self.is_kept = False
        self._ended()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.is_kept, self._transport = False, None
        if exc is not None:
            self._failed(exc if isinstance(exc, OSError) else ConnectionResetError())
        self._ended()

    def _ended(self) -> None:
        if self._asked is None or self._asked.done():
            return
        try:
            self._asked.set_result(self._reader.end())
        except Broken as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(error)
