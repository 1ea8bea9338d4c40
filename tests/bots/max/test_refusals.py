"""The table of CHANNELS: what the MAX Bot API answers and what it means."""

import json
from typing import Any

import pytest

from bots.max.refusals import NotReady, refuses_token, result_of
from bots.transport import Replied
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


def refusal(code: str = "", message: str = "") -> str:
    return json.dumps({"code": code, "message": message})


PAGE = "<html><h1>Bad Gateway</h1></html>"
SUSPENDED = refusal("chat.denied", "Key: error.dialog.suspended, args: [228532008,].")

TABLE: list[tuple[int, str, type[ChannelError], dict[str, Any]]] = [
    (401, refusal("verify.token", "Invalid access_token"), ChannelUnavailable, {"reason": "auth"}),
    (401, PAGE, ChannelUnavailable, {"reason": "auth"}),
    (403, refusal("verify.token"), ChannelUnavailable, {"reason": "auth"}),
    (400, refusal("verify.token"), ChannelUnavailable, {"reason": "auth"}),
    (405, refusal("method.not.allowed"), ChannelUnavailable, {"reason": "config"}),
    (403, SUSPENDED, RecipientGone, {"reason": "blocked"}),
    (403, refusal("something.else"), RecipientGone, {"reason": "blocked"}),
    (404, refusal("chat.not.found"), RecipientGone, {"reason": "not_found"}),
    (404, refusal("whatever"), RecipientGone, {"reason": "not_found"}),
    (400, refusal("chat.not.found"), RecipientGone, {"reason": "not_found"}),
    (400, refusal("attachment.not.ready", "Key: …"), NotReady, {"retry_after": 2.0,
     "scope": "chat"}),
    (400, refusal("", "errors.process.attachment.file.not.processed"), NotReady, {}),
    (400, refusal("proto.payload", "Field 'text' size"), MessageRejected,
     {"code": "proto.payload", "detail": "Field 'text' size"}),
    (400, "{}", MessageRejected, {"code": "400"}),
    (413, PAGE, MessageRejected, {"code": "413"}),
    (429, refusal("too.many.requests"), RateLimited, {"retry_after": None, "scope": "channel"}),
    (429, PAGE, RateLimited, {"retry_after": None, "scope": "channel"}),
    (400, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (403, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (404, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (302, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (418, refusal("?"), ChannelUnavailable, {"reason": "platform"}),
    (500, refusal("attachment.not.ready"), DeliveryUnknown, {}),
    (502, PAGE, DeliveryUnknown, {}),
    (200, "<<<", DeliveryUnknown, {}),
    (200, "[]", DeliveryUnknown, {}),
    (200, "", DeliveryUnknown, {}),
    (200, "[" * 100_000, DeliveryUnknown, {}),
    (200, '{"success": false, "message": "no"}', MessageRejected, {"code": "refused"}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "content", "error", "attributes"), TABLE)
def test_errors_table(
    status: int, content: str, error: type[ChannelError], attributes: dict[str, Any]
) -> None:
    with pytest.raises(error) as caught:
        result_of(Replied(status, content.encode(), {}))
    assert {name: getattr(caught.value, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0", None), ("soon", None), ("-1", None), ("9" * 30, None)]
)
def test_a_hint_to_wait_is_read_when_there_is_one(header: str, seconds: float | None) -> None:
    with pytest.raises(RateLimited) as caught:
        result_of(Replied(429, b"{}", {"retry-after": header}))
    assert caught.value.retry_after == seconds


def test_a_result_is_what_it_is() -> None:
    answer = {"message": {"body": {"mid": "m"}}, "new_field": [{}]}
    assert result_of(Replied(200, json.dumps(answer).encode(), {})) == answer
    assert result_of(Replied(200, b'{"success": true}', {})) == {"success": True}


def test_a_forgotten_file_is_told_from_other_refusals() -> None:
    photo = MessageRejected("proto.payload", "Invalid photo token provided: r8MR")
    assert refuses_token(photo)
    assert not refuses_token(MessageRejected("proto.payload", "Field 'text' size (4001)"))
