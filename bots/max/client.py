"""One call of the MAX Bot API, ending in an object or in a ChannelError; never repeated."""

import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientTimeout, FormData

from bots.max.refusals import result_of
from bots.transport import UPLOAD, Replied, Transport, is_at
from core.errors import ChannelUnavailable


class Client:
    """The calls of one bot. timeout: seconds for a call that does not say otherwise. counted: told
    of each."""

    def __init__(
        self,
        transport: Transport,
        *,
        token: str,
        api_url: str,
        tls: ssl.SSLContext,
        timeout: float,
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        self._counted = counted
        self._transport = transport
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._tls = tls
        self._timeout = ClientTimeout(total=timeout, sock_connect=min(5.0, timeout))

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: ClientTimeout | None = None,  # noqa: ASYNC109  handed on to aiohttp
    ) -> dict[str, Any]:
        """The object of one answer. Raises ChannelError only."""
        self._counted()
        reply = await self._transport.call(
            method,
            f"{self._api_url}{path}",
            json=body,
            params=query,
            headers={"Authorization": self._token},
            timeout=timeout or self._timeout,
            tls=self._tls,
        )
        return result_of(reply)

    async def uploaded(self, url: str, form: FormData) -> Replied:
        """The answer of the host that takes a file; the URL is its only ticket, so no token goes
        there. Raises ChannelError."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
        if not is_at(url, (host, self._host)):
            raise ChannelUnavailable("platform", "the address for the upload is no https URL")
        return await self._transport.call("POST", url, form=form, timeout=UPLOAD, tls=self._tls)

    async def fetched(self, url: str, most: int, hosts: tuple[str, ...]) -> bytes:
        """A customer's file, at most `most` bytes, from one of the hosts or a double of ours."""
        return await self._transport.fetched(url, most, (*hosts, self._host), self._tls)

    @property
    def _host(self) -> str:
        """`host:port` of a server of our own in the place of MAX; the host alone otherwise."""
        return urlsplit(self._api_url).netloc
