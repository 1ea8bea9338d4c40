"""What the Messenger Platform refuses, with its own words; used by the double in messenger.py."""

import json
from typing import Any
from urllib.parse import urlsplit

from core.content import utf16_len
from tests.fakes.faults import Refusal

_FILE_BYTES = 25 * 1024 * 1024
_MESSAGE = {"text", "attachment", "quick_replies", "metadata"}
_BODY = {"recipient", "messaging_type", "tag", "message", "sender_action", "notification_type"}

Fields = dict[str, Any]


class Refused(Refusal):
    """An answer that is an error."""

    def __init__(self, status: int, code: int, message: str, subcode: int | None = None) -> None:
        error: dict[str, Any] = {
            "message": f"(#{code}) {message}",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AbCdEfGhIjK",
        }
        if subcode is not None:
            error["error_subcode"] = subcode
        super().__init__(status, {"error": error})


def bad(message: str, subcode: int | None = None) -> Refused:
    """An invalid parameter."""
    return Refused(400, 100, message, subcode)


def check_body(body: Fields) -> None:
    """The envelope of a send or of an action."""
    if set(body) - _BODY:
        raise bad(f"Invalid keys {sorted(set(body) - _BODY)}")
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or not str(recipient.get("id", "")).isdigit():
        raise bad("Param recipient[id] must be a valid ID string")
    if "sender_action" in body:
        if set(body) != {"recipient", "sender_action"}:
            raise bad("Cannot send both message and state at the same time", 1893016)
        if body["sender_action"] not in ("typing_on", "typing_off", "mark_seen"):
            raise bad("Invalid sender_action")
        return
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise bad("Param messaging_type is required")
    if (kind == "MESSAGE_TAG") != (tag == "HUMAN_AGENT"):
        raise bad("Invalid tag")
    if not isinstance(body.get("message"), dict):
        raise bad("Param message must be an object")


def check_message(message: Fields, *, has_file: bool) -> None:
    """The limits of one message."""
    if set(message) - _MESSAGE:
        raise bad(f"Invalid keys {sorted(set(message) - _MESSAGE)}")
    if ("text" in message) == ("attachment" in message):
        raise bad("Must have exactly one of text and attachment")
    if len(message.get("metadata", "")) > 1000:
        raise bad("Length of param message[metadata] must be less than or equal to 1000")
    if "text" in message:
        _check_text(message["text"], 2000, "message[text]")
    else:
        _check_attachment(message["attachment"], has_file=has_file)
    if "quick_replies" in message:
        _check_quick_replies(message)


def check_size(content: bytes) -> None:
    if not content:
        raise bad("Upload attachment failure", 2018047)
    if len(content) > _FILE_BYTES:
        raise bad("Attachment size exceeds allowable limit", 1545026)


def decoded(fields: dict[str, str]) -> Fields:
    """Form fields as JSON would have them."""
    held = {"recipient", "message"}
    return {key: json.loads(value) if key in held else value for key, value in fields.items()}


def _check_text(text: object, most: int, where: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise bad(f"Param {where} must be a non-empty UTF-8 encoded string")
    if utf16_len(text) > most:
        raise bad(f"Length of param {where} must be less than or equal to {most}")


def _check_quick_replies(message: Fields) -> None:
    replies = message["quick_replies"]
    if message.get("attachment", {}).get("type") == "template":
        raise bad("Quick replies of a template are shown nowhere")
    if not isinstance(replies, list) or not 1 <= len(replies) <= 13:
        raise bad("Param message[quick_replies] must have 1 to 13 elements")
    for reply in replies:
        if reply == {"content_type": "user_phone_number"}:
            continue
        if set(reply) != {"content_type", "title", "payload"} or reply["content_type"] != "text":
            raise bad("Invalid quick reply")
        _check_text(reply["title"], 20, "quick_replies[title]")
        _check_text(reply["payload"], 1000, "quick_replies[payload]")


def _check_attachment(attachment: Fields, *, has_file: bool) -> None:
    kind, payload = attachment.get("type"), attachment.get("payload")
    if not isinstance(payload, dict):
        raise bad("Param attachment[payload] must be an object")
    if kind == "template":
        _check_template(payload)
    elif kind not in ("image", "audio", "video", "file"):
        raise bad("Invalid attachment type")
    elif has_file:
        if payload not in ({}, {"is_reusable": True}):
            raise bad("Invalid attachment payload")
    elif set(payload) not in ({"url"}, {"attachment_id"}, {"url", "is_reusable"}):
        raise bad("Upload attachment failure", 2018047)
    elif "url" in payload and urlsplit(payload["url"]).scheme != "https":
        raise bad("Failed to fetch the file from the url", 2018008)


def _check_template(payload: Fields) -> None:
    if set(payload) != {"template_type", "text", "buttons"} or payload["template_type"] != "button":
        raise bad("Invalid template")
    _check_text(payload["text"], 640, "attachment[payload][text]")
    buttons = payload["buttons"]
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise bad("Param buttons must have 1 to 3 elements")
    for button in buttons:
        _check_text(button.get("title"), 20, "buttons[title]")
        if button.get("type") == "postback" and set(button) == {"type", "title", "payload"}:
            _check_text(button["payload"], 1000, "buttons[payload]")
        elif button.get("type") != "web_url" or set(button) != {"type", "title", "url"}:
            raise bad("Invalid button")
        elif not urlsplit(str(button["url"])).hostname:
            raise bad("Button url must be valid")
