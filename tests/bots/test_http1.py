"""Answers out of bytes: whole, in any pieces, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bots.http1 import Answer, Broken, Part, answer, head_of, request

MOST = 1000
PLAIN = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n"
    b'4;note=1\r\n{"ok\r\n7 \r\n":true}\r\n0\r\nX-After: 1\r\n\r\n'
)
WHOLE = Answer(200, b'{"ok":true}', is_kept=True)
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def read(data: bytes, *, ended: bool = False) -> Answer | Part:
    return answer(data, ended=ended, most=MOST)


def test_a_request_says_what_it_sends_and_where() -> None:
    head = head_of("POST", URL("https://example.org:8443/bot1:a/sendMessage"))
    whole = request(head, b"{}")
    first, *fields = whole.decode().partition("\r\n\r\n")[0].split("\r\n")
    assert first == "POST /bot1:a/sendMessage HTTP/1.1"
    assert {"Host: example.org:8443", "Content-Length: 2"} <= set(fields)
    assert whole.endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/", "example.org"),
        ("http://example.org:80/", "example.org"),
        ("http://[::1]:81/", "[::1]:81"),
        ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_the_host_is_named_as_servers_want_it(url: str, host: str) -> None:
    assert f"\r\nHost: {host}\r\n" in head_of("POST", URL(url)).decode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PLAIN, WHOLE),
        (CHUNKED, WHOLE),
        (EMPTY, Answer(204, b"", is_kept=True)),
        (EARLY + PLAIN, WHOLE),
        (PLAIN + b"?", WHOLE._replace(is_kept=False)),
        (PLAIN.replace(b"1.1", b"1.0"), WHOLE._replace(is_kept=False)),
        (PLAIN.replace(b"200 OK", b"200 OK\r\nConnection: Close"), WHOLE._replace(is_kept=False)),
        (b"HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n", Answer(502, b"", is_kept=True)),
    ],
    ids=["length", "pieces", "none", "hint", "more", "1.0", "close", "bare"],
)  # fmt: skip
def test_an_answer_is_read_and_its_connection_judged(data: bytes, expected: Answer) -> None:
    assert read(data) == expected


@given(data=st.sampled_from([PLAIN, CHUNKED, EARLY + PLAIN]), cut=st.integers(0, 200))
def test_a_part_is_no_answer_and_asks_for_no_more_than_there_is(data: bytes, cut: int) -> None:
    part = data[: min(cut, len(data) - 1)]
    found = read(part)
    assert isinstance(found, Part)
    assert len(part) < found.needed <= len(data)
    with pytest.raises(Broken):
        read(part, ended=True)


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    data = b"HTTP/1.1 200 OK\r\n\r\nwhole"
    assert isinstance(read(data), Part)
    assert read(data, ended=True) == Answer(200, b"whole", is_kept=False)


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: "
PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
NONSENSE = {
    "a page": b"<html>\r\n\r\n",
    "another version": b"HTTP/2 200\r\n\r\n",
    "a word for a status": b"HTTP/1.1 two OK\r\n\r\n",
    "signs for a status": b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n",
    "a length below zero": LENGTH + b"-1\r\n\r\n",
    "a length with a line": LENGTH + b"1_0\r\n\r\n",
    "an empty length": LENGTH + b"\r\n\r\n",
    "too long": LENGTH + b"1001\r\n\r\n",
    "two lengths": LENGTH + b"1\r\nContent-Length: 2\r\n\r\n",
    "a length and pieces": LENGTH + b"1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "unknown pieces": PIECES.replace(b"chunked", b"gzip"),
    "packed": LENGTH + b"1\r\nContent-Encoding: gzip\r\n\r\nx",
    "a piece of no length": PIECES + b"zz\r\n",
    "a piece that goes on": PIECES + b"1\r\nab\r\n",
    "too many pieces": PIECES + b"1f4\r\n" + 500 * b"x" + b"\r\n1f5\r\n",
    "no end of a body": b"HTTP/1.1 200 OK\r\n\r\n" + 1001 * b"x",
    "no end of a head": b"HTTP/1.1 200 OK\r\nX: " + 70_000 * b"x",
    "no end of a line": PIECES + 70_000 * b"1",
}


@pytest.mark.parametrize("data", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(Broken):
        read(data)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(tail: bytes) -> None:
    for data in (tail, b"HTTP/1.1 " + tail, CHUNKED[:47] + tail, PLAIN[:40] + tail):
        try:
            read(data)
            read(data, ended=True)
        except Broken:
            continue
