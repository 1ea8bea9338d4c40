"""The table of CHANNELS: what the Graph API answers and what it means."""

import json
from typing import Any

import pytest

from bots.messenger.refusals import content_of, refuses_file_id
from bots.transport import Replied
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


def refusal(code: object, subcode: object = None, message: str = "Refused") -> str:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    return json.dumps({"error": error if subcode is None else {**error, "error_subcode": subcode}})


PAGE = "<html><h1>Bad Gateway</h1></html>"
LIMITED = {"retry_after": None, "scope": "channel"}

TABLE: list[tuple[int, str, type[ChannelError], dict[str, Any]]] = [
    (400, refusal(4), RateLimited, LIMITED),
    (400, refusal(613), RateLimited, LIMITED),
    (403, refusal(32), RateLimited, LIMITED),
    (400, refusal(80006), RateLimited, LIMITED),
    (500, refusal(4), RateLimited, LIMITED),
    (429, refusal(100), RateLimited, LIMITED),
    (429, PAGE, RateLimited, LIMITED),
    (400, refusal(190), ChannelUnavailable, {"reason": "auth", "detail": "code 190"}),
    (401, refusal(190, 463), ChannelUnavailable, {"reason": "auth", "detail": "code 190/463"}),
    (403, refusal(200), ChannelUnavailable, {"reason": "auth"}),
    (403, refusal(230), ChannelUnavailable, {"reason": "auth"}),
    (403, refusal(10, 1893063), ChannelUnavailable, {"reason": "auth"}),
    (403, refusal(10), ChannelUnavailable, {"reason": "auth"}),
    (401, PAGE, ChannelUnavailable, {"reason": "auth"}),
    (403, refusal(10, 2018278), RecipientGone, {"reason": "window_closed"}),
    (403, refusal(10, 2018065), RecipientGone, {"reason": "window_closed"}),
    (400, refusal(551, 1545041), RecipientGone, {"reason": "blocked"}),
    (400, refusal(551), RecipientGone, {"reason": "blocked"}),
    (403, refusal(200, 1545041), RecipientGone, {"reason": "blocked"}),
    (403, refusal(10, 2018108), RecipientGone, {"reason": "blocked"}),
    (400, refusal(100, 2018001), RecipientGone, {"reason": "not_found"}),
    (400, refusal(100), MessageRejected, {"code": "100", "detail": "Refused"}),
    (400, refusal(100, 2018074), MessageRejected, {"code": "100/2018074"}),
    (400, refusal(100, message="х" * 999), MessageRejected, {"detail": "х" * 200}),
    (400, refusal(9999), MessageRejected, {"code": "9999"}),
    (413, PAGE, MessageRejected, {"code": "413"}),
    (400, refusal(1), DeliveryUnknown, {"cause": "code 1"}),
    (400, refusal(1, 1357046), DeliveryUnknown, {"cause": "code 1"}),
    (500, refusal(2), DeliveryUnknown, {"cause": "code 2"}),
    (400, refusal(1200), DeliveryUnknown, {"cause": "code 1200"}),
    (503, refusal(9999), DeliveryUnknown, {"cause": "code 9999"}),
    (502, PAGE, DeliveryUnknown, {"cause": "http 502"}),
    (500, "{}", DeliveryUnknown, {}),
    (200, "<<<", DeliveryUnknown, {}),
    (200, "[]", DeliveryUnknown, {}),
    (200, "", DeliveryUnknown, {}),
    (200, "[" * 100_000, DeliveryUnknown, {}),
    (200, refusal(551), RecipientGone, {"reason": "blocked"}),
    (400, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (404, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (302, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (400, refusal("x"), ChannelUnavailable, {"reason": "platform"}),
    (400, '{"error":"x"}', ChannelUnavailable, {"reason": "platform"}),
]  # fmt: skip


def reply(status: int, content: str, **headers: str) -> Replied:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Replied(status, content.encode(), named)


@pytest.mark.parametrize(("status", "content", "error", "attributes"), TABLE)
def test_errors_table(
    status: int, content: str, error: type[ChannelError], attributes: dict[str, Any]
) -> None:
    with pytest.raises(error) as caught:
        content_of(reply(status, content))
    assert {name: getattr(caught.value, name) for name in attributes} == attributes


def test_an_answer_is_what_it_is() -> None:
    assert content_of(reply(200, '{"message_id":"m_1","new":[{}]}')) == {
        "message_id": "m_1",
        "new": [{}],
    }


def usage(minutes: object) -> str:
    return json.dumps({"104": [{"type": "messenger", "estimated_time_to_regain_access": minutes}]})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "٧"}, None),
        ({"x_business_use_case_usage": usage(3)}, 180.0),
        ({"x_business_use_case_usage": usage(0)}, None),
        ({"x_business_use_case_usage": usage("x")}, None),
        ({"x_business_use_case_usage": "[[["}, None),
        ({"x_business_use_case_usage": '{"104": []}'}, None),
    ],
)
def test_a_limit_waits_as_long_as_the_platform_says(
    headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(RateLimited) as caught:
        content_of(reply(400, refusal(613), **headers))
    assert caught.value.retry_after == seconds


def test_a_forgotten_file_may_be_any_invalid_parameter() -> None:
    assert refuses_file_id(MessageRejected("100/2018074", "Invalid attachment id"))
    assert refuses_file_id(MessageRejected("100", ""))
    assert not refuses_file_id(MessageRejected("1009", ""))
    assert not refuses_file_id(MessageRejected("413", "too large"))
