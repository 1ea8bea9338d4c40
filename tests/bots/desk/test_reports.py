"""What pages report of themselves: bounded, counted, and without anybody's words."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from bots.desk.recently import Recently
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import START

LOST = {"kind": "lost_update", "seq": 7, "detail": "queue 3 <> 4", "build": "0"}


async def test_a_trouble_is_counted_and_logged(
    desk: DeskServer, anna: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert (await anna.post("/client-errors", LOST)).status == 204
    assert desk.troubles == ["lost_update"]
    assert "lost_update at 7, build 0: queue 3 <> 4" in caplog.text


async def test_a_page_that_goes_mad_is_not_listened_to(desk: DeskServer, anna: Browser) -> None:
    answers = [await anna.post("/client-errors", LOST) for _ in range(11)]
    assert [one.status for one in answers] == [204] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert len(desk.troubles) == 10
    desk.place.later(seconds=61)
    assert (await anna.post("/client-errors", LOST)).status == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "weather"},
        {"detail": "клиент Иванов"},
        {"detail": "a@b.example"},
        {"detail": "x" * 301},
        {"detail": "line\nbreak"},
        {"seq": -1},
        {"build": "<b>"},
    ],
    ids=str,
)
async def test_customers_words_do_not_get_into_the_log(
    anna: Browser, wrong: dict[str, Any]
) -> None:
    assert (await anna.post("/client-errors", {**LOST, **wrong})).status == 422


def test_a_window_moves_with_the_clock_and_people_do_not_share_it() -> None:
    limit = Recently(2, timedelta(seconds=10))
    assert [limit.wait("a", START), limit.wait("a", START + timedelta(seconds=4))] == [0, 0]
    assert limit.wait("a", START + timedelta(seconds=5)) == 5
    assert limit.wait("b", START + timedelta(seconds=5)) == 0
    assert limit.wait("a", START + timedelta(seconds=10)) == 0
    assert limit.wait("a", START + timedelta(seconds=11)) == 3
