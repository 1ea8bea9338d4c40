"""A file of ours on its way to VK: ask where, put it there, have it saved. Each step once."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import FormData

from bots.transport import UPLOAD
from bots.vk.client import Client
from core.channel import StoredFile
from core.errors import DeliveryUnknown, MessageRejected

#: Types that VK shows as pictures; the others go as documents.
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})


async def uploaded(client: Client, file: StoredFile, peer: int) -> str:
    """VK's name of the file, such as `photo-1_2_key`, by which it is attached.

    Raises ChannelError; the message itself was not sent then."""
    try:
        content = await asyncio.to_thread(Path(file.path).read_bytes)
    except OSError:
        raise MessageRejected("no_file", "the file is gone") from None
    if file.mime in _PICTURES:
        return await _picture(client, file, content, peer)
    return await _document(client, file, content, peer)


async def _picture(client: Client, file: StoredFile, content: bytes, peer: int) -> str:
    server = await client.call("photos.getMessagesUploadServer", {"peer_id": peer})
    put = await _put(client, server, "photo", file, content)
    if put.get("photo") in (None, "", "[]"):
        raise MessageRejected("upload", "VK did not take the picture")
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
    replied = await client.transport.call("POST", address, form=form, timeout=UPLOAD)
    if replied.status == 413:
        raise MessageRejected("413", "too large for the platform")
    answer = replied.json()
    if replied.status >= 300 or not isinstance(answer, dict):
        raise DeliveryUnknown(f"upload: http {replied.status}")
    if "error" in answer:
        raise MessageRejected("upload", "VK refused the file")
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
