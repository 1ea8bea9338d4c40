"""What an answer of the MAX Bot API means: an object, or the ChannelError it stands for. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from bots.max.capabilities import BLOCKED_CODES, MISSING_CODES, NOT_READY_SECONDS
from bots.transport import Replied
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


class NotReady(RateLimited):
    """MAX still digests an upload that the message carries."""

    def __init__(self) -> None:
        super().__init__(NOT_READY_SECONDS, "chat")


def result_of(reply: Replied) -> dict[str, Any]:
    """The object of an answer; raises the ChannelError of a refusal.

    A refusal's `code` is read before its status, because one status has several meanings. An
    answer that says «yes» without an object proves nothing.
    """
    if reply.status >= 500:
        raise DeliveryUnknown(f"http {reply.status}")
    answer = reply.json()
    if 200 <= reply.status < 300:
        if not isinstance(answer, dict):
            raise DeliveryUnknown(f"http {reply.status} without an object")
        if answer.get("success") is False:
            raise MessageRejected("refused", _text(answer, "message")[:200])
        return answer
    raise _refusal(reply, answer if isinstance(answer, dict) else None)


#: Refusals that say more than their status.
_CODES: Mapping[str, Callable[[], ChannelError]] = {
    "attachment.not.ready": NotReady,
    "verify.token": lambda: ChannelUnavailable("auth", "verify.token"),
    **{code: lambda: RecipientGone("blocked") for code in BLOCKED_CODES},
    **{code: lambda: RecipientGone("not_found") for code in MISSING_CODES},
}


def _refusal(reply: Replied, answer: dict[str, Any] | None) -> ChannelError:
    status = reply.status
    if status == 429:
        return RateLimited(_seconds(reply.headers.get("retry-after", "")), "channel")
    if status == 401:
        return ChannelUnavailable("auth", "http 401")
    if status == 405:
        return ChannelUnavailable("config", "http 405")
    if status == 413:
        return MessageRejected("413", "too large for the platform")
    if answer is None:
        return ChannelUnavailable("platform", f"http {status}, not JSON")
    known = _CODES.get(_text(answer, "code"))
    if known is not None:
        return known()
    if status == 403:
        return RecipientGone("blocked")
    if status == 404:
        return RecipientGone("not_found")
    if status == 400:
        return _bad_request(answer)
    return ChannelUnavailable("platform", f"http {status}")


def _bad_request(answer: dict[str, Any]) -> ChannelError:
    message = _text(answer, "message")
    if "not.processed" in message:  # how older servers say «not ready»
        return NotReady()
    return MessageRejected(_text(answer, "code")[:60] or "400", message[:200])


def refuses_token(error: MessageRejected) -> bool:
    """Whether a message was refused because of the token of a file in it."""
    detail = error.detail.lower()
    if "not.owner" in detail:  # it was given to another bot
        return True
    return "token" in detail and any(word in detail for word in ("invalid", "expired", "not found"))


def _text(answer: dict[str, Any], key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else ""


def _seconds(value: str) -> float | None:
    """A hint worth obeying; zero and nonsense are none."""
    return float(value) if value.isascii() and value.isdecimal() and 0 < int(value) < 1e6 else None
