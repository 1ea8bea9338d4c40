"""Whether a message that MAX gives back is one of ours. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bots.max.capabilities import TEXT
from bots.max.markup import formatted, spans_of
from bots.max.render import Request


def found_in(messages: Iterable[Any], request: Request, since: datetime) -> str:
    """The id of the message that carries the same text, files and buttons as the request and is
    no older than `since`; empty when there is none.

    Tokens of buttons are made anew for every message, so they tell two of the same words apart."""
    earliest = since.timestamp() * 1000
    wanted = (request.text.strip(), *_shape(request.body.get("attachments")))
    for message in messages:
        if not isinstance(message, dict) or not _is_ours(message, earliest):
            continue
        body = message.get("body")
        if isinstance(body, dict) and isinstance(body.get("mid"), str):
            text = body.get("text")
            words = text.strip() if isinstance(text, str) else ""
            if (words, *_shape(body.get("attachments"))) == wanted:
                return str(body["mid"])
    return ""


def without_buttons(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The body of an edit that takes the buttons off and leaves all else as it is.

    None: there are no buttons, or something in it could not be put back."""
    body = message.get("body")
    if not isinstance(body, dict):
        return None
    attachments = [item for item in body.get("attachments") or () if isinstance(item, dict)]
    # a preview of a link was not attached by us and comes back by itself
    kept = [item for item in attachments if item.get("type") not in ("inline_keyboard", "share")]
    tokens = [_token(item) for item in kept]
    has_buttons = any(item.get("type") == "inline_keyboard" for item in attachments)
    if not has_buttons or not all(tokens):
        return None
    text, marks = body.get("text"), body.get("markup")
    spans = spans_of(marks if isinstance(marks, list) else ())
    words, has_tags = formatted(text if isinstance(text, str) else "", spans, TEXT)
    edit: dict[str, Any] = {
        "text": words,
        "attachments": [
            {"type": item["type"], "payload": {"token": token}}
            for item, token in zip(kept, tokens, strict=True)
        ],
    }
    return {**edit, "format": "html"} if has_tags else edit


def _is_ours(message: Mapping[str, Any], earliest: float) -> bool:
    at, sender = message.get("timestamp"), message.get("sender")
    by_bot = isinstance(sender, dict) and sender.get("is_bot") is True
    return by_bot and type(at) is int and at >= earliest


def _shape(attachments: Any) -> tuple[list[str], list[str]]:
    """The types of what is attached, and the payloads of its buttons."""
    items = attachments if isinstance(attachments, list) else []
    items = [item for item in items if isinstance(item, dict)]
    types = sorted(str(item.get("type")) for item in items)
    payloads = [
        str(button.get("payload") or button.get("url") or button.get("text"))
        for item in items
        if item.get("type") == "inline_keyboard" and isinstance(item.get("payload"), dict)
        for row in item["payload"].get("buttons") or ()
        if isinstance(row, list)
        for button in row
        if isinstance(button, dict)
    ]
    # a link in the text gets a preview that nobody attached
    return [kind for kind in types if kind != "share"], payloads


def _token(item: Mapping[str, Any]) -> str:
    payload = item.get("payload")
    token = payload.get("token") if isinstance(payload, dict) else None
    return token if isinstance(token, str) and isinstance(item.get("type"), str) else ""
