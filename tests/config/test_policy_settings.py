"""The numbers the engine obeys, as settings make them."""

from datetime import time, timedelta

import pytest

from config.settings import attempt_limits, policy, questions
from core.policy import Policy
from tests.config.given import loaded, problems


@pytest.mark.parametrize(
    ("question", "scale", "asked", "csi_scale"),
    [
        ("", "", "csi", (1, 5)),
        ("", "5", "csi", (1, 5)),
        ("", "10", "nps", (1, 5)),
        ("csi", "", "csi", (1, 5)),
        ("nps", "", "nps", (1, 5)),
        ("nps", "10", "nps", (1, 5)),
        ("csi", "5", "csi", (1, 5)),
        ("csi", "10", "csi", (1, 10)),
        ("mixed", "", "mixed", (1, 5)),
        ("mixed", "10", "mixed", (1, 10)),
        ("off", "", "off", (1, 5)),
    ],
)
def test_question_and_scale_agree(
    question: str, scale: str, asked: str, csi_scale: tuple[int, int]
) -> None:
    settings = loaded(RATING__QUESTION=question, RATING__SCALE=scale)
    assert questions(settings) == (asked, csi_scale)


def test_nps_on_five_points_is_refused() -> None:
    (problem,) = problems("[rating]\nscale = 5\n", RATING__QUESTION="nps")
    assert problem == (
        "rating.scale in otklik.toml is 5, and OTKLIK_RATING__QUESTION is nps, which has ten"
        " points: take one of them out"
    )


@pytest.mark.parametrize(("scale", "expected"), [("0-10", (0, 10)), ("1-10", (1, 10))])
def test_ten_points_begin_where_the_setting_says(scale: str, expected: tuple[int, int]) -> None:
    rating = policy(loaded(RATING__SCALE="10", NPS__SCALE=scale)).rating
    assert (rating.question, rating.nps_scale) == ("nps", expected)


def test_the_policy_of_no_settings_is_the_engines_own() -> None:
    assert policy(loaded()) == Policy()


def test_every_number_of_the_policy_can_be_set() -> None:
    made = policy(
        loaded(
            REOPEN__WINDOW="1h",
            RATING__WINDOW="2h",
            RATING__CHANGE="3h",
            RATING__COMMENT="4m",
            NPS__SAMPLE="0.5",
            NPS__COOLDOWN="5d",
            POLICY__CALL_WAIT="6s",
            POLICY__AUTO_CLOSE="7h",
            POLICY__DEFAULT_QUEUE="sales",
        )
    )
    assert made.reopen_window == timedelta(hours=1)
    assert made.rating.window == timedelta(hours=2)
    assert made.rating.change == timedelta(hours=3)
    assert made.rating.comment == timedelta(minutes=4)
    assert made.rating.nps_sample == 0.5
    assert made.rating.nps_cooldown == timedelta(days=5)
    assert made.call_wait == timedelta(seconds=6)
    assert made.auto_close == timedelta(hours=7)
    assert made.default_queue == "sales"


def test_attempts_are_settings() -> None:
    limits = attempt_limits(loaded(ATTEMPTS__CODES="1", ATTEMPTS__WINDOW="2h"))
    assert (limits.codes, limits.checks, limits.window) == (1, 5, timedelta(hours=2))


def test_the_report_goes_out_at_eight() -> None:
    assert loaded().report.at == time(8, 0)
