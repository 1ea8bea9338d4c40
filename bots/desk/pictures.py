"""Pictures written anew, chunk by chunk: only what draws them stays.

No metadata (place, camera, comments), nothing behind the end, no chunk we do not know: a file that
is a picture and something else at once comes out as a picture alone. Pixels are not decoded, so
nothing can blow up here; their number is capped by what the header says.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PIXELS = 50_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT".split()
)
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
#: JFIF, ICC profile, Adobe's colour transform; the other application segments are metadata.
_JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})


class NotAPicture(ValueError):
    """The bytes do not hold what their beginning says."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it may be shown."""

    data: bytes
    width: int
    height: int


def rewritten(data: bytes, mime: str) -> Picture:
    """The picture without anything else. Raises NotAPicture."""
    try:
        made = _WRITERS[mime](data)
    except (IndexError, struct.error, KeyError) as error:
        raise NotAPicture(mime) from error
    if made.width < 1 or made.height < 1 or made.width * made.height > PIXELS:
        raise NotAPicture("size in pixels")
    return made


def _png(data: bytes) -> Picture:
    size, out, at, ended = (0, 0), [_PNG], len(_PNG), False
    while at < len(data) and not ended:
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) != length:
            raise NotAPicture("png: cut off")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
        if kind in _PNG_KEPT:
            out.append(struct.pack(">I", length) + kind + body)
            out.append(struct.pack(">I", zlib.crc32(kind + body)))
        ended = kind == b"IEND"
        at += 12 + length
    if not ended:
        raise NotAPicture("png: no end")
    return Picture(b"".join(out), *size)


def _jpeg(data: bytes) -> Picture:
    size, out, at = (0, 0), [data[:2]], 2
    while True:
        if data[at] != 0xFF:
            raise NotAPicture("jpeg: no marker")
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at)
        body = data[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:
            raise NotAPicture("jpeg: cut off")
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height)
        if _jpeg_stays(marker, body):
            out.append(bytes((0xFF, marker)) + data[at : at + length])
        at += length
        if marker == 0xDA:
            end = _scan_end(data, at)
            out.append(data[at:end])
            at = end
    return Picture(b"".join((*out, b"\xff\xd9")), *size)


def _jpeg_stays(marker: int, body: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF:
        return marker in _JPEG_KEPT and body.startswith(_JPEG_KEPT[marker])
    return marker != 0xFE


def _scan_end(data: bytes, at: int) -> int:
    """Where coded pixels end: at a marker that is neither a stuffed FF nor a restart."""
    while True:
        at = data.index(b"\xff", at) if b"\xff" in data[at:] else len(data)
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0x00 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def _gif(data: bytes) -> Picture:
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + _colours(data[10])
    out = [data[:at]]
    while True:
        kind = data[at]
        if kind == 0x3B:
            break
        start = at
        if kind == 0x2C:
            at = at + 10 + _colours(data[at + 9]) + 1
            at = _blocks_end(data, at)
            out.append(data[start:at])
        elif kind == 0x21:
            label = data[at + 1]
            at = _blocks_end(data, at + 2)
            if label == 0xF9 or (label == 0xFF and data[start + 3 : start + 14] == b"NETSCAPE2.0"):
                out.append(data[start:at])
        else:
            raise NotAPicture("gif: unknown block")
    return Picture(b"".join((*out, b";")), width, height)


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> Picture:
    size, out = (0, 0), []
    for kind, body in _riff(data):
        size = _webp_size(kind, body) or size
        if kind == b"VP8X":
            body = bytes((body[0] & ~0x0C,)) + body[1:]  # says that EXIF and XMP are gone
        if kind in _WEBP_KEPT:
            out.append(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2))
    inner = b"WEBP" + b"".join(out)
    return Picture(b"RIFF" + struct.pack("<I", len(inner)) + inner, *size)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    (total,) = struct.unpack_from("<I", data, 4)
    end, at = 8 + total, 12
    if end > len(data):
        raise NotAPicture("webp: cut off")
    while at + 8 <= end:
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > end:
            raise NotAPicture("webp: cut off")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X":
        wide, high = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:10], "little")
        return wide + 1, high + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None


_WRITERS = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
