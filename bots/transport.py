"""One HTTP request to a platform, ending in an answer or in a ChannelError.

One session serves every platform that is spoken to by plain HTTP. No URL, header or body is ever
logged, and no exception leaves with its cause attached: aiohttp's texts hold the URL, and a URL
may hold a token.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import msgspec
from aiohttp import (
    ClientConnectorError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
    InvalidURL,
    TooManyRedirects,
)

from core.errors import ChannelError, ChannelUnavailable, DeliveryUnknown, MessageRejected

#: Seconds for a call, and for one that carries a file; below the time delivery gives an adapter.
CALL = ClientTimeout(total=15, sock_connect=5)
UPLOAD = ClientTimeout(total=24, sock_connect=5)
#: An answer of a platform is never longer; what is longer comes from somebody else.
_ANSWER_BYTES = 4 * 1024 * 1024
#: File servers send from one host to another of theirs, seldom more than once.
_MOVED = frozenset({301, 302, 303, 307, 308})
_MOVES = 3


class Replied(NamedTuple):
    """An answer, whatever it says. headers: by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body as JSON; None when it is something else."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            return None


class Transport:
    """The session of the process; opened by the first request, closed once by its owner."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    def session(self) -> ClientSession:
        """For libraries that want to speak by themselves; they must not close it."""
        if self._session is None or self._session.closed:
            # accounts are strangers to each other, so no cookies
            self._session = ClientSession(cookie_jar=DummyCookieJar(), timeout=CALL)
        return self._session

    async def call(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        form: FormData | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeout: ClientTimeout = CALL,  # noqa: ASYNC109  handed on to aiohttp
        tls: ssl.SSLContext | None = None,
    ) -> Replied:
        """The answer to one request, made once. json: any value, sent as UTF-8 without escapes.

        Raises ChannelUnavailable when no byte of the request left, DeliveryUnknown when it may
        have been taken, MessageRejected for text that is no valid Unicode."""
        sent = dict(headers or {})
        data: Any = form
        if json is not None:
            try:
                data = msgspec.json.encode(json)
            except UnicodeEncodeError as error:
                raise transport_error(error) from None
            sent["Content-Type"] = "application/json"
        try:
            async with self._request(method, url, data, sent, params, timeout, tls) as answer:
                body = await _limited(answer, _ANSWER_BYTES, DeliveryUnknown("an endless answer"))
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Replied(answer.status, body, named)
        except ChannelError:
            raise
        except Exception as error:
            raise transport_error(error) from None

    async def fetched(
        self, url: str, most: int, hosts: tuple[str, ...], tls: ssl.SSLContext | None = None
    ) -> bytes:
        """A customer's file, at most `most` bytes, from one of `hosts` or a host below them.

        The platform named the URL, but a forged update could name any: other hosts and plain HTTP
        to them are refused, also when a redirect leads there. Raises MessageRejected or
        ChannelUnavailable."""
        for _ in range(_MOVES):
            status, content, moved = await self._file(url, most, hosts, tls)
            if not moved:
                break
            url = moved
        if status in (403, 404, 410):
            raise MessageRejected("no_file", f"http {status}")
        if status != 200:
            raise ChannelUnavailable("platform", f"file: http {status}")
        return content

    async def _file(
        self, url: str, most: int, hosts: tuple[str, ...], tls: ssl.SSLContext | None
    ) -> tuple[int, bytes, str]:
        """Status and bytes of one address, or the address it leads to."""
        if not is_at(url, hosts):
            raise MessageRejected("no_file", "the file is not on one of the platform's hosts")
        try:
            async with self._request("GET", url, None, {}, None, UPLOAD, tls) as answer:
                status = answer.status
                if status in _MOVED and "Location" in answer.headers:
                    return status, b"", urljoin(url, answer.headers["Location"])
                large = MessageRejected("too_large", f"more than {most} bytes")
                return status, await _limited(answer, most, large) if status == 200 else b"", ""
        except ChannelError:
            raise
        except Exception as error:
            raise transport_error(error) from None

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        data: Any,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        limit: ClientTimeout,
        tls: ssl.SSLContext | None,
    ) -> AsyncIterator[ClientResponse]:
        async with self.session().request(
            method,
            url,
            data=data,
            headers=headers,
            params=params,
            timeout=limit,
            ssl=tls if tls is not None else True,
            allow_redirects=False,
        ) as answer:
            yield answer

    async def close(self) -> None:
        """Closes the connections; a second call does nothing."""
        if self._session is not None and not self._session.closed:
            await self._session.close()


def transport_error(error: BaseException) -> ChannelError:
    """Which failures of the way prove that no byte of the request left."""
    name = type(error).__name__
    through_proxy = type(error).__module__.partition(".")[0] in {"aiohttp_socks", "python_socks"}
    if isinstance(error, ClientConnectorError | ConnectionTimeoutError) or through_proxy:
        return ChannelUnavailable("network", name)
    if isinstance(error, InvalidURL | TooManyRedirects):
        return ChannelUnavailable("config", name)
    if isinstance(error, UnicodeEncodeError):
        return MessageRejected("encoding", "the text is no valid Unicode")
    if isinstance(error, TimeoutError):
        return DeliveryUnknown("timeout")
    return DeliveryUnknown(name)


def is_at(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a URL is https at one of the hosts or below; `host:port` names any scheme there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.scheme not in ("http", "https"):
        return False
    if f"{host}:{port}" in hosts:
        return True
    secure = parts.scheme == "https" and port in (None, 443)
    return secure and any(host == own or host.endswith(f".{own}") for own in hosts)


async def _limited(answer: ClientResponse, most: int, refusal: ChannelError) -> bytes:
    content = bytearray()
    # one byte more than allowed tells that there is more
    while chunk := await answer.content.read(most + 1 - len(content)):
        content += chunk
    if len(content) > most:
        raise refusal
    return bytes(content)
