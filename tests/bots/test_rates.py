"""Rates of the platforms, as their documentation says them, against those that we keep to."""

import pytest

from bots.adapters import limits_of
from core.pacing import LOT, lot_of
from core.pacing import limits_of as scope_limits


@pytest.mark.parametrize(
    ("platform", "in_a_second"), [("telegram", 30), ("vk", 20), ("max", 30), ("messenger", 300)]
)
def test_no_second_can_have_more_than_the_platform_allows(platform: str, in_a_second: int) -> None:
    can = limits_of(platform)
    assert can.channel_rate is not None
    most = can.channel_rate * (1 + LOT) + can.channel_burst
    assert 0.9 * in_a_second <= most <= in_a_second


def test_what_plays_is_counted_apart_on_messenger() -> None:
    can = limits_of("messenger")
    assert can.media_rate is not None
    assert can.media_rate * (1 + LOT) + 1 <= 10


def test_a_message_with_a_picture_fits_into_what_can_be_saved_up() -> None:
    for platform in ("vk", "max"):
        can = limits_of(platform)
        assert can.counts_calls
        assert 1 + can.upload_calls <= can.channel_burst


def test_where_rates_are_small_no_token_is_taken_before_it_is_needed() -> None:
    lots = {name: lot_of(scope_limits(limits_of(name), "")) for name in ("vk", "max", "messenger")}
    assert lots == {"vk": 0, "max": 0, "messenger": 15}
