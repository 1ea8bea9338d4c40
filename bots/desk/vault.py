"""Files on disk: received, checked, kept under random names outside any web root."""

import asyncio
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

from bots.desk.content import PICTURES, UNKNOWN, safe_name, type_of
from bots.desk.context import DeskContext
from bots.desk.pictures import NotAPicture, Picture, rewritten
from bots.desk.problems import Problem
from core.content import Media
from core.errors import ChannelError, MessageRejected, RecipientGone
from core.store_values import StoredAttachment

CAP = 20 * 1024 * 1024
RETRY_AFTER = 10


class Vault:
    """The folder of files. Reading and writing happen in threads."""

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._fetching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def received(self, chunks: AsyncIterator[bytes]) -> bytes:
        """The bytes of an upload, refused as soon as they are too many."""
        found = bytearray()
        async for chunk in chunks:
            found += chunk
            if len(found) > CAP:
                raise Problem("too_large", values={"limit": CAP})
        return bytes(found)

    async def uploaded(
        self, data: bytes, *, name: str, dialog: str, client_id: str, by: str
    ) -> StoredAttachment:
        """Keeps what an operator uploads; refuses types that are not on the list."""
        mime = await asyncio.to_thread(type_of, data)
        if not mime:
            raise Problem("bad_type")
        try:
            picture = await asyncio.to_thread(_picture, data, mime)
        except NotAPicture:
            raise Problem("bad_type") from None
        return await self._kept(
            picture, mime, id_=self._context.new_id(), name=name, dialog=dialog,
            client_id=client_id, by=by,
        )  # fmt: skip

    async def fetched(self, id_: str, channel: str, dialog: str, media: Media) -> StoredAttachment:
        """A customer's file, fetched from its platform when somebody first looks at it.

        A type that is not on the list is kept for download only."""
        lock = self._fetching.setdefault(id_, asyncio.Lock())
        async with lock:
            known = await self._context.files.attachment(id_)
            if known is not None:
                return known
            if not media.platform_file and not media.url:
                raise Problem("not_found")
            data = await self._download(channel, media)
            mime = await asyncio.to_thread(type_of, data)
            try:
                picture = await asyncio.to_thread(_picture, data, mime)
            except NotAPicture:
                picture, mime = Picture(data, 0, 0), ""
            return await self._kept(
                picture, mime or UNKNOWN, id_=id_, name=media.name or media.kind, dialog=dialog,
                client_id="", by="",
            )  # fmt: skip

    async def _download(self, channel: str, media: Media) -> bytes:
        try:
            data = await self._context.fetch_media(channel, media)
        except RecipientGone:
            raise Problem("gone") from None
        except MessageRejected as error:
            if error.code == "too_large":
                given = self._context.capabilities(channel).download_bytes
                raise Problem("too_large", values={"limit": min(given or CAP, CAP)}) from None
            raise Problem("gone") from None
        except ChannelError:
            raise Problem("draining", retry_after=RETRY_AFTER) from None
        if len(data) > CAP:
            raise Problem("too_large", values={"limit": CAP})
        return data

    async def _kept(
        self, picture: Picture, mime: str, *, id_: str, name: str, dialog: str, client_id: str,
        by: str,
    ) -> StoredAttachment:  # fmt: skip
        hidden = self._context.new_id()
        key = f"{hidden[:2]}/{hidden}"
        await asyncio.to_thread(_write, self._context.folder / key, picture.data)
        stored = StoredAttachment(
            id=id_,
            sha256=sha256(picture.data).hexdigest(),
            media_type=mime,
            size=len(picture.data),
            name=safe_name(name, mime),
            storage_key=key,
            width=picture.width,
            height=picture.height,
            dialog=dialog,
            client_id=client_id,
            by=by,
        )
        await self._context.files.put_attachment(stored, self._context.clock())
        return stored

    def path(self, stored: StoredAttachment) -> Path:
        """Where its content lies; a row that points outside the folder is not followed."""
        folder = self._context.folder.resolve()
        path = (folder / stored.storage_key).resolve()
        if not path.is_relative_to(folder):
            raise Problem("not_found")
        if not path.is_file():
            raise Problem("gone")
        return path


def _picture(data: bytes, mime: str) -> Picture:
    return rewritten(data, mime) if mime in PICTURES else Picture(data, 0, 0)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and on disk before the row that names it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    with part.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
