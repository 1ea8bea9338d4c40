"""Calls over kept connections: what is used again, what is told of a call that went wrong."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from aiohttp import ClientTimeout

from bots.http1 import Answer
from bots.wire import IDLE, Wire, wire_to
from core.errors import ChannelError, ChannelUnavailable, DeliveryUnknown
from tests.fakes.authority import authority

LIMIT = ClientTimeout(total=5, sock_connect=5)
HURRIED = ClientTimeout(total=0.05, sock_connect=5)
NewLoop = Callable[[], asyncio.AbstractEventLoop]
LOOPS: list[NewLoop] = [asyncio.new_event_loop]
if find_spec("uvloop"):  # that of `serve`, where there is one
    LOOPS.append(import_module("uvloop").new_event_loop)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GOOD = Answer(200, b"ok", is_kept=True)


class Server:
    """Answers each request with the next of `answers`, else with OK; None ends the connection,
    `b""` says nothing. `requests` keeps bodies, `opened` counts connections."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.opened = 0
        self.url = ""
        self.writers: list[asyncio.StreamWriter] = []
        self.asked = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
                self.requests.append(await reader.readexactly(length))
                self.asked.set()
                answer = self.answers.pop(0) if self.answers else OK
                if answer is None:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    own = Server()
    listening = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    own.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/call"
    yield own
    listening.close()
    for writer in own.writers:
        writer.close()
    await listening.wait_closed()


@pytest.fixture
async def wire(server: Server) -> AsyncIterator[Wire]:
    own = opened(server.url)
    yield own
    own.close()


def opened(url: str) -> Wire:
    own = wire_to(url, ssl.create_default_context())
    assert own is not None
    return own


async def test_one_connection_serves_one_call_after_the_other(wire: Wire, server: Server) -> None:
    for body in (b'{"a":1}', b"{}"):
        assert await wire.post(server.url, body, LIMIT) == GOOD
    assert (server.requests, server.opened) == ([b'{"a":1}', b"{}"], 1)


async def test_calls_beside_each_other_have_connections_of_their_own(
    wire: Wire, server: Server
) -> None:
    answers = await asyncio.gather(*(wire.post(server.url, b"{}", LIMIT) for _ in range(3)))
    assert (answers, server.opened) == ([GOOD] * 3, 3)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ],
    ids=["closing", "talking on"],
)
async def test_a_connection_that_cannot_be_trusted_is_used_once(
    wire: Wire, server: Server, answer: bytes
) -> None:
    server.answers = [answer]
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD._replace(is_kept=False)
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    assert server.opened == 2


async def test_an_answer_may_end_with_its_connection(wire: Wire, server: Server) -> None:
    server.answers = [OK.replace(b"Content-Length: 2\r\n", b"")]
    asked = asyncio.create_task(wire.post(server.url, b"{}", LIMIT))
    await server.asked.wait()
    server.writers[0].close()
    assert await asked == GOOD._replace(is_kept=False)
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    assert server.opened == 2


@pytest.mark.parametrize("unasked", [OK, b""], ids=["unasked words", "an end"])
async def test_what_comes_between_calls_ends_the_connection(
    wire: Wire, server: Server, unasked: bytes
) -> None:
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    (writer,) = server.writers
    if unasked:
        writer.write(unasked)
    else:
        writer.close()
    link = wire._kept[0][0]
    while link.is_kept:  # noqa: ASYNC110  the link tells nobody
        await asyncio.sleep(0)
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    assert server.opened == 2


async def test_a_connection_that_rested_too_long_is_not_used(wire: Wire, server: Server) -> None:
    await wire.post(server.url, b"{}", LIMIT)
    link, since = wire._kept.pop()
    wire._kept.append((link, since - IDLE))
    await wire.post(server.url, b"{}", LIMIT)
    assert server.opened == 2


