"""What is left of a picture when everything that does not draw is gone."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.desk.content import ENDINGS, safe_name, type_of
from bots.desk.pictures import NotAPicture, rewritten
from tests.bots.desk.pictures import gif, jpeg, png, png_chunk, segment, webp

HTML = b"<script>alert(1)</script>"
MADE = {
    "image/png": png(),
    "image/jpeg": jpeg(),
    "image/gif": gif(),
    "image/webp": webp(),
}
HIDING = {
    "png text": ("image/png", png(png_chunk(b"tEXt", b"Comment\0" + HTML))),
    "png exif": ("image/png", png(png_chunk(b"eXIf", HTML))),
    "png behind": ("image/png", png() + HTML),
    "jpeg comment": ("image/jpeg", jpeg(segment(0xFE, HTML))),
    "jpeg exif": ("image/jpeg", jpeg(segment(0xE1, b"Exif\0\0" + HTML))),
    "jpeg false jfif": ("image/jpeg", jpeg(segment(0xE0, HTML))),
    "jpeg behind": ("image/jpeg", jpeg() + HTML),
    "gif comment": ("image/gif", gif(b"\x21\xfe" + bytes((len(HTML),)) + HTML + b"\0")),
    "gif behind": ("image/gif", gif() + HTML),
    "webp exif": (
        "image/webp",
        webp(b"EXIF" + struct.pack("<I", len(HTML)) + HTML + b"\0" * (len(HTML) % 2)),
    ),
    "webp behind": ("image/webp", webp() + HTML),
}


@pytest.mark.parametrize("mime", MADE)
def test_a_plain_picture_stays_as_it_is(mime: str) -> None:
    assert type_of(MADE[mime]) == mime
    assert rewritten(MADE[mime], mime).data == MADE[mime]


@pytest.mark.parametrize("name", HIDING)
def test_what_hides_in_a_picture_is_gone(name: str) -> None:
    mime, data = HIDING[name]
    assert type_of(data) == mime
    assert HTML in data
    assert rewritten(data, mime).data == MADE[mime]


@pytest.mark.parametrize(("mime", "size"), [("image/jpeg", (3, 2)), ("image/webp", (2, 3))])
def test_the_size_is_read_from_the_header(mime: str, size: tuple[int, int]) -> None:
    made = rewritten(MADE[mime], mime)
    assert (made.width, made.height) == size


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(NotAPicture):
        rewritten(png(width=60_000, height=60_000), "image/png")


@given(st.sampled_from(sorted(MADE)), st.data())
def test_a_broken_picture_is_refused_and_never_fails(mime: str, data: st.DataObject) -> None:
    raw = bytearray(MADE[mime])
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        made = rewritten(cut, mime)
    except NotAPicture:
        return
    assert rewritten(made.data, mime).data == made.data


def archive(*names: str) -> bytes:
    """A zip file with these members."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return raw.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"<?xml version='1.0'?><a/>", ""),
        (b"  <!DOCTYPE html><p>", ""),
        (b"hello <ScRiPt>", ""),
        (b"MZ\x90\0\x03", ""),
        (b"\x7fELF\x02", ""),
        (b"", ""),
        (b"\0\0", ""),
        (b"\xff\xfeh\0", ""),
        ("договор №5".encode(), "text/plain"),
        (b"%PDF-1.7\n", "application/pdf"),
        (archive("a.txt"), "application/zip"),
        (archive("[Content_Types].xml", "word/document.xml"), next(
            mime for mime in ENDINGS if mime.endswith("wordprocessingml.document")
        )),
        (archive("[Content_Types].xml", "word/vbaProject.bin"), ""),
        (b"PK\x03\x04broken", ""),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"RIFF\0\0\0\0AVI ", ""),
    ],
    ids=range(17),
)  # fmt: skip
def test_a_file_is_what_its_content_says(data: bytes, mime: str) -> None:
    assert type_of(data) == mime


@pytest.mark.parametrize(
    ("name", "mime", "safe"),
    [
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\dir\\счёт.pdf", "application/pdf", "счёт.pdf"),
        ("page.html", "image/png", "page.html.png"),
        ("a\u202egnp.exe", "application/octet-stream", "a\ufffdgnp.exe"),
        ("x\r\nSet-Cookie: a=b.txt", "text/plain", "xSet-Cookie_ a=b.txt"),
        ("", "image/png", "file.png"),
        (" . ", "application/octet-stream", "file"),
        ("я" * 300 + ".pdf", "application/pdf", "я" * 116 + ".pdf"),
    ],
)
def test_a_name_is_fit_to_be_shown_and_saved(name: str, mime: str, safe: str) -> None:
    assert safe_name(name, mime) == safe


@given(st.text(), st.sampled_from([*ENDINGS, "application/octet-stream"]))
def test_any_name_becomes_a_safe_one(name: str, mime: str) -> None:
    made = safe_name(name, mime)
    assert 0 < len(made) <= 120
    assert not set(made) & set('/\\\0\r\n<>:"|?*\u202e')
    made.encode("utf-8")
