"""Publishing in the middle of every question of every scenario that ships: nobody meets silence.

Each story is played up to each of its lines; there the bundle changes, and the customer goes on.
"""

from collections.abc import Iterator

import pytest

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.place import Question
from core.scenario.rehearsal import Rehearsal
from core.scenario.stories import ScenarioTest
from core.scenario.tests_runner import rehearsal
from core.state import Setting
from tests.fakes.republished import republished
from tests.stories import shipped

LIMITS = Capabilities(platform="test", text=4096, inline_row=3, inline_rows=20, inline_total=60)
FINE = ("bot", "queued", "rating", "closed")


def standing(test: ScenarioTest) -> Iterator[tuple[Rehearsal, str]]:
    """The story at each question it comes to, and what the customer says there."""
    stage = rehearsal(
        shipped.bundle(), test, capabilities=LIMITS, policy=Policy(), meaning=shipped.meaning()
    )
    for line in test.talk:
        place = stage.dialog.place
        if line.kind in ("user", "press") and place and isinstance(place.waiting, Question):
            yield stage, line.text if line.kind == "user" else f"[{line.text}]"
        stage.listen()
        if line.kind == "user":
            stage.write(line.text)
        elif line.kind == "press":
            stage.press(line.text)
        elif line.kind == "silence":
            stage.wait(line.time)


def check(stage: Rehearsal) -> None:
    dialog = stage.dialog
    assert dialog.state in FINE
    assert stage.said, "silence"
    if dialog.state == "bot":
        assert dialog.place is not None
        assert dialog.place.waiting is not None
        assert dialog.place.bundle == stage.bundle.hash
        assert not dialog.place.outdated


@pytest.mark.parametrize("test", shipped.tests(), ids=lambda t: f"{t.scenario}: {t.name}")
def test_publishing_at_any_question_ends_in_a_question_a_close_or_people(
    test: ScenarioTest,
) -> None:
    for stage, text in standing(test):
        place = stage.dialog.place
        assert place is not None
        top = place.stack[-1]
        for bundle in republished(shipped.bundle(), top.scenario, top.step):
            for said in (text, "ну и что теперь"):
                moved = stage.fork()
                moved.setting = Setting(active=bundle, bundle=None)
                moved.listen()
                if said.startswith("["):
                    if not moved.press(said[1:-1]):
                        continue
                else:
                    moved.write(said)
                check(moved)