@pytest.mark.parametrize(
    ("answer", "cause"),
    [(None, "Broken"), (OK[:-1], "timeout"), (b"", "timeout"), (b"<html>\r\n\r\n", "Broken")],
    ids=["cut", "half", "silence", "nonsense"],
)
async def test_a_call_that_left_is_in_doubt_and_its_connection_is_given_up(
    wire: Wire, server: Server, answer: bytes | None, cause: str
) -> None:
    await wire.post(server.url, b"{}", LIMIT)  # or a slow machine might not connect in time
    server.answers = [answer]
    with pytest.raises(DeliveryUnknown, match=cause) as caught:
        await wire.post(server.url, b"{}", HURRIED)
    assert caught.value.__cause__ is None
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    assert (len(server.requests), server.opened) == (3, 2)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def _refused(url: str, seconds: float = 5.0) -> ChannelError:
    wire = opened(url)
    with pytest.raises(ChannelError) as caught:
        await wire.post(url, b"{}", ClientTimeout(total=5, sock_connect=seconds))
    assert caught.value.__cause__ is None
    assert not wire._places.locked()
    return caught.value


@pytest.mark.parametrize("host", ["nobody.invalid", "127.0.0.1"])
async def test_without_a_connection_nothing_was_sent(host: str) -> None:
    error = await _refused(f"http://{host}:{free_port()}/")
    assert isinstance(error, ChannelUnavailable)
    assert error.reason == "network"


async def test_a_server_that_speaks_no_tls_got_nothing(server: Server) -> None:
    error = await _refused(server.url.replace("http", "https"), 0.05)
    assert isinstance(error, ChannelUnavailable)
    assert server.requests == []


async def test_whoever_finds_no_place_in_time_has_sent_nothing(wire: Wire, server: Server) -> None:
    wire._places = asyncio.Semaphore(1)
    server.answers = [b""]
    first = asyncio.create_task(wire.post(server.url, b"1", LIMIT))
    await server.asked.wait()
    with pytest.raises(ChannelUnavailable):
        await wire.post(server.url, b"2", HURRIED)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await wire.post(server.url, b"3", LIMIT) == GOOD
    assert server.requests == [b"1", b"3"]


async def test_a_closed_wire_keeps_nothing_open(wire: Wire, server: Server) -> None:
    await wire.post(server.url, b"{}", LIMIT)
    wire.close()
    assert await wire.post(server.url, b"{}", LIMIT) == GOOD
    assert (server.opened, list(wire._kept)) == (2, [])


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:99999", "http://a:b@x/", "x"])
def test_what_is_no_plain_address_is_left_to_others(url: str) -> None:
    assert wire_to(url, ssl.create_default_context()) is None


@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "strange"])
@pytest.mark.parametrize("new_loop", LOOPS)
def test_over_tls_only_a_server_that_is_trusted_hears_anything(
    tmp_path: Path, new_loop: NewLoop, *, is_trusted: bool
) -> None:
    own = authority(tmp_path)
    trust = ssl.create_default_context(cafile=str(own.ca) if is_trusted else None)

    async def way() -> Server:
        server = Server()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=own.context)
        url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        wire = wire_to(url, trust)
        assert wire is not None
        async with listening:
            for _ in range(2):
                with contextlib.nullcontext() if is_trusted else pytest.raises(ChannelUnavailable):
                    assert await wire.post(url, b"{}", LIMIT) == GOOD
            wire.close()
        return server

    with asyncio.Runner(loop_factory=new_loop) as runner:
        server = runner.run(way())
    assert server.requests == ([b"{}"] * 2 if is_trusted else [])
    assert server.opened == is_trusted


@pytest.mark.parametrize("new_loop", LOOPS)
def test_it_runs_on_the_loop_of_the_process(new_loop: NewLoop) -> None:
    async def way() -> Answer:
        own = Server()
        listening = await asyncio.start_server(own.serve, "127.0.0.1", 0)
        async with listening:
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
            wire = opened(url)
            await wire.post(url, b"{}", LIMIT)
            found = await wire.post(url, b"{}", LIMIT)
            wire.close()
        assert own.opened == 1
        return found

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(way()) == GOOD
