"""One request to a platform: an answer, or the ChannelError that says what it proves."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientTimeout, web

from bots.transport import Transport, is_at
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
)

HURRIED = ClientTimeout(total=0.2)


class Server:
    """Answers as the path says; `seen` keeps what arrived."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.hanging = asyncio.Event()
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.content_type, await request.read()))
        match request.path:
            case "/drop":
                assert request.transport is not None
                request.transport.abort()
            case "/hang":
                await self.hanging.wait()
            case "/moved":
                raise web.HTTPFound("/page")
            case "/page":
                return web.Response(status=502, text="<h1>502</h1>", content_type="text/html")
            case "/file":
                return web.Response(body=b"x" * 100)
            case "/elsewhere":
                raise web.HTTPFound("https://evil.example.net/file")
            case "/other":
                raise web.HTTPFound("/file")
            case "/round":
                raise web.HTTPFound("/round")
            case "/gone":
                return web.Response(status=404)
        return web.json_response({"ok": True}, headers={"X-Own": "1"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    own = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", own.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    own.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield own
    own.hanging.set()
    await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    own = Transport()
    yield own
    await own.close()
    await own.close()


async def test_letters_travel_as_they_are(transport: Transport, server: Server) -> None:
    reply = await transport.call("POST", f"{server.url}/", json={"text": "Привет"})
    assert (reply.status, reply.json(), reply.headers["x-own"]) == (200, {"ok": True}, "1")
    assert server.seen == [("application/json", '{"text":"Привет"}'.encode())]


async def test_an_answer_that_is_no_json_is_the_callers_to_judge(
    transport: Transport, server: Server
) -> None:
    reply = await transport.call("POST", f"{server.url}/page", json={})
    assert (reply.status, reply.json()) == (502, None)
    moved = await transport.call("POST", f"{server.url}/moved", json={})
    assert moved.status == 302, "a token must not follow a redirect"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def test_what_never_left_is_told_apart_from_what_may_have_arrived(
    transport: Transport, server: Server
) -> None:
    async def failure(url: str) -> ChannelError:
        with pytest.raises(ChannelError) as caught:
            await transport.call("POST", url, json={}, timeout=HURRIED)
        assert caught.value.__cause__ is None
        assert url not in str(caught.value)
        return caught.value

    refused = await failure(f"http://127.0.0.1:{free_port()}/")
    assert isinstance(refused, ChannelUnavailable)
    assert refused.reason == "network"
    assert isinstance(await failure(f"{server.url}/drop"), DeliveryUnknown)
    assert isinstance(await failure(f"{server.url}/hang"), DeliveryUnknown)
    invalid = await failure("http://")
    assert isinstance(invalid, ChannelUnavailable)
    assert invalid.reason == "config"


async def test_half_a_sign_is_refused_before_it_is_sent(
    transport: Transport, server: Server
) -> None:
    with pytest.raises(MessageRejected, match="encoding"):
        await transport.call("POST", f"{server.url}/", json={"text": "\ud83d"})
    assert server.seen == []


async def test_files_come_from_the_platforms_hosts_and_are_not_endless(
    transport: Transport, server: Server
) -> None:
    host = server.url.removeprefix("http://")
    assert await transport.fetched(f"{server.url}/file", 100, (host,)) == b"x" * 100
    with pytest.raises(MessageRejected, match="too_large"):
        await transport.fetched(f"{server.url}/file", 99, (host,))
    with pytest.raises(MessageRejected, match="no_file"):
        await transport.fetched(f"{server.url}/gone", 99, (host,))
    with pytest.raises(ChannelUnavailable):
        await transport.fetched(f"{server.url}/page", 99, (host,))
    before = len(server.seen)
    with pytest.raises(MessageRejected, match="hosts"):
        await transport.fetched(f"{server.url}/file", 100, ("platform.example",))
    assert len(server.seen) == before


async def test_a_file_that_lies_on_another_of_the_hosts_is_followed_and_nowhere_else(
    transport: Transport, server: Server
) -> None:
    host = server.url.removeprefix("http://")
    assert await transport.fetched(f"{server.url}/other", 100, (host,)) == b"x" * 100
    with pytest.raises(MessageRejected, match="hosts"):
        await transport.fetched(f"{server.url}/elsewhere", 100, (host,))
    before = len(server.seen)
    with pytest.raises(ChannelUnavailable):
        await transport.fetched(f"{server.url}/round", 100, (host,))
    assert len(server.seen) - before < 10


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://files.example.com/a", True),
        ("https://example.com/a", True),
        ("https://example.com:443/a", True),
        ("http://example.com/a", False),
        ("https://example.com:8443/a", False),
        ("https://badexample.com/a", False),
        ("https://example.com.evil.net/a", False),
        ("https://user:secret@example.com/a", False),
        ("https://evil.net/https://example.com", False),
        ("ftp://example.com/a", False),
        ("https://[", False),
        ("http://127.0.0.1:9/a", True),
        ("http://127.0.0.1:8/a", False),
        ("", False),
    ],
)
def test_a_host_is_the_platforms_or_it_is_not(url: str, allowed: bool) -> None:
    assert is_at(url, ("example.com", "127.0.0.1:9")) is allowed
