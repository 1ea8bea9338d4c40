"""The key of a message follows from its row, and is never the one VK takes for none."""

from hypothesis import given
from hypothesis import strategies as st

from bots.vk.random_id import RecentSends, random_id


def test_the_vector_of_the_specification() -> None:
    assert random_id("vk-main", 42) == 454497521


@given(channel=st.text(max_size=30), row=st.integers(0, 2**63))
def test_a_key_fits_and_is_never_nothing(channel: str, row: int) -> None:
    key = random_id(channel, row)
    assert 1 <= key < 2**31
    assert key == random_id(channel, row)


def test_rows_and_channels_have_keys_of_their_own() -> None:
    keys = {random_id(channel, row) for channel in ("one", "two") for row in range(1000)}
    assert len(keys) > 1995


def test_the_last_sends_are_remembered_and_older_ones_forgotten() -> None:
    recent = RecentSends(most=2)
    for row in (1, 2, 3):
        recent.remember(random_id("main", row), row)
    assert [recent.outbox(random_id("main", row)) for row in (1, 2, 3, 4)] == [0, 2, 3, 0]
