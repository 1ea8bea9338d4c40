"""What a customer writes after the end."""

from core.scenario.model import Done
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import scenario
from tests.fakes.talk import said, stage, surely, tell

SCENES = {
    "тарифы в питере": surely("tariffs"),
    "какие тарифы": surely("tariffs"),
    "справка": surely("help"),
}


def test_thanks_after_a_close_change_nothing_and_a_question_reopens_with_slots_kept() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "спасибо")
    assert tell(talk, "Спасибо!", "пока нет") == ""
    assert not talk.reopened
    assert "О каком рассказать?" in tell(talk, "какие тарифы")
    assert talk.reopened
    assert talk.dialog.state == "bot"


def test_a_question_after_the_end_that_is_settled_at_once_is_rated_like_any_other() -> None:
    settled = scenario("help", Done(id="end", result="solved", say="Картой."), title="Справка")
    talk = stage(SCENES, bundle=small_bundle(settled))
    tell(talk, "меню", "пока нет")
    assert talk.dialog.state == "closed"
    talk.listen()
    talk.write("справка")
    assert said(talk) == "Картой.\n<rating_csi>"
    assert (talk.dialog.state, talk.dialog.result) == ("rating", "solved")
