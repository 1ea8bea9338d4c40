"""What an answer of the Viber API means: the answer itself, or the ChannelError it stands for.

Pure. HTTP says 200 to nearly everything: the field `status` decides.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)

#: The app of this person is too old for something in the message.
VERSION = "13"

_REFUSALS: Mapping[int, Callable[[], ChannelError]] = {
    1: lambda: ChannelUnavailable("config", "Viber could not reach the webhook address"),
    2: lambda: ChannelUnavailable("auth", "invalid token"),
    5: lambda: RecipientGone("not_found"),
    6: lambda: RecipientGone("not_allowed"),
    7: lambda: ChannelUnavailable("auth", "the bot is blocked"),
    8: lambda: ChannelUnavailable("auth", "no bot with this token"),
    9: lambda: ChannelUnavailable("auth", "the bot is suspended"),
    10: lambda: ChannelUnavailable("config", "no webhook is set"),
    11: lambda: RecipientGone("not_found"),
    12: lambda: RateLimited(None, "chat"),
    15: lambda: ChannelUnavailable("auth", "the bot may not do this"),
}


def result_of(status: int, answer: Any) -> dict[str, Any]:
    """The answer; raises the ChannelError of a refusal. status: of HTTP. answer: its JSON, None
    when it is something else.

    Proxies and overloaded servers answer with pages of their own: of 5xx nobody knows what became
    of the request, and a 200 without a status proves nothing.
    """
    if status >= 500:
        raise DeliveryUnknown(f"http {status}")
    told = answer.get("status") if isinstance(answer, dict) else None
    if type(told) is int:
        if told == 0 and 200 <= status < 300:
            return dict(answer)
        raise _refusal(told, answer)
    if 200 <= status < 300:
        raise DeliveryUnknown(f"http {status} without a status")
    if status == 429:
        raise RateLimited(None, "channel")
    if status == 413:
        raise MessageRejected("413", "too large for the platform")
    raise ChannelUnavailable("auth" if status in (401, 403) else "platform", f"http {status}")


def _refusal(told: int, answer: Mapping[str, Any]) -> ChannelError:
    known = _REFUSALS.get(told)
    if known is not None:
        return known()
    message = answer.get("status_message")
    return MessageRejected(str(told), message[:200] if isinstance(message, str) else "")
