"""What the Viber API refuses: fields, lengths, keyboards; with the status that Viber gives."""

from typing import Any
from urllib.parse import urlsplit

from tests.fakes.faults import Refusal

Fields = dict[str, Any]

MEGABYTE = 1024 * 1024
PICTURES = (".jpg", ".jpeg", ".png")


class Refused(Refusal):
    """One refusal, as Viber words it, in an HTTP answer that says 200."""

    def __init__(self, status: int, message: str) -> None:
        words = {"status": status, "status_message": message}
        super().__init__(200, {**words, "chat_hostname": "SN-CHAT-01_"})


def bad(message: str) -> Refused:
    return Refused(3, message)


def missing(field: str) -> Refused:
    return Refused(4, f"missing parameter {field}")


def check_message(fields: Fields, size: int) -> None:
    """A message of send_message or of a welcome answer; size: bytes of the whole body."""
    if size > 30_000:
        raise bad("request is too large")
    if _holds_none(fields):
        raise bad("null is no value")
    sender = fields.get("sender")
    if not isinstance(sender, dict) or not sender.get("name"):
        raise missing("sender.name")
    if len(sender["name"]) > 28:
        raise bad("sender.name is too long")
    check = _TYPES.get(fields.get("type", ""))
    if check is None:
        raise bad("unknown type")
    check(fields)
    if len(fields.get("tracking_data", "")) > 4000:
        raise bad("tracking_data is too long")
    if "keyboard" in fields:
        check_keyboard(fields["keyboard"], fields.get("min_api_version", 1))


def _holds_none(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_none(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_none(item) for item in value)
    return value is None


def _text(fields: Fields) -> None:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise missing("text")
    if len(text) > 7000:
        raise bad("text is too long")


def _picture(fields: Fields) -> None:
    if len(fields.get("text", "")) > 512:
        raise bad("text is too long")
    if not _media(fields).endswith(PICTURES):
        raise bad("media is no JPEG or PNG")


def _video(fields: Fields) -> None:
    if not _media(fields).endswith(".mp4"):
        raise bad("media is no MP4")
    _size(fields, 26 * MEGABYTE)


def _file(fields: Fields) -> None:
    _media(fields)
    _size(fields, 50 * MEGABYTE)
    name = fields.get("file_name")
    if not isinstance(name, str) or not 0 < len(name) <= 256:
        raise bad("file_name")


def _location(fields: Fields) -> None:
    place = fields.get("location")
    if not isinstance(place, dict) or not {"lat", "lon"} <= place.keys():
        raise missing("location")


_TYPES = {
    "text": _text,
    "picture": _picture,
    "video": _video,
    "file": _file,
    "location": _location,
}


def _media(fields: Fields) -> str:
    url = fields.get("media")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise bad("media is no address")
    return urlsplit(url).path


def _size(fields: Fields, most: int) -> None:
    size = fields.get("size")
    if type(size) is not int or not 0 < size <= most:
        raise bad("size")


def check_keyboard(board: Any, version: int) -> None:
    """Buttons as Viber lays them out: 6 columns, at most 12 rows."""
    if not isinstance(board, dict) or board.get("Type") != "keyboard" or not board.get("Buttons"):
        raise bad("keyboard is not valid")
    rows, column = 1, 0
    for button in board["Buttons"]:
        columns = button.get("Columns", 6)
        if columns not in range(1, 7) or button.get("Rows", 1) not in (1, 2):
            raise bad("keyboard is not valid. columns or rows")
        if column + columns > 6:
            rows, column = rows + 1, 0
        column += columns
        _check_button(button, version)
    if rows > 12:
        raise bad("keyboard is not valid. too many rows")


def _check_button(button: Fields, version: int) -> None:
    kind = button.get("ActionType")
    if kind not in ("reply", "open-url", "share-phone") or not button.get("ActionBody"):
        raise bad("keyboard is not valid. action")
    if not 0 < len(button.get("Text", "")) <= 250:
        raise bad("keyboard is not valid. text")
    if kind == "open-url" and urlsplit(button["ActionBody"]).scheme not in ("http", "https"):
        raise bad("keyboard is not valid. url")
    if (kind == "share-phone" and version < 3) or (button.get("Silent") and version < 6):
        raise Refused(13, "keyboard needs a higher min_api_version")
