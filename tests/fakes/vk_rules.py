"""What the VK API refuses, with its own codes; used by the double in vk.py."""

import json
from typing import Any

from core.content import utf16_len
from tests.fakes.faults import Refusal

Fields = dict[str, str]

_ACTIONS = frozenset({"text", "callback", "open_link"})


class Refused(Refusal):
    """An answer with an error, which VK gives inside a 200."""

    def __init__(self, code: int, text: str, **more: Any) -> None:
        super().__init__(200, {"error": {"error_code": code, "error_msg": text, **more}})


def number(fields: Fields, name: str) -> int:
    """A parameter that must be an integer."""
    try:
        return int(fields[name])
    except (KeyError, ValueError):
        raise missing(name) from None


def missing(name: str) -> Refused:
    """VK's words for a parameter it does not like."""
    text = f"One of the parameters specified was missing or invalid: {name} is invalid"
    return Refused(100, text)


def check_message(fields: Fields, known: set[str]) -> None:
    """Everything about a message but whom it is for. known: attachments that were uploaded."""
    text = fields.get("message", "")
    place = "lat" in fields and "long" in fields
    if not text.strip() and not fields.get("attachment") and not place:
        raise missing("message is empty or")
    if utf16_len(text) > 9000:
        raise Refused(914, "Message is too long")
    if number(fields, "random_id") == 0:
        raise missing("random_id")
    if not -(2**31) <= number(fields, "random_id") < 2**31:
        raise missing("random_id")
    attached = [name for name in fields.get("attachment", "").split(",") if name]
    if len(attached) > 10:
        raise Refused(913, "Too many forwarded messages")
    if not set(attached) <= known:
        raise missing("attachment")
    if "keyboard" in fields:
        check_keyboard(fields["keyboard"])
    if "reply_to" in fields:
        number(fields, "reply_to")


def check_keyboard(text: str) -> None:
    """Rows, places and labels; the library's own builder checks nothing."""
    try:
        board = json.loads(text)
        rows = board["buttons"]
    except (ValueError, KeyError, TypeError):
        raise _keyboard("not a keyboard") from None
    inline = board.get("inline", False)
    if inline and "one_time" in board:
        raise _keyboard("one_time is not supported inline")
    places = [[_places(button) for button in row] for row in rows]
    if any(not row or sum(row) > 5 for row in places):
        raise _keyboard("a row is too long")
    if len(places) > (6 if inline else 10) or sum(map(sum, places)) > (10 if inline else 40):
        raise _keyboard("too many buttons")


def _places(button: dict[str, Any]) -> int:
    action = button.get("action")
    if not isinstance(action, dict) or action.get("type") not in _ACTIONS:
        raise _keyboard("an unknown action")
    label = action.get("label")
    if not isinstance(label, str) or not label.strip() or utf16_len(label) > 40:
        raise _keyboard("a label is too long or empty")
    if action["type"] == "open_link":
        if "color" in button or not str(action.get("link", "")).startswith("http"):
            raise _keyboard("a link is wrong")
        return 2
    payload = action.get("payload", "")
    if not isinstance(payload, str) or len(payload.encode()) > 255:
        raise _keyboard("a payload is too long")
    json.loads(payload)
    return 1


def _keyboard(text: str) -> Refused:
    return Refused(911, f"Keyboard format is invalid: {text}")
