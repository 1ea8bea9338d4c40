"""How long a page may write: a day, a week where Meta lets humans."""

from tests.bots.messenger.conftest import MakeChannel


async def test_humans_have_a_week_where_meta_granted_it(make_channel: MakeChannel) -> None:
    assert make_channel().capabilities.window_hours == 24
    assert make_channel(human_agent=True).capabilities.window_hours == 7 * 24
