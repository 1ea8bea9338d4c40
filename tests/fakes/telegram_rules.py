"""What the Bot API refuses, with its own words; used by the double in telegram.py."""

import json
from typing import Any
from urllib.parse import urlsplit

from core.content import utf16_len
from tests.fakes.faults import Refusal

_PICTURE_BYTES = 10 * 1024 * 1024
_FILE_BYTES = 50 * 1024 * 1024
_FORMATS = {"bold", "italic", "text_link", "url", "code", "pre", "underline", "strikethrough"}

Fields = dict[str, Any]
Uploads = dict[str, bytes]


class Refused(Refusal):
    """An answer that is not 200."""

    def __init__(
        self, status: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        answer = {"ok": False, "error_code": status, "description": description}
        super().__init__(status, {**answer, "parameters": parameters} if parameters else answer)


def bad(description: str) -> Refused:
    """A 400 as Telegram words it."""
    return Refused(400, f"Bad Request: {description}")


def check_text(fields: Fields) -> None:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad("message text is empty")
    if utf16_len(text) > 4096:
        raise bad("message is too long")
    _check_entities(fields.get("entities"), text)


def check_caption(fields: Fields) -> None:
    caption = fields.get("caption", "")
    if not isinstance(caption, str) or utf16_len(caption) > 1024:
        raise bad("message caption is too long")
    _check_entities(fields.get("caption_entities"), caption)


def check_markup(fields: Fields) -> None:
    markup = fields.get("reply_markup")
    if markup is None:
        return
    if not isinstance(markup, dict) or len(markup) < 1:
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        _check_rows(markup["inline_keyboard"], per_row=8)
        for row in markup["inline_keyboard"]:
            for button in row:
                _check_inline(button)
    elif "keyboard" in markup:
        _check_rows(markup["keyboard"], per_row=12)
    elif markup != {"remove_keyboard": True}:
        raise bad("can't parse reply keyboard markup JSON object")


def check_reply(fields: Fields) -> None:
    reply = fields.get("reply_parameters")
    if reply is not None and type(reply.get("message_id")) is not int:
        raise bad("message to be replied not found")


def check_size(field: str, content: bytes) -> None:
    if len(content) > (_PICTURE_BYTES if field == "photo" else _FILE_BYTES):
        raise Refused(413, "Request Entity Too Large")
    if not content:
        raise bad("file must be non-empty")


def decoded(fields: dict[str, str]) -> Fields:
    """Form fields as JSON would have them."""
    result: Fields = dict(fields)
    for key in ("reply_markup", "entities", "caption_entities", "media", "allowed_updates"):
        if isinstance(result.get(key), str):
            result[key] = json.loads(result[key])
    for key in ("reply_parameters", "link_preview_options"):
        if isinstance(result.get(key), str):
            result[key] = json.loads(result[key])
    return result


def _check_entities(entities: object, text: str) -> None:
    if entities is None:
        return
    if not isinstance(entities, list):
        raise bad("can't parse entities")
    for entity in entities:
        inside = 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16_len(text)
        if entity.get("type") not in _FORMATS or not inside:
            raise bad("can't parse entities: wrong entity")
        if (entity["type"] == "text_link") != ("url" in entity):
            raise bad("can't parse entities: wrong url")


def _check_rows(rows: object, per_row: int) -> None:
    if not isinstance(rows, list) or not rows or sum(map(len, rows)) > 100:
        raise bad("reply markup is too long")
    for row in rows:
        if not 1 <= len(row) <= per_row:
            raise bad("too many buttons in a row")
        for button in row:
            if not isinstance(button.get("text"), str) or not button["text"].strip():
                raise bad("text buttons must be non-empty")


def _check_inline(button: dict[str, Any]) -> None:
    if len(button) != 2:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    elif not urlsplit(str(button.get("url"))).hostname:
        raise bad("BUTTON_URL_INVALID")
