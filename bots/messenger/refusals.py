"""What an answer of the Graph API means: its content, or the ChannelError it stands for. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bots.messenger import capabilities as known
from bots.transport import Replied
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)

#: Code 2 is a fault that passes, or a person who blocked the page.
PASSING = "code 2"
#: Nothing was sent because an argument is wrong, perhaps the id of a file.
INVALID = 100


def content_of(reply: Replied) -> dict[str, Any]:
    """The object of an answer; raises the ChannelError of a refusal.

    The error in the body decides, where there is one. Pages of proxies are told by their status.
    """
    answer = reply.json()
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict) and type(error.get("code")) is int:
        raise _refusal(reply, error["code"], error)
    if reply.status >= 500:
        raise DeliveryUnknown(f"http {reply.status}")
    if 200 <= reply.status < 300:
        if not isinstance(answer, dict):
            raise DeliveryUnknown(f"http {reply.status} without an object")
        return answer
    if reply.status == 429:
        raise RateLimited(_hint(reply.headers), "channel")
    if reply.status == 413:
        raise MessageRejected("413", "too large for the platform")
    if reply.status == 401:
        raise ChannelUnavailable("auth", "http 401")
    raise ChannelUnavailable("platform", f"http {reply.status}")


def refuses_file_id(error: MessageRejected) -> bool:
    """Whether the id of a file may be what was wrong; such a refusal sent nothing."""
    return error.code.partition("/")[0] == str(INVALID)


def _refusal(reply: Replied, code: int, error: Mapping[str, Any]) -> ChannelError:
    subcode = error.get("error_subcode")
    pair = (code, subcode)
    if code in known.RATE_CODES or reply.status == 429:
        return RateLimited(_hint(reply.headers), "channel")
    if pair in known.WINDOW_CLOSED:
        return RecipientGone("window_closed")
    if code == known.BLOCKED_CODE or pair in known.BLOCKED:
        return RecipientGone("blocked")
    if pair == known.NOT_FOUND:
        return RecipientGone("not_found")
    told = f"code {code}" if type(subcode) is not int else f"code {code}/{subcode}"
    if pair == known.PAGE_RESTRICTED:
        return ChannelUnavailable("auth", f"{told}, Meta restricted the page")
    if code in known.AUTH_CODES:
        return ChannelUnavailable("auth", told)
    if code in known.UNKNOWN_CODES or reply.status >= 500:
        return DeliveryUnknown(f"code {code}")
    message = error.get("message")
    detail = message[:200] if isinstance(message, str) else ""
    return MessageRejected(told.removeprefix("code "), detail)


def _hint(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, where the platform names them; None: it gave no hint."""
    plain = headers.get("retry-after", "")
    if plain.isascii() and plain.isdecimal() and 0 < int(plain[:9]) < 1e6:
        return float(plain)
    try:
        usage = msgspec.json.decode(
            headers.get("x-business-use-case-usage", "{}"), type=dict[str, list[_Usage]]
        )
    except (msgspec.DecodeError, RecursionError):
        return None
    minutes = max((one.minutes for uses in usage.values() for one in uses), default=0)
    return minutes * 60.0 if 0 < minutes < 10_000 else None


class _Usage(msgspec.Struct, frozen=True):
    """How much of a limit is used up."""

    minutes: float = msgspec.field(default=0, name="estimated_time_to_regain_access")
