"""Hostile words and files: kept as they are, given back as data, and nothing more."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientError, FormData

from bots.desk.files import disposition_of
from core.updates import CustomerMessage, Received, Sender
from tests.bots.desk.hostile import XSS
from tests.bots.desk.pictures import jpeg, png, png_chunk, segment
from tests.bots.desk.test_files import link, new_id_uuid, uploads
from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import CHANNEL, Workplace, new_id


def shown(parts: list[dict[str, Any]]) -> str:
    """What a reader sees of a message, links with what they lead to."""
    return "".join(part["v"] if part["t"] == "text" else part["href"] for part in parts)


def is_data(answer: Answer) -> None:
    """Nothing a browser would take for a page."""
    assert answer.headers["Content-Type"].startswith(("application/json", "application/problem"))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    json.loads(answer.raw)


async def heard(place: Workplace, *said: tuple[str, str, str]) -> None:
    """Customers write, each (chat, name, text); all of it is turned."""
    received = [
        Received(
            chat=chat,
            sender=Sender(user=f"u{chat}", name=name, handle=name, lang="ru"),
            update=CustomerMessage(text=text),
            dedup_key=new_id(),
        )
        for chat, name, text in said
    ]
    filed = await place.store.accept(CHANNEL, received, place.now)
    place.bus.wake("dialogs")
    for one in filed:
        while not (await place.store.outcome(one.dialog, one.seq))[0]:
            await place.batch.wait()


async def thread(browser: Browser, dialog: str) -> list[dict[str, Any]]:
    """Every message of a dialog."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        answer = await browser.ask("GET", f"/dialogs/{dialog}/messages?after={after}&limit=100")
        is_data(answer)
        found += answer.body["items"]
        if not answer.body["has_after"]:
            return found
        after = found[-1]["n"]


async def test_names_of_customers_come_back_as_they_were(desk: DeskServer, anna: Browser) -> None:
    said = [(f"x{number}", name, "оператор") for number, name in enumerate(XSS)]
    await heard(desk.place, *said)
    answer = await anna.ask("GET", "/dialogs?tab=queue&limit=1000")
    is_data(answer)
    assert {row["customer"]["name"] for row in answer.body["rows"]} == set(XSS)


