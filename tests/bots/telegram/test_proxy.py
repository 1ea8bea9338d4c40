"""The way through a proxy: what never left is told apart from what may have arrived."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from core.content import Media
from core.errors import ChannelUnavailable, DeliveryUnknown
from tests.bots import letters
from tests.bots.letters import stored
from tests.bots.telegram.conftest import MakeChannel
from tests.fakes.telegram import FakeTelegram

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Manner = Callable[[Reader, Writer], Awaitable[None]]
PASSWORD = "CANARY-of-the-proxy"
letter = partial(letters.letter, chat="700100200")


@asynccontextmanager
async def proxy(scheme: str, manner: Manner) -> AsyncIterator[str]:
    """Its address; each connection is treated in this manner and closed."""

    async def met(reader: Reader, writer: Writer) -> None:
        try:
            await manner(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(met, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{scheme}://anna:{PASSWORD}@127.0.0.1:{port}"


async def hangs_up(_: Reader, writer: Writer) -> None:
    """As a forwarded port does whose program is down."""


async def resets(_: Reader, writer: Writer) -> None:
    at_once = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


async def asks_for_a_password(reader: Reader, writer: Writer) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


async def leads_elsewhere(reader: Reader, writer: Writer) -> None:
    """Where nobody speaks TLS."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await reader.read(1)
    writer.write(b"220 mail.example.org\r\n")


async def loses_the_answer(reader: Reader, writer: Writer) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await resets(reader, writer)


@pytest.mark.parametrize("has_file", [False, True], ids=["text", "file"])
@pytest.mark.parametrize(
    ("scheme", "manner"),
    [
        ("http", hangs_up), ("http", resets), ("http", asks_for_a_password),
        ("http", leads_elsewhere), ("socks5", hangs_up), ("socks5", resets),
        ("socks4", hangs_up),
    ],
)  # fmt: skip
async def test_a_proxy_that_leads_nowhere_proves_that_nothing_was_sent(
    make_channel: MakeChannel, tmp_path: Path, scheme: str, manner: Manner, *, has_file: bool
) -> None:
    said = letter()
    if has_file:
        media = (Media(kind="image", attachment="a"),)
        said = letter("", {"a": stored(tmp_path)}, media=media)
    async with proxy(scheme, manner) as address:
        channel = make_channel(proxy=address, api_url="https://127.0.0.1:9")
        with pytest.raises(ChannelUnavailable) as caught:
            await channel.send(said)
        (finding,) = await channel.health()
    assert caught.value.reason == "network"
    assert (finding.level, "CANARY" in finding.text) == ("FAIL", False)


async def test_behind_a_proxy_too_a_lost_answer_leaves_the_message_in_doubt(
    make_channel: MakeChannel, telegram: FakeTelegram
) -> None:
    async with proxy("http", loses_the_answer) as address:
        with pytest.raises(DeliveryUnknown):
            await make_channel(proxy=address).send(letter())
