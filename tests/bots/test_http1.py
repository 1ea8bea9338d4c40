"""Answers out of bytes: whole, in any pieces, or refused."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from bots.http1 import Answer, Broken, Reader, head_of, request

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
SWITCH = b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def read(data: bytes) -> Answer | None:
    return Reader(MOST).feed(data)


def outcome(pieces: Iterable[bytes]) -> Answer | None:
    """What a connection brings that ends behind them; None: nothing that is an answer."""
    reader, rest = Reader(MOST), iter(pieces)
    try:
        for piece in rest:
            found = reader.feed(piece)
            if found is not None:
                return found._replace(is_kept=found.is_kept and not any(rest))
        return reader.end()
    except Broken:
        return None


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    inner = sorted({place for place in places if place < len(data)})
    return [data[start:end] for start, end in pairwise([0, *inner, len(data)])]


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


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: "
PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
NONSENSE = {
    "a page": b"<html>\r\n\r\n",
    "another version": b"HTTP/2 200\r\n\r\n",
    "another version with a point": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "frames of another version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a word for a status": b"HTTP/1.1 two OK\r\n\r\n",
    "signs for a status": b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n",
    "a length below zero": LENGTH + b"-1\r\n\r\n",
    "a length with a line": LENGTH + b"1_0\r\n\r\n",
    "an empty length": LENGTH + b"\r\n\r\n",
    "too long": LENGTH + b"1001\r\n\r\n",
    "the same length twice": LENGTH + b"1\r\nContent-Length: 1\r\n\r\n",
    "two lengths": LENGTH + b"1\r\nContent-Length: 2\r\n\r\n",
    "a length and pieces": LENGTH + b"1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "pieces and a length": PIECES[:-2] + b"Content-Length: 1\r\n\r\n",
    "pieces twice": PIECES[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
    "packed pieces": PIECES.replace(b"chunked", b"gzip, chunked"),
    "unknown pieces": PIECES.replace(b"chunked", b"gzip"),
    "packed": LENGTH + b"1\r\nContent-Encoding: gzip\r\n\r\nx",
    "a piece of no length": PIECES + b"zz\r\n",
    "a piece that goes on": PIECES + b"1\r\nab\r\n",
    "too many pieces": PIECES + b"1f4\r\n" + 500 * b"x" + b"\r\n1f5\r\n" + 501 * b"x",
    "no end of a body": b"HTTP/1.1 200 OK\r\n\r\n" + 1001 * b"x",
    "no end of a head": b"HTTP/1.1 200 OK\r\nX: " + 70_000 * b"x",
    "an immense length": LENGTH + 30 * b"9" + b"\r\n\r\n",
    "a hint with a body": b"HTTP/1.1 199 Soon\r\nContent-Length: 2\r\n\r\nno" + PLAIN,
    "no end of hints": 2000 * EARLY,
    "no end of a note": PIECES + b"1;" + 70_000 * b"x",
    "no end of a line": PIECES + 70_000 * b"1",
}


@pytest.mark.parametrize("data", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_answer_is_refused_without_repeating_it(data: bytes) -> None:
    with pytest.raises(
        Broken, match=r"^(no answer, or none that we take|an endless line)$"
    ) as caught:
        read(data)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PLAIN, WHOLE),
        (CHUNKED, WHOLE),
        (EMPTY, Answer(204, b"", is_kept=True)),
        (b"HTTP/1.1 304 Same\r\nContent-Length: 11\r\n\r\n", Answer(304, b"", is_kept=True)),
        (EARLY + PLAIN, WHOLE),
        (EARLY.replace(b"Link", b"Content-Length: 3\r\nContent-Encoding") + PLAIN, WHOLE),
        (b"HTTP/1.1 101 Switching\r\n\r\n", Answer(101, b"", is_kept=False)),
        (SWITCH, Answer(101, b"", is_kept=False)),
        (PLAIN + b"?", WHOLE._replace(is_kept=False)),
        (PLAIN + b"\r\n", WHOLE._replace(is_kept=False)),
        (PLAIN + PLAIN.replace(b"true", b"null"), WHOLE._replace(is_kept=False)),
        (PLAIN.replace(b"1.1", b"1.0"), WHOLE._replace(is_kept=False)),
        (PLAIN.replace(b"1.1 200 OK", b"1.0 200 OK\r\nConnection: Keep-Alive"), WHOLE),
        (PLAIN.replace(b"200 OK", b"200 OK\r\nConnection: Close"), WHOLE._replace(is_kept=False)),
        (b"HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n", Answer(502, b"", is_kept=True)),
        (PLAIN.replace(b"200 OK", b"200"), WHOLE),
    ],
    ids=["length", "pieces", "none", "same", "hint", "hint with fields", "switch", "named switch",
         "more", "empty line", "another", "1.0", "1.0 kept", "close", "bare", "no reason"],
)  # fmt: skip
def test_an_answer_is_read_and_its_connection_judged(data: bytes, expected: Answer) -> None:
    assert read(data) == expected


@pytest.mark.parametrize(
    "data", [PLAIN, CHUNKED, EARLY + PLAIN, EMPTY], ids=["length", "pieces", "hint", "none"]
)
def test_a_part_is_no_answer(data: bytes) -> None:
    for length in range(len(data)):
        reader = Reader(MOST)
        assert reader.feed(data[:length]) is None
        with pytest.raises(Broken):
            reader.end()


def test_one_answer_leaves_nothing_behind_for_the_next() -> None:
    reader = Reader(MOST)
    trailing = CHUNKED.replace(b"X-After: 1", b"Content-Encoding: gzip")
    for data in (PLAIN, trailing, EARLY + CHUNKED, PLAIN):
        assert reader.feed(data) == WHOLE
    for _ in range(3000):
        assert reader.feed(EMPTY) == Answer(204, b"", is_kept=True)
    assert reader.feed(PLAIN[:9]) is None
    with pytest.raises(Broken):
        reader.end()


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = Reader(MOST)
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nwh") is None
    assert reader.feed(b"ole") is None
    assert reader.end() == Answer(200, b"whole", is_kept=False)


def test_many_small_pieces_may_make_a_long_answer() -> None:
    reader = Reader(100_000)
    assert reader.feed(PIECES) is None
    for _ in range(30_000):
        assert reader.feed(b"1\r\nx\r\n") is None
    assert reader.feed(b"0\r\n\r\n") == Answer(200, 30_000 * b"x", is_kept=True)


_WORD = st.text("abcXYZ019-", min_size=1, max_size=8).map(str.encode)
_VALUE = st.text("abc 019,;=/\t", max_size=12).map(str.encode)
_FIELD = st.one_of(
    st.builds(b"X-%b:%b\r\n".__mod__, st.tuples(_WORD, _VALUE)),
    st.sampled_from((
        b"Connection: close\r\n", b"connection: keep-alive\r\n", b"Content-Encoding: identity\r\n",
        b"Content-Encoding: br\r\n", b"Upgrade: x\r\nConnection: upgrade\r\n",
        b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
    )),
)  # fmt: skip


@st.composite
def _answers(draw: st.DrawFn) -> bytes:
    """Answers of every form, some of them wrong, some with something before or behind them."""
    version = draw(st.sampled_from((b"1.1", b"1.1", b"1.1", b"1.0")))
    status = draw(st.sampled_from((b"200 OK", b"200", b"204 No", b"304 Same", b"101 S", b"502 ")))
    fields, body = b"".join(draw(st.lists(_FIELD, max_size=4))), draw(st.binary(max_size=40))
    form = draw(st.sampled_from(("length", "pieces", "open")))
    if form == "length":
        fields += b"Content-Length: %d\r\n" % len(body)
    elif form == "pieces":
        fields += b"Transfer-Encoding: chunked\r\n"
        pieces = cut(body, draw(st.lists(st.integers(1, 40), max_size=3))) if body else []
        sign = draw(st.sampled_from((b"", b" ", b";note=1", b';a="b c"')))
        body = b"".join(b"%x%b\r\n%b\r\n" % (len(one), sign, one) for one in pieces)
        body += b"0\r\n" + draw(st.sampled_from((b"", b"X-After: 1\r\n"))) + b"\r\n"
    hints = draw(st.sampled_from((b"", b"", EARLY, 2 * EARLY)))
    behind = draw(st.sampled_from((b"", b"", b"\r\n", b"?", PLAIN)))
    return hints + b"HTTP/%b %b\r\n%b\r\n" % (version, status, fields) + body + behind


@settings(max_examples=500)
@given(
    data=_answers(),
    places=st.sets(st.integers(1, 300), max_size=8),
    spoilt=st.none() | st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=1)),
)
def test_however_an_answer_is_cut_it_is_the_same(
    data: bytes, places: set[int], spoilt: tuple[int, bytes] | None
) -> None:
    if spoilt is not None:
        at, byte = spoilt
        data = data[:at] + byte + data[at + 1 :]
    whole = outcome([data])
    assert outcome(cut(data, places)) == whole
    assert outcome(cut(data, range(1, len(data)))) == whole


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(tail: bytes) -> None:
    for data in (tail, b"HTTP/1.1 " + tail, CHUNKED[:47] + tail, PLAIN[:40] + tail):
        outcome([data])