async def test_customers_words_come_back_as_they_were(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people("x")
    await heard(desk.place, *(("x", "Ольга", text) for text in XSS))
    messages = [one for one in await thread(anna, dialog) if one["author"]["kind"] == "customer"]
    assert [shown(one["parts"]) for one in messages[1:]] == list(XSS)
    for part in (part for one in messages for part in one["parts"]):
        assert part["t"] == "text" or part["href"].startswith(("http://", "https://")), part


async def test_operators_words_come_back_as_they_were(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    for at in range(0, len(XSS), 10):
        some = XSS[at : at + 10]
        parts = [{"t": "text", "v": text} for text in some]
        sent = await anna.post(f"/dialogs/{dialog}/reply", {"client_id": new_id(), "parts": parts})
        note = {"client_id": new_id(), "text": "\n".join(some)}
        kept = await anna.post(f"/dialogs/{dialog}/note", note)
        for answer in (sent, kept):
            is_data(answer)
            assert shown(answer.body["parts"]) == "\n".join(some)


async def test_what_people_write_about_customers_comes_back_as_it_was(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    customer = (await desk.place.row(dialog)).customer
    for version, at in enumerate(range(0, len(XSS), 10), start=1):
        fields = {f"f{number}": text for number, text in enumerate(XSS[at : at + 10])}
        change = {"version": version, "note": XSS[at], "name": XSS[-1 - at], "fields": fields}
        answer = await anna.ask("PATCH", f"/customers/{customer}", change)
        is_data(answer)
        assert (answer.body["note"], answer.body["name"]) == (XSS[at], XSS[-1 - at])
        kept = {one["key"]: one["value"] for one in answer.body["fields"] if not one["masked"]}
        same = {key: text for key, text in kept.items() if key in fields}
        assert same.items() <= fields.items()
        assert len(same) >= len(fields) - 3  # what looks like an address is masked


async def test_ready_texts_come_back_as_they_were(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    for at in range(0, len(XSS), 10):
        name, body = XSS[at], "\n".join(XSS[at : at + 10])
        made = await anna.post("/canned", {"name": name, "body": body, "scope": "me"})
        is_data(made)
        assert (made.body["name"], made.body["body"]) == (name, body)
        rendered = await anna.post(f"/canned/{made.body['id']}/render", {"dialog_id": dialog})
        is_data(rendered)
        assert rendered.body["text"] == body or rendered.body["missing"]


async def test_search_finds_them_as_pieces_of_text(desk: DeskServer, anna: Browser) -> None:
    await desk.place.asks_for_people("x")
    await heard(desk.place, *(("x", "Ольга", text) for text in XSS))
    for query in ("<script>", "alert(1)", "onerror=", "<img"):
        answer = await anna.ask("GET", f"/search?q={quote(query)}&limit=50")
        is_data(answer)
        assert answer.body["items"], query
        for item in answer.body["items"]:
            for hit in item["hits"]:
                text = "".join(piece["text"] for piece in hit["pieces"]).strip("…")
                assert any(text in one for one in XSS), text


@pytest.mark.parametrize("text", XSS[::3])
async def test_a_name_of_a_file_is_only_a_name(desk: DeskServer, anna: Browser, text: str) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    stored = await uploads(anna, dialog, png(), name=text)
    assert stored.status == 202, stored
    is_data(stored)
    assert "/" not in stored.body["name"]
    given = await anna.ask("GET", await link(anna, stored.body["id"]))
    assert given.headers["Content-Type"] == "image/png"
    assert given.raw == png()
    disposition = given.headers["Content-Disposition"]
    assert disposition.startswith("inline; filename*=UTF-8''")
    assert not set(disposition.partition("''")[2]) & set("<>\"'`; \r\n")


@pytest.mark.parametrize(
    ("header", "name", "filename"),
    [
        ('form-data; name="file"; filename="a.png"', "file", "a.png"),
        ('form-data; name="file"; filename="a;b; c=\'d\'.png"', "file", "a;b; c='d'.png"),
        ('form-data; filename="x; name=dialog_id"; name="file"', "file", "x; name=dialog_id"),
        ('form-data; name="file"; filename="say %22hi%22%0D%0A.png"', "file", 'say "hi"\r\n.png'),
        ('form-data; name="file"; filename="C:\\dir\\a.png"', "file", "C:\\dir\\a.png"),
        ("form-data; NAME=file; filename=a.png", "file", "a.png"),
        (
            'form-data; name="file"; filename="%D1%81%D1%87%D1%91%D1%82%201.png"',
            "file",
            "счёт 1.png",
        ),
        ('form-data; name="file"; filename="100%25 %FF.png"', "file", "100%25 %FF.png"),
        ("form-data; name=file; filename=a; filename*=UTF-8''%D1%8F%20b.png", "file", "я b.png"),
        ("form-data", "", ""),
        ("", "", ""),
    ],
)
def test_a_part_names_itself_as_browsers_write_it(header: str, name: str, filename: str) -> None:
    assert disposition_of(header) == (name, filename)


# -- files that are two things at once

JS = b"/*\x00*/=1;alert(1)//"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"\xef\xbb\xbf" + SVG,
        b"  \n" + SVG,
        b"<?xml version='1.0'?>" + SVG,
        SVG.decode().encode("utf-16"),
        HTML,
        b"\xef\xbb\xbf<html>",
        HTML.decode().encode("utf-16"),
        b"GIF89a" + JS,
        b"GIF89a/*" + HTML,
        b"BM" + HTML,
        b"RIFF\x00\x00\x00\x00WEBP" + HTML,
        b"\xff\xd8\xff" + HTML,
        b"\x89PNG\r\n\x1a\n" + HTML,
        b"#!/bin/sh\nrm -rf /",
        b"\x7fELF\x02\x01\x01",
        b"MZ" + bytes(60) + b"PE\0\0",
        b"PK\x03\x04" + HTML,
        b"\x00\x00\x00\x1cftypisom<html>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%!PS-Adobe",
        b"{\\rtf1 \\object}",
    ],
    ids=lambda value: repr(value[:12]),
)
async def test_what_pretends_is_refused_or_never_shown(
    desk: DeskServer, anna: Browser, content: bytes
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await uploads(anna, dialog, content, name="cat.png")
    if answer.status == 202:
        given = await anna.ask("GET", await link(anna, answer.body["id"], "inline"))
        assert given.headers["Content-Disposition"].startswith("attachment;"), answer.body
        assert "sandbox" in given.headers["Content-Security-Policy"]
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert "html" not in given.headers["Content-Type"]
        assert "svg" not in given.headers["Content-Type"]
        return
    assert (answer.status, answer.code) == (415, "bad_type")
    assert [path for path in desk.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "picture",
    [
        png(png_chunk(b"tEXt", b"Comment\0" + HTML)) + HTML,
        png(png_chunk(b"zTXt", b"x\0\0" + HTML)),
        jpeg(segment(0xE1, b"Exif\0\0" + HTML), segment(0xFE, HTML)) + HTML,
    ],
    ids=["png", "png packed", "jpeg"],
)
async def test_a_picture_leaves_everything_else_at_the_door(
    desk: DeskServer, anna: Browser, picture: bytes
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    stored = await uploads(anna, dialog, picture, name="cat.png")
    assert stored.status == 202, stored
    given = await anna.ask("GET", await link(anna, stored.body["id"]))
    assert b"script" not in given.raw


async def test_200_megabytes_are_refused_before_most_of_them_came(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    taken = 0

    async def chunks() -> Any:
        nonlocal taken
        for _ in range(200 * 16):
            taken += 1
            yield bytes(64 * 1024)

    form = FormData({"dialog_id": dialog, "client_id": new_id_uuid()})
    form.add_field("file", chunks(), filename="a.png", content_type="image/png")
    try:
        answer = await anna.ask("POST", "/attachments", data=form)
        assert (answer.status, answer.code) == (413, "too_large")
    except ClientError:
        pass  # the server hung up while we still wrote, which is its right
    assert taken * 64 * 1024 < 60 * 1024 * 1024
    assert [path for path in desk.folder.rglob("*") if path.is_file()] == []
    assert (await anna.ask("GET", "/session")).status == 200
