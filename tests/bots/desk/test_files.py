"""Files over HTTP: what is taken, who may see it, how it is given out."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData, MultipartWriter

from bots.desk.vault import CAP
from core.content import Media
from core.updates import CustomerMessage, Received, Sender
from tests.bots.desk.pictures import jpeg, png, png_chunk, segment
from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import CHANNEL, new_id

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


async def uploads(
    browser: Browser, dialog: str, content: bytes, *, name: str = "a.png", client_id: str = ""
) -> Answer:
    """Sends a file as the desk's page does."""
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("dialog_id", dialog)
    form.add_field("client_id", client_id or new_id_uuid())
    form.add_field("file", io.BytesIO(content), filename=name, content_type="image/png")
    return await browser.ask("POST", "/attachments", data=form)


def new_id_uuid() -> str:
    """A UUID with its hyphens."""
    raw = new_id()
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


@pytest.fixture
async def dialog(desk: DeskServer, anna: Browser) -> str:
    """A dialog in Anna's hands."""
    found = await desk.place.asks_for_people()
    assert (await anna.take(found)).status == 200
    return found


async def link(browser: Browser, id_: str, how: str = "inline") -> str:
    """The address of a file's content."""
    return str((await browser.get(f"/attachments/{id_}/link?as={how}"))["url"])


