"""The table of CHANNELS: what VK answers and what it means."""

import json
from typing import Any

import pytest

from bots.vk.refusals import refuses_reference, result_of
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


def refused(code: Any, **more: Any) -> str:
    return json.dumps({"error": {"error_code": code, "error_msg": "refused", **more}})


PAGE = "<html><h1>Bad Gateway</h1></html>"
_CAPTCHA = {"captcha_sid": "1", "captcha_img": "https://example.org"}

TABLE: list[tuple[int, str, type[ChannelError], dict[str, Any]]] = [
    (200, refused(6), RateLimited, {"retry_after": 1.0, "scope": "channel"}),
    (200, refused(9), RateLimited, {"retry_after": 60.0, "scope": "chat"}),
    (200, refused(29), RateLimited, {"retry_after": 3600.0, "scope": "channel"}),
    (429, PAGE, RateLimited, {"retry_after": None, "scope": "channel"}),
    *[(200, refused(code), ChannelUnavailable, {"reason": "auth"}) for code in (5, 14, 17, 27, 28)],
    (200, refused(14, **_CAPTCHA), ChannelUnavailable, {"reason": "auth"}),
    (200, refused(912), ChannelUnavailable, {"reason": "config"}),
    *[
        (200, refused(code), RecipientGone, {"reason": "not_found"})
        for code in (18, 917, 932, 935, 936)
    ],
    *[(200, refused(code), RecipientGone, {"reason": "blocked"}) for code in (900, 902)],
    *[(200, refused(code), RecipientGone, {"reason": "not_allowed"}) for code in (901, 987, 988)],
    *[(200, refused(code), RecipientGone, {"reason": "window_closed"}) for code in (943, 944, 950)],
    *[
        (200, refused(code), MessageRejected, {"code": str(code)})
        for code in (7, 15, 100, 910, 911, 913, 914, 920, 921, 940, 999)
    ],
    *[(200, refused(code), DeliveryUnknown, {}) for code in (1, 10, 36)],
    (200, refused("6"), DeliveryUnknown, {}),
    (200, refused(None), DeliveryUnknown, {}),
    (400, refused(6), RateLimited, {"retry_after": 1.0}),
    (413, PAGE, MessageRejected, {"code": "413"}),
    (403, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (302, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (502, PAGE, DeliveryUnknown, {}),
    (500, refused(6), DeliveryUnknown, {}),
    (200, PAGE, DeliveryUnknown, {}),
    (200, "{}", DeliveryUnknown, {}),
    (200, '{"response":null}', DeliveryUnknown, {}),
    (200, '{"error":[]}', DeliveryUnknown, {}),
    (200, "[]", DeliveryUnknown, {}),
    (200, "", DeliveryUnknown, {}),
    (200, "[" * 100_000, DeliveryUnknown, {}),
]


@pytest.mark.parametrize(("status", "content", "error", "attributes"), TABLE)
def test_errors_table(
    status: int, content: str, error: type[ChannelError], attributes: dict[str, Any]
) -> None:
    with pytest.raises(error) as caught:
        result_of(status, content)
    assert {name: getattr(caught.value, name) for name in attributes} == attributes


def test_a_refusal_among_the_answers_for_several_people_is_a_refusal() -> None:
    items = [
        {"peer_id": 1, "message_id": 5},
        {"peer_id": 2, "message_id": 0, "error": {"code": 901, "description": "no permission"}},
    ]
    with pytest.raises(RecipientGone):
        result_of(200, json.dumps({"response": items}))


@pytest.mark.parametrize("response", [5, 1, 0, [], {"items": []}, [{"id": 1}], "ok"])
def test_a_result_is_what_it_is(response: Any) -> None:
    assert result_of(200, json.dumps({"response": response})) == response


def test_a_refusal_never_repeats_what_was_sent() -> None:
    more = {"request_params": [{"key": "message", "value": "пароль 4276"}]}
    for code in (100, 1, 6, 901):
        with pytest.raises(ChannelError) as caught:
            result_of(200, refused(code, **more))
        assert "4276" not in repr(caught.value) + str(caught.value)


def test_a_forgotten_file_is_told_from_other_refusals() -> None:
    assert refuses_reference(MessageRejected("100", "attachment is invalid"))
    assert not refuses_reference(MessageRejected("914", "message is too long"))
