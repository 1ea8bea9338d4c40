"""One call of the Graph API for one page, ending in an answer or in a ChannelError."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientTimeout, FormData

from bots.messenger.capabilities import AUTHORIZATION
from bots.messenger.refusals import content_of
from bots.messenger.settings import MessengerSettings
from bots.transport import UPLOAD, Transport
from core.channel import StoredFile
from core.errors import MessageRejected

_MIME = re.compile(r"[a-z0-9.+-]{1,80}/[a-z0-9.+-]{1,80}")
_ANY_MIME = "application/octet-stream"
_NAME_SIGNS = 200


class Client:
    """The calls of one page, none of them ever repeated. All raise ChannelError only."""

    def __init__(self, settings: MessengerSettings, transport: Transport) -> None:
        self._transport = transport
        self._base = settings.base
        self._page = f"{settings.base}/{settings.page_id}"
        # in a header, because addresses end up in logs of everybody on the way
        self._headers = {"Authorization": AUTHORIZATION.format(token=settings.token)}
        self._timeout = ClientTimeout(
            total=settings.timeout, sock_connect=min(5.0, settings.timeout)
        )

    async def get(self, path: str = "", **params: str) -> dict[str, Any]:
        """What is below the page at `path`."""
        return await self._got(self._page + path, params)

    async def person(self, user: str) -> dict[str, Any]:
        """The parts of a person's name; needs a permission beside that to write to people."""
        return await self._got(f"{self._base}/{user}", {"fields": "first_name,last_name"})

    async def _got(self, url: str, params: Mapping[str, str]) -> dict[str, Any]:
        reply = await self._transport.call(
            "GET", url, params=params, headers=self._headers, timeout=self._timeout
        )
        return content_of(reply)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a JSON body."""
        reply = await self._transport.call(
            "POST", self._page + path, json=body, headers=self._headers, timeout=self._timeout
        )
        return content_of(reply)

    async def upload(self, path: str, body: Mapping[str, Any], file: StoredFile) -> dict[str, Any]:
        """As `post`, with the bytes of a file beside the body. Raises MessageRejected when it is
        gone from this machine."""
        form = FormData(quote_fields=False)  # quoted, a Cyrillic name would be shown as %D0%A1
        for key, value in body.items():
            form.add_field(key, value if isinstance(value, str) else _json(value))
        try:
            data = await asyncio.to_thread(open, file.path, "rb")
        except OSError:
            raise MessageRejected("no_file", "the file is gone") from None
        with data:
            form.add_field(
                "filedata",
                data,
                filename=_plain(file.name),
                content_type=file.mime if _MIME.fullmatch(file.mime) else _ANY_MIME,
            )
            reply = await self._transport.call(
                "POST", self._page + path, form=form, headers=self._headers, timeout=UPLOAD
            )
        return content_of(reply)


def _plain(name: str) -> str:
    """A file's name that cannot break out of its header."""
    signs = (sign if sign.isprintable() and sign not in '"\\' else "_" for sign in name)
    return "".join(signs)[:_NAME_SIGNS] or "file"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
