"""What the MAX Bot API refuses, with its own words; used by the double in max.py."""

import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from typing import Any

from core.content import utf16_len
from tests.fakes.faults import Refusal

Body = dict[str, Any]

_FIELDS = {"text", "attachments", "link", "notify", "format"}
_SPECIAL = {"link", "request_contact", "request_geo_location", "open_app"}
_TAGS = {"b": "strong", "strong": "strong", "a": "link", "i": "emphasized", "em": "emphasized"}
EVENTS = {
    "message_created", "message_callback", "message_edited", "message_removed", "bot_added",
    "bot_removed", "user_added", "user_removed", "bot_started", "bot_stopped", "dialog_cleared",
    "dialog_muted", "dialog_unmuted", "dialog_removed", "chat_title_changed",
}  # fmt: skip


class Refused(Refusal):
    """An answer that is not 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, {"code": code, "message": message})


def bad(message: str) -> Refused:
    """A 400 as MAX words it."""
    return Refused(400, "proto.payload", message)


def check_body(body: object, tokens: Mapping[str, str]) -> Body:
    """A new message. tokens: of uploaded files, each with the type it was uploaded as."""
    if not isinstance(body, dict) or not body.keys() <= _FIELDS:
        raise bad("Invalid request payload")
    text, attachments = body.get("text"), body.get("attachments") or []
    if text is not None and not isinstance(text, str):
        raise bad("Field 'text' must be a string")
    if not (text or "").strip() and not attachments:
        raise bad("Message must have text or attachments")
    if utf16_len(text or "") > 4000:
        raise bad(f"Field 'text' size ({utf16_len(text or '')}) must be at most 4000")
    if body.get("format") not in (None, "html", "markdown"):
        raise bad("Unknown format")
    if not isinstance(attachments, list):
        raise bad("Field 'attachments' must be a list")
    link = body.get("link")
    if link is not None and (link.get("type") not in ("reply", "forward") or not link.get("mid")):
        raise bad("Invalid link")
    _check_together([item.get("type") for item in attachments])
    for item in attachments:
        _check_attachment(item, tokens)
    return body


def _check_together(types: list[str]) -> None:
    files = [kind for kind in types if kind != "inline_keyboard"]
    for alone in ("file", "audio", "sticker"):
        if alone in files and len(files) > 1:
            raise bad(f"Must be only one {alone} attachment in message")
    if types.count("inline_keyboard") > 1:
        raise bad("Must be only one keyboard in message")


def _check_attachment(item: Body, tokens: Mapping[str, str]) -> None:
    kind, payload = item["type"], item.get("payload", {})
    if kind == "inline_keyboard":
        check_keyboard(payload.get("buttons"))
    elif kind == "location":
        if not isinstance(item.get("latitude"), float) or not isinstance(item["longitude"], float):
            raise bad("Invalid location")
    elif kind == "sticker":
        if not payload.get("code"):
            raise bad("Invalid sticker")
    elif kind not in ("image", "video", "audio", "file"):
        raise bad(f"Unknown attachment type {kind}")
    elif kind == "image" and str(payload.get("url", "")).startswith("https://"):
        return
    elif tokens.get(payload.get("token", "")) != kind:
        raise bad(f"Invalid {'photo' if kind == 'image' else kind} token provided")


def check_keyboard(rows: object) -> None:
    if not isinstance(rows, list) or not rows or len(rows) > 30:
        raise bad("Invalid number of rows in keyboard")
    if sum(map(len, rows)) > 210:
        raise bad("Too many buttons in keyboard")
    for row in rows:
        special = any(button.get("type") in _SPECIAL for button in row)
        if not 1 <= len(row) <= (3 if special else 7):
            raise bad("Too many buttons in row")
        for button in row:
            _check_button(button)


def _check_button(button: Body) -> None:
    text = button.get("text")
    if not isinstance(text, str) or not text.strip() or utf16_len(text) > 128:
        raise bad("Field 'text' of a button must have 1 to 128 signs")
    wanted: Collection[str] = {"type", "text"}
    if button.get("type") == "callback":
        wanted = {"type", "text", "payload"}
        if not 1 <= len(str(button.get("payload", ""))) <= 1024:
            raise bad("Field 'payload' must have 1 to 1024 signs")
    elif button.get("type") == "link":
        wanted = {"type", "text", "url"}
        url = str(button.get("url", ""))
        if not re.match(r"https?://\S+$", url) or len(url) > 2048:
            raise bad("Must have only http/https links format in buttons")
    elif button.get("type") != "request_contact":
        raise bad("Unknown type of button")
    if button.keys() - {"intent"} != wanted:
        raise bad("Invalid fields of a button")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.marks: list[Body] = []
        self._open: list[tuple[str, Body]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise bad(f"Unknown tag {tag}")
        mark: Body = {"type": _TAGS[tag], "from": utf16_len(self.text), "length": 0}
        if tag == "a":
            mark["url"] = dict(attrs).get("href") or ""
        self._open.append((tag, mark))
        self.marks.append(mark)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise bad("Tags do not match")
        mark = self._open.pop()[1]
        mark["length"] = utf16_len(self.text) - mark["from"]

    def handle_data(self, data: str) -> None:
        self.text += data

    def close(self) -> None:
        super().close()
        if self._open:
            raise bad("A tag is not closed")


def shown(body: Body) -> tuple[str, list[Body]]:
    """What the customer reads of a message, and its marks; refuses HTML that does not match."""
    text = body.get("text") or ""
    if body.get("format") != "html":
        return text, []
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.text, reader.marks


def check_subscription(body: object) -> Body:
    if not isinstance(body, dict) or not str(body.get("url", "")).startswith(("http://", "https")):
        raise bad("Missing required parameter: url")
    if not set(body.get("update_types", ())) <= EVENTS:
        raise bad("Unknown update type")
    if not re.fullmatch(r"[A-Za-z0-9-]{5,256}", str(body.get("secret", ""))):
        raise bad("Field 'secret' must have 5 to 256 of A-Z a-z 0-9 -")
    return body
