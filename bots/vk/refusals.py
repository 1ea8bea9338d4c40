"""What an answer of the VK API means: its result, or the ChannelError it stands for. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)

#: No right to write: one chat's own trouble, or the token's when several chats say so.
NO_RIGHT = ("7", "15")
HOUR = 3600.0
_NOT_FOR_COMMUNITIES = "error 27: the community's token is refused"


def result_of(status: int, content: str) -> Any:
    """The `response` of an answer; raises the ChannelError of a refusal.

    VK refuses inside a 200. The status decides first, because proxies and overloaded servers
    answer with pages of their own.
    """
    if status >= 500:
        raise DeliveryUnknown(f"http {status}")
    if status == 429:
        raise RateLimited(None, "channel")
    if status == 413:
        raise MessageRejected("413", "too large for the platform")
    answer = _object(content)
    error = answer.get("error") if answer else None
    if isinstance(error, dict):
        raise refusal(error)
    if status >= 300:
        raise ChannelUnavailable("platform", f"http {status}")
    if answer is None or answer.get("response") is None:
        raise DeliveryUnknown("an unknown response")
    _whole(answer["response"])
    return answer["response"]


def refusal(error: Mapping[str, Any]) -> ChannelError:
    """What an error object means. Its texts may repeat what the customer wrote: only the code
    and VK's own sentence go on, and the sentence is cut."""
    code = error.get("error_code", error.get("code"))
    if type(code) is not int:
        return DeliveryUnknown("an error without a code")
    known = _TABLE.get(code)
    if known is not None:
        return known()
    text = error.get("error_msg", error.get("description"))
    return MessageRejected(str(code), text[:200] if isinstance(text, str) else "")


def of_comments(error: ChannelError) -> ChannelError:
    """The same said of a comment: what a wall refuses must not stop the messages.

    Whether the token of a community may comment at all is for VK to say (27), each time anew."""
    if isinstance(error, ChannelUnavailable) and error.detail == _NOT_FOR_COMMUNITIES:
        return MessageRejected("27", "the token of a community may not comment here")
    if isinstance(error, RateLimited) and error.retry_after == HOUR:
        return RateLimited(HOUR, "chat")
    return error


def refuses_reference(error: MessageRejected) -> bool:
    """Whether a message was perhaps refused because VK no longer knows what it refers to."""
    return error.code == "100"


def _whole(response: Any) -> None:
    """An answer for several recipients hides refusals among its items."""
    if not isinstance(response, list):
        return
    for item in response:
        if isinstance(item, dict) and isinstance(item.get("error"), dict):
            raise refusal(item["error"])


def _object(content: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unavailable(detail: str) -> Callable[[], ChannelError]:
    return lambda: ChannelUnavailable("auth", detail)


def _unknown(code: int) -> Callable[[], ChannelError]:
    return lambda: DeliveryUnknown(f"error {code}")


_TABLE: Mapping[int, Callable[[], ChannelError]] = {
    1: _unknown(1),
    5: _unavailable("error 5: the token is refused"),
    6: lambda: RateLimited(1.0, "channel"),
    9: lambda: RateLimited(60.0, "chat"),
    10: _unknown(10),
    14: _unavailable("error 14: VK asks for a captcha"),
    17: _unavailable("error 17: VK wants the account confirmed"),
    18: lambda: RecipientGone("not_found"),
    27: _unavailable(_NOT_FOR_COMMUNITIES),
    28: _unavailable("error 28: the application's token is refused"),
    29: lambda: RateLimited(HOUR, "channel"),
    36: _unknown(36),
    900: lambda: RecipientGone("blocked"),
    901: lambda: RecipientGone("not_allowed"),
    902: lambda: RecipientGone("blocked"),
    912: lambda: ChannelUnavailable("config", "error 912: bot features are off"),
    917: lambda: RecipientGone("not_found"),
    932: lambda: RecipientGone("not_found"),
    935: lambda: RecipientGone("not_found"),
    936: lambda: RecipientGone("not_found"),
    943: lambda: RecipientGone("window_closed"),
    944: lambda: RecipientGone("window_closed"),
    950: lambda: RecipientGone("window_closed"),
    987: lambda: RecipientGone("not_allowed"),
    988: lambda: RecipientGone("not_allowed"),
}