async def test_a_picture_is_uploaded_sent_and_shown(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    hidden = png(png_chunk(b"tEXt", b"Comment\0<script>"))
    stored = await uploads(anna, dialog, hidden + b"<html>", name="экран.png")
    assert stored.status == 202, stored
    assert stored.body["mime"] == "image/png"
    assert (stored.body["w"], stored.body["state"]) == (1, "ready")
    body = {
        "client_id": new_id(),
        "parts": [{"t": "text", "v": "вот"}, {"t": "image", "attachment": stored.body["id"]}],
    }
    sent = await anna.post(f"/dialogs/{dialog}/reply", body)
    assert [part["t"] for part in sent.body["parts"]] == ["text", "image"]
    assert sent.body["parts"][1]["attachment"]["id"] == stored.body["id"]

    given = await anna.ask("GET", await link(anna, stored.body["id"]))
    assert given.status == 200
    assert given.raw == png()
    assert given.headers["Content-Type"] == "image/png"
    assert given.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%D1%8D")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert given.headers["Cache-Control"] == "private, no-store"


async def test_a_draft_tells_another_machine_what_its_files_are(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    stored = (await uploads(anna, dialog, png(), name="план.png")).body
    other = await desk.place.asks_for_people("8")
    assert (await anna.take(other)).status == 200
    foreign = (await uploads(anna, other, png())).body["id"]
    draft = {"mode": "reply", "text": "", "attachment_ids": [stored["id"], foreign], "rev": 0}
    assert (await anna.ask("PUT", f"/dialogs/{dialog}/draft", draft)).status == 200
    (kept,) = (await anna.get(f"/dialogs/{dialog}"))["drafts"]
    assert kept["attachments"] == [stored]


async def test_the_same_client_id_is_the_same_file(anna: Browser, dialog: str) -> None:
    client_id = new_id_uuid()
    first = await uploads(anna, dialog, png(), client_id=client_id)
    again = await uploads(anna, dialog, png(), client_id=client_id)
    assert again.body == first.body


@pytest.mark.parametrize(
    "content",
    [SVG, b"<!doctype html><script>", b"MZ\x90\0\x03\0", b"\x89PNG\r\n\x1a\nnot a picture", b""],
    ids=["svg", "html", "exe", "broken png", "empty"],
)
async def test_what_is_not_on_the_list_is_refused(
    anna: Browser, dialog: str, content: bytes
) -> None:
    answer = await uploads(anna, dialog, content, name="cat.png")
    assert (answer.status, answer.code) == (415, "bad_type")


async def test_a_document_is_downloaded_and_never_shown(anna: Browser, dialog: str) -> None:
    stored = await uploads(anna, dialog, b"%PDF-1.7\n<script>", name="page.html")
    assert stored.body["name"] == "page.html.pdf"
    given = await anna.ask("GET", await link(anna, stored.body["id"], "inline"))
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert given.headers["Content-Type"] == "application/pdf"


async def test_a_file_of_21_megabytes_is_refused_while_it_comes(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    answer = await uploads(anna, dialog, b"\x89PNG" + bytes(21 * 1024 * 1024))
    assert (answer.status, answer.code) == (413, "too_large")

    async def chunks() -> Any:
        for _ in range(21 * 16 + 1):
            yield bytes(64 * 1024)

    form = FormData({"dialog_id": dialog, "client_id": new_id_uuid()})
    form.add_field("file", chunks(), filename="a.png", content_type="image/png")
    answer = await anna.ask("POST", "/attachments", data=form)
    assert (answer.status, answer.code) == (413, "too_large")
    assert list(desk.folder.rglob("*")) == []


async def test_a_file_just_below_the_limit_passes(anna: Browser, dialog: str) -> None:
    content = b"%PDF-1.7\n" + bytes(CAP - 9)
    assert (await uploads(anna, dialog, content, name="a.pdf")).body["size"] == CAP


@pytest.mark.parametrize("fields", [{}, {"dialog_id": "x"}, {"client_id": "x"}, {"more": "x"}])
async def test_a_form_is_complete_and_has_nothing_more(
    anna: Browser, fields: dict[str, str]
) -> None:
    form = FormData({"dialog_id": "x", "client_id": new_id_uuid(), **fields})
    if "more" in fields or not fields:
        answer = await anna.ask("POST", "/attachments", data=form)
        assert answer.status in (415, 422)
        return
    form.add_field("file", png(), filename="a.png")
    assert (await anna.ask("POST", "/attachments", data=form)).status in (404, 422)


async def test_a_form_inside_a_form_is_malformed(anna: Browser) -> None:
    outer = MultipartWriter("form-data")
    outer.append(MultipartWriter("mixed"))
    answer = await anna.ask("POST", "/attachments", data=outer)
    assert answer.code == "malformed"


async def test_a_form_that_breaks_off_is_malformed(anna: Browser) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    data = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
    answer = await anna.ask("POST", "/attachments", data=data, headers=headers)
    assert (answer.status, answer.code) == (400, "malformed")


async def test_only_the_owner_uploads(desk: DeskServer, boris: Browser, dialog: str) -> None:
    assert (await uploads(boris, dialog, png())).status == 404
    waiting = await desk.place.asks_for_people("2")
    assert (await uploads(boris, waiting, png())).code == "not_owner"


async def test_a_file_of_another_dialog_cannot_be_sent(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    stored = (await uploads(anna, dialog, png())).body["id"]
    other = await desk.place.asks_for_people("2")
    await anna.take(other)
    body = {"client_id": new_id(), "parts": [], "attachment_ids": [stored]}
    answer = await anna.post(f"/dialogs/{other}/reply", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/attachment_ids")


async def test_a_link_serves_its_viewer_only_and_not_for_long(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser, dialog: str
) -> None:
    url = await link(anna, (await uploads(anna, dialog, png())).body["id"])
    assert (await boris.ask("GET", url)).status == 404
    assert (await sonya.ask("GET", url)).status == 404
    assert (await desk.stranger().ask("GET", url)).status == 404
    assert (await anna.ask("GET", f"{url[:-3]}AAA")).status == 404
    desk.place.now += timedelta(minutes=10)
    late = await anna.ask("GET", url)
    assert (late.status, late.code) == (410, "gone")


async def test_a_link_ends_with_the_right_to_see_the_dialog(
    desk: DeskServer, anna: Browser, sonya: Browser, dialog: str
) -> None:
    url = await link(anna, (await uploads(anna, dialog, png())).body["id"])
    rev = (await sonya.get(f"/dialogs/{dialog}"))["state_rev"]
    forced = await sonya.post(f"/dialogs/{dialog}/take", {"state_rev": rev, "force": True})
    assert forced.status == 200
    assert (await anna.ask("GET", url)).status == 404


async def sends_file(desk: DeskServer, media: Media) -> str:
    """A customer's file arrives in a dialog that waits."""
    place = desk.place
    received = Received(
        chat="7",
        sender=Sender(user="u7", name="Ольга"),
        update=CustomerMessage(text="фото", media=(media,)),
        dedup_key=new_id(),
    )
    accepted = (await place.store.accept(CHANNEL, [received], place.now))[0]
    await place.writes("ещё")
    return accepted.dialog


async def test_a_customers_file_is_fetched_once_and_kept_clean(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    desk.platform.content["f1"] = jpeg(segment(0xE1, b"Exif\0\0where I live"))
    await sends_file(desk, Media(kind="image", platform_file="f1", name="IMG.jpg", size=99))
    shown = await anna.get(f"/dialogs/{dialog}")
    part = next(p for one in shown["messages"] for p in one["parts"] if p["t"] == "image")
    id_ = part["attachment"]["id"]
    assert part["attachment"]["state"] == "remote"
    assert (await anna.get(f"/attachments/{id_}"))["state"] == "remote"

    urls = await asyncio.gather(link(anna, id_), link(anna, id_))
    assert desk.platform.asked == [(CHANNEL, "f1")]
    assert (await anna.ask("GET", urls[0])).raw == jpeg()
    assert (await anna.get(f"/attachments/{id_}"))["state"] == "ready"


async def test_a_customers_page_is_a_download_of_unknown_type(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    desk.platform.content["f2"] = SVG
    await sends_file(
        desk, Media(kind="file", platform_file="f2", name="x.svg", mime="image/svg+xml")
    )
    shown = await anna.get(f"/dialogs/{dialog}")
    part = next(p for one in shown["messages"] for p in one["parts"] if p["t"] == "file")
    given = await anna.ask("GET", await link(anna, part["attachment"]["id"]))
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert given.headers["Content-Disposition"].startswith("attachment;")


async def test_a_platform_that_does_not_answer_is_asked_again_later(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    await sends_file(desk, Media(kind="image", platform_file="f3"))
    shown = await anna.get(f"/dialogs/{dialog}")
    part = next(p for one in shown["messages"] for p in one["parts"] if p["t"] == "image")
    path = f"/attachments/{part['attachment']['id']}/link"
    answer = await anna.ask("GET", path)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    desk.platform.content["f3"] = png()
    assert (await anna.ask("GET", path)).status == 200


async def test_a_customers_file_of_a_foreign_dialog_is_not_fetched(
    desk: DeskServer, anna: Browser, dialog: str
) -> None:
    await sends_file(desk, Media(kind="image", platform_file="f1"))
    eva = await desk.hired("eva", queues=("sales",))
    for number in range(4):
        path = f"/attachments/in~{dialog}~{number}~0/link"
        assert (await eva.ask("GET", path)).status == 404
    assert desk.platform.asked == []
