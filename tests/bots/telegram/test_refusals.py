"""The table of CHANNELS: what the Bot API answers and what it means."""

import json
from typing import Any

import pytest

from bots.telegram.refusals import refuses_file_id, result_of
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)


def refusal(status: int, description: str = "", **parameters: Any) -> str:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return json.dumps({**body, "parameters": parameters} if parameters else body)


PAGE = "<html><h1>Bad Gateway</h1></html>"

TABLE: list[tuple[int, str, type[ChannelError], dict[str, Any]]] = [
    (429, refusal(429, "Too Many Requests", retry_after=7), RateLimited, {"retry_after": 7.0}),
    (429, refusal(429, "Too Many Requests"), RateLimited, {"retry_after": None}),
    (429, refusal(429, "x", retry_after=0), RateLimited, {"retry_after": None}),
    (429, refusal(429, "x", retry_after="soon"), RateLimited, {"retry_after": None}),
    (429, PAGE, RateLimited, {"retry_after": None, "scope": "channel"}),
    (403, refusal(403, "Forbidden: bot was blocked"), RecipientGone, {"reason": "blocked"}),
    (403, refusal(403, "Forbidden: user is deactivated"), RecipientGone, {"reason": "blocked"}),
    (400, refusal(400, "Bad Request", migrate_to_chat_id=-100500), RecipientGone,
     {"reason": "moved", "new_address": "-100500"}),
    (400, refusal(400, "Bad Request: chat not found"), RecipientGone, {"reason": "not_found"}),
    (400, refusal(400, "Bad Request: message is too long"), MessageRejected, {"code": "400"}),
    (400, refusal(400), MessageRejected, {"code": "400"}),
    (413, refusal(413, "Request Entity Too Large"), MessageRejected, {"code": "413"}),
    (413, PAGE, MessageRejected, {"code": "413"}),
    (401, refusal(401, "Unauthorized"), ChannelUnavailable, {"reason": "auth"}),
    (404, refusal(404, "Not Found"), ChannelUnavailable, {"reason": "auth"}),
    (409, refusal(409, "Conflict: terminated by other getUpdates request"), ChannelUnavailable,
     {"reason": "config", "detail": "http 409 conflict: terminated by other getupdates request"}),
    (404, '{"description":"/bot123:CANARY"}', ChannelUnavailable, {"detail": "http 404"}),
    (400, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (403, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (404, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (302, PAGE, ChannelUnavailable, {"reason": "platform"}),
    (418, refusal(418, "?"), ChannelUnavailable, {"reason": "platform"}),
    (502, PAGE, DeliveryUnknown, {}),
    (500, "{}", DeliveryUnknown, {}),
    (500, refusal(500), DeliveryUnknown, {}),
    (200, "{}", DeliveryUnknown, {}),
    (200, '{"ok":true}', DeliveryUnknown, {}),
    (200, '{"ok":true,"result":null}', DeliveryUnknown, {}),
    (200, '{"ok":1,"result":{}}', DeliveryUnknown, {}),
    (200, refusal(403, "Forbidden: bot was blocked"), RecipientGone, {"reason": "blocked"}),
    (200, refusal(429, "x", retry_after=7), RateLimited, {"retry_after": 7.0}),
    (200, refusal(400, "Bad Request: message is too long"), MessageRejected, {"code": "400"}),
    (200, refusal(500), DeliveryUnknown, {}),
    (200, refusal(True), DeliveryUnknown, {}),
    (200, '{"ok":false}', DeliveryUnknown, {}),
    (200, '{"error_code":403}', DeliveryUnknown, {}),
    (200, "<<<", DeliveryUnknown, {}),
    (200, "[]", DeliveryUnknown, {}),
    (200, "", DeliveryUnknown, {}),
    (200, "[" * 100_000, DeliveryUnknown, {}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "content", "error", "attributes"), TABLE)
def test_errors_table(
    status: int, content: str, error: type[ChannelError], attributes: dict[str, Any]
) -> None:
    with pytest.raises(error) as caught:
        result_of(status, content.encode())
    assert {name: getattr(caught.value, name) for name in attributes} == attributes


def test_a_result_is_what_it_is() -> None:
    assert result_of(200, b'{"ok":true,"result":{"message_id":5,"new_field":[{}]}}') == {
        "message_id": 5,
        "new_field": [{}],
    }


@pytest.mark.parametrize("name", [b'"\\ud83d"', b'"\xd0"'], ids=["half a sign", "half a letter"])
def test_what_is_no_unicode_makes_no_answer_unknown(name: bytes) -> None:
    answer = b'{"ok":true,"result":{"message_id":5,"chat":{"first_name":' + name + b"}}}"
    assert result_of(200, answer)["message_id"] == 5


def test_an_edit_that_changes_nothing_is_a_success() -> None:
    same = refusal(400, "Bad Request: message is not modified: specified new message content …")
    assert result_of(400, same.encode()) is True


def test_a_forgotten_file_is_told_from_other_refusals() -> None:
    assert refuses_file_id(MessageRejected("400", "bad request: wrong file identifier/http url"))
    assert refuses_file_id(
        MessageRejected("400", "bad request: can't use file of type document as photo")
    )
    assert not refuses_file_id(MessageRejected("400", "bad request: message is too long"))
