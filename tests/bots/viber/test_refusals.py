"""What an answer of Viber means."""

from typing import Any

import pytest

from bots.viber.refusals import result_of
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)

TABLE: dict[int, tuple[type[ChannelError], str]] = {
    1: (ChannelUnavailable, "config"),
    2: (ChannelUnavailable, "auth"),
    3: (MessageRejected, "3"),
    4: (MessageRejected, "4"),
    5: (RecipientGone, "not_found"),
    6: (RecipientGone, "not_allowed"),
    7: (ChannelUnavailable, "auth"),
    8: (ChannelUnavailable, "auth"),
    9: (ChannelUnavailable, "auth"),
    10: (ChannelUnavailable, "config"),
    11: (RecipientGone, "not_found"),
    13: (MessageRejected, "13"),
    14: (MessageRejected, "14"),
    15: (ChannelUnavailable, "auth"),
    **{code: (MessageRejected, str(code)) for code in (*range(16, 25), 999, -1)},
}


@pytest.mark.parametrize("status", TABLE)
def test_each_status_is_the_error_it_stands_for(status: int) -> None:
    kind, reason = TABLE[status]
    with pytest.raises(kind) as caught:
        result_of(200, {"status": status, "status_message": "because"})
    told = getattr(caught.value, "reason", None) or getattr(caught.value, "code", None)
    assert told == reason


def test_too_many_messages_concern_the_chat_and_come_without_a_number() -> None:
    with pytest.raises(RateLimited) as caught:
        result_of(200, {"status": 12, "status_message": "tooManyRequests"})
    assert (caught.value.retry_after, caught.value.scope) == (None, "chat")


def test_a_good_answer_is_handed_on() -> None:
    answer = {"status": 0, "status_message": "ok", "message_token": 5466358343372472277}
    assert result_of(200, answer) == answer


@pytest.mark.parametrize("answer", [None, [], "ok", {}, {"status": "0"}, {"status": None}])
def test_an_answer_without_a_status_proves_nothing(answer: Any) -> None:
    with pytest.raises(DeliveryUnknown):
        result_of(200, answer)


@pytest.mark.parametrize("answer", [None, {"status": 0}, {"status": 3}])
def test_of_a_broken_server_nobody_knows_what_it_took(answer: Any) -> None:
    with pytest.raises(DeliveryUnknown):
        result_of(502, answer)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ChannelUnavailable),
        (401, ChannelUnavailable),
        (403, ChannelUnavailable),
        (404, ChannelUnavailable),
        (413, MessageRejected),
        (429, RateLimited),
    ],
)
def test_a_refusal_that_is_no_json_is_read_by_its_http_status(
    status: int, kind: type[ChannelError]
) -> None:
    with pytest.raises(kind):
        result_of(status, None)


def test_a_refusal_never_holds_more_than_a_line() -> None:
    with pytest.raises(MessageRejected) as caught:
        result_of(200, {"status": 3, "status_message": "x" * 5000})
    assert len(caught.value.detail) == 200
