"""A file of ours on its way to VK: ask where, put it there, have it saved. Each step once.

A failure here proves that no message was sent: it is tried again for a minute, and its chat alone
waits.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import FormData

from bots.transport import UPLOAD
from bots.vk.client import Client
from core.channel import StoredFile
from core.errors import ChannelUnavailable, DeliveryUnknown, MessageRejected, RateLimited

#: Types that VK shows as pictures; the others go as documents, of which a GIF alone moves.
_PICTURES = frozenset({"image/jpeg", "image/png"})
#: The file server looked at the bytes and did not like them. Of a picture, mostly its sides: more
#: than 14 000 pixels together, or one 20 times the other (dev.vk.com/ru/api/upload).
_NO_PICTURE = "upload"
_AGAIN = 5.0
_PATIENCE = timedelta(seconds=60)
_REMEMBERED = 1000
#: Answers of a file server that say «later» and nothing of the file.
_LATER = (408, 429)


class Uploads:
    """The files of one community's messages."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._failing: dict[int, datetime] = {}

    async def uploaded(self, key: int, file: StoredFile, peer: int) -> str:
        """VK's name of the file, such as `photo-1_2_key`, by which it is attached.

        key: of the message. Raises ChannelError, never DeliveryUnknown: nothing was sent."""
        try:
            return await _uploaded(self._client, file, peer)
        except DeliveryUnknown as error:
            raise self._put_off(key, error) from None

    def done(self, key: int) -> None:
        """All files of the message are there."""
        self._failing.pop(key, None)

    def _put_off(self, key: int, error: DeliveryUnknown) -> RateLimited | MessageRejected:
        """The error to raise: try again, or give up when it has been too long."""
        now = self._clock()
        since = self._failing.setdefault(key, now)
        if now - since < _PATIENCE:
            while len(self._failing) > _REMEMBERED:
                del self._failing[next(iter(self._failing))]
            return RateLimited(_AGAIN, "chat")
        self.done(key)
        return MessageRejected("upload", f"still so after a minute: {error.cause}")


async def _uploaded(client: Client, file: StoredFile, peer: int) -> str:
    try:
        content = await asyncio.to_thread(Path(file.path).read_bytes)
    except OSError:
        raise MessageRejected("no_file", "the file is gone") from None
    if file.mime in _PICTURES:
        try:
            return await _picture(client, file, content, peer)
        except MessageRejected as error:
            if error.code != _NO_PICTURE:
                raise
    return await _document(client, file, content, peer)


async def _picture(client: Client, file: StoredFile, content: bytes, peer: int) -> str:
    server = await client.call("photos.getMessagesUploadServer", {"peer_id": peer})
    put = await _put(client, server, "photo", file, content)
    if put.get("photo") in (None, "", "[]"):
        raise MessageRejected(_NO_PICTURE, "VK did not take the picture")
    fields = {key: put.get(key) for key in ("photo", "server", "hash")}
    return _name_of("photo", await client.call("photos.saveMessagesPhoto", fields))


async def _document(client: Client, file: StoredFile, content: bytes, peer: int) -> str:
    where = {"type": "doc", "peer_id": peer}
    server = await client.call("docs.getMessagesUploadServer", where)
    put = await _put(client, server, "file", file, content)
    if not isinstance(put.get("file"), str) or not put["file"]:
        raise MessageRejected("upload", "VK did not take the file")
    saved = await client.call("docs.save", {"file": put["file"], "title": file.name})
    return _name_of("doc", saved.get("doc") if isinstance(saved, dict) else None)


async def _put(
    client: Client, server: Any, field: str, file: StoredFile, content: bytes
) -> Mapping[str, Any]:
    """What the file server says: fields for the saving call."""
    address = server.get("upload_url") if isinstance(server, dict) else None
    if not isinstance(address, str) or not address:
        raise DeliveryUnknown("no upload_url")
    form = FormData(quote_fields=False)
    form.add_field(field, content, filename=_plain(file.name), content_type=file.mime or None)
    try:
        replied = await client.transport.call("POST", address, form=form, timeout=UPLOAD)
    except ChannelUnavailable as error:  # the host that takes files is not the one of messages
        raise DeliveryUnknown(f"upload: {error.detail}") from None
    if replied.status == 413:
        raise MessageRejected("413", "too large for the platform")
    if 400 <= replied.status < 500 and replied.status not in _LATER:
        raise MessageRejected(str(replied.status), "VK refused the file")
    answer = replied.json()
    if replied.status >= 300 or not isinstance(answer, dict):
        raise DeliveryUnknown(f"upload: http {replied.status}")
    if "error" in answer:
        raise MessageRejected(_NO_PICTURE, "VK refused the file")
    return answer


def _plain(name: str) -> str:
    """A file name that cannot break out of its header; VK tells the type by its ending."""
    return name.translate({ord(sign): "_" for sign in '"\\\r\n\x00'})[:200] or "file"


def _name_of(kind: str, saved: Any) -> str:
    item = saved[0] if isinstance(saved, list) and saved else saved
    owner = item.get("owner_id") if isinstance(item, dict) else None
    if not isinstance(item, dict) or type(owner) is not int or type(item.get("id")) is not int:
        raise DeliveryUnknown("the file was not saved")
    key = item.get("access_key")
    name = f"{kind}{owner}_{item['id']}"
    return f"{name}_{key}" if isinstance(key, str) and key else name
