"""What a file is, by its content and never by its name; which names and types are kept."""

import io
import unicodedata
import zipfile

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
UNKNOWN = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: Type -> endings its names may have; the first one is added to any other name.
ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".log", ".csv", ".md"),
    f"{_OFFICE}wordprocessingml.document": (".docx",),
    f"{_OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{_OFFICE}presentationml.presentation": (".pptx",),
    "application/zip": (".zip",),
    "video/mp4": (".mp4", ".m4v", ".mov"),
    "video/webm": (".webm",),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "audio/mp4": (".m4a",),
}
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
#: What browsers run; a text that holds one of these near its beginning is no plain text.
_MARKUP = ("<svg", "<html", "<!doctype", "<script", "<?xml", "<body", "<iframe", "<head", "<?php")
_LOOKED_AT = 4096
#: No text holds these: programs and pictures do.
_CONTROL = frozenset({*range(32), 127}) - frozenset(b"\t\n\f\r\x1b")
_LONGEST_NAME = 120
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def type_of(data: bytes) -> str:
    """The media type, empty for one that is not on the list."""
    for beginning, mime in _BEGINNINGS:
        if data.startswith(beginning):
            return mime
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    return "text/plain" if _is_plain(data) else ""


def _archive(data: bytes) -> str:
    """An office document without macros, or a plain archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ""
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return ""
    if "[Content_Types].xml" not in names:
        return "application/zip"
    for folder, kind in (
        ("word/", "wordprocessingml.document"),
        ("xl/", "spreadsheetml.sheet"),
        ("ppt/", "presentationml.presentation"),
    ):
        if any(name.startswith(folder) for name in names):
            return _OFFICE + kind
    return "application/zip"


def _is_plain(data: bytes) -> bool:
    if not data or _CONTROL & set(data):
        return False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(word in text[:_LOOKED_AT].lower() for word in _MARKUP)


def safe_name(name: str, mime: str) -> str:
    """A name to show and to save under: no folders, no control or direction signs, the ending of
    what the file really is."""
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(_sign(sign) for sign in unicodedata.normalize("NFC", base)).strip(" .")
    endings = ENDINGS.get(mime, ())
    if endings and not kept.lower().endswith(endings):
        kept = f"{kept or 'file'}{endings[0]}"
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) < 10:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1] or 'file'}.{ending}"
    return kept[:_LONGEST_NAME] or "file"


def _sign(sign: str) -> str:
    if sign in _BIDI or unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "\ufffd" if sign in _BIDI else ""
    return "_" if sign in '<>:"|?*' else sign
