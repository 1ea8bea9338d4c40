"""How long a community may write: a day, unless that is not the same for all its messages."""

from tests.bots.vk.conftest import MakeChannel


async def test_a_day_is_told_where_it_holds(make_channel: MakeChannel) -> None:
    assert make_channel().capabilities.window_hours == 24
    for own in ({"intent": "confirmed_notification"}, {"comments": True}):
        assert make_channel(**own).capabilities.window_hours is None
