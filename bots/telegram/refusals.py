"""What an answer of the Bot API means: its result, or the ChannelError it stands for. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


def result_of(status: int, content: bytes) -> Any:
    """The `result` of an answer; raises the ChannelError of a refusal.

    The status decides first, because proxies and overloaded servers answer with pages of their
    own. An answer that says «yes» without a result proves nothing; one that says «no» is a refusal
    under whatever status a server of one's own hands it on.
    """
    if status >= 500:
        raise DeliveryUnknown(f"http {status}")
    answer = _object(content)
    if 200 <= status < 300:
        if answer is not None and answer.get("ok") is True and answer.get("result") is not None:
            return answer["result"]
        refused = _refused(answer)
        if not refused:
            raise DeliveryUnknown(f"http {status} without a result")
        status = refused
    if status == 400 and _description(answer).startswith("bad request: message is not modified"):
        return True
    raise _refusal(status, answer)


def _refused(answer: dict[str, Any] | None) -> int:
    """The code of a «no» that proves that nothing was done, 0 for anything else."""
    code = answer.get("error_code") if answer is not None and answer.get("ok") is False else None
    return code if type(code) is int and 400 <= code < 500 else 0


def _refusal(status: int, answer: dict[str, Any] | None) -> ChannelError:
    parameters = _parameters(answer)
    if status == 429:
        return RateLimited(_seconds(parameters.get("retry_after")), "channel")
    if status == 413:
        return MessageRejected("413", "too large for the platform")
    if answer is None:
        return ChannelUnavailable("platform", f"http {status}, not JSON")
    moved = parameters.get("migrate_to_chat_id")
    if type(moved) is int:
        return RecipientGone("moved", str(moved))
    if status == 400:
        return _bad_request(_description(answer))
    if status == 403:
        return RecipientGone("blocked")
    told = f"http {status} {_description(answer)[:200] if _refused(answer) else ''}"
    return ChannelUnavailable(_AT_FAULT.get(status, "platform"), told.strip())


#: 409: another getUpdates runs, or a webhook is set.
_AT_FAULT: Mapping[int, Literal["auth", "config"]] = {401: "auth", 404: "auth", 409: "config"}


def _bad_request(description: str) -> ChannelError:
    if "chat not found" in description:
        return RecipientGone("not_found")
    return MessageRejected("400", description[:200])


_FILE_IDS = (
    "wrong file identifier",
    "wrong remote file",
    "file reference",
    "file_id",
    "can't use file of type",
)
#: More than 10 000 pixels on both sides together, one side 20 times the other, or too much of it
#: for Telegram to make smaller ones of (core.telegram.org/bots/api#sendphoto, seen 2026-11).
_PICTURES = ("photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid")


def refuses_file_id(error: MessageRejected) -> bool:
    """Whether a file was refused because Telegram no longer knows its id, or knows it for a file
    of another kind."""
    return any(words in error.detail for words in _FILE_IDS)


def refuses_picture(error: MessageRejected) -> bool:
    """Whether a file was refused because it cannot be shown as a picture: long screenshots are."""
    return any(words in error.detail for words in _PICTURES)


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, ValueError, RecursionError):
        value = _forgiven(content)
    return value if isinstance(value, dict) else None


def _forgiven(content: bytes) -> Any:
    """The same read less strictly: half a sign in somebody's name makes no answer unknown."""
    try:
        return json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _parameters(answer: dict[str, Any] | None) -> dict[str, Any]:
    parameters = (answer or {}).get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _description(answer: dict[str, Any] | None) -> str:
    description = (answer or {}).get("description")
    return description.lower() if isinstance(description, str) else ""


def _seconds(value: object) -> float | None:
    """A hint worth obeying; zero and nonsense are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        return None
    return float(value)
