"""A dialog that comes to the question for a rating, and what became of the ask."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from core.content import Outgoing
from core.effects import AnyEffect, Note
from core.policy import Policy, RatingPolicy
from core.records import Rating
from core.scenario.rehearsal import Rehearsal
from core.updates import OperatorClosed, OperatorReplied, OperatorTook
from tests.fakes.bundles import small_bundle
from tests.fakes.talk import BUTTONS, NOTHING, NOW, surely
from tests.stories.shipped import texts

FIVE = RatingPolicy()
TEN = RatingPolicy(question="nps")
ONE_TO_TEN = RatingPolicy(question="nps", nps_scale=(1, 10))
MEANINGS = {
    "справка": surely("help"),
    "тарифы": surely("tariffs"),
    "баланс": surely("balance"),
    "5, какие у вас тарифы": surely("tariffs"),
    "хорошо, а какие у вас тарифы": surely("tariffs"),
    "ужасно, верните мне человека": surely("operator"),
    "Всё отлично, спасибо вам большое": surely("thanks"),
    "отлично, справку получила": surely("help"),
    "плохо, справки нет": surely("help"),
    "отлично, а где справка?": surely("help"),
}


class Stage(Rehearsal):
    """Keeps the last state of every ask."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.ratings: dict[int, Rating] = {}

    def _carry_out(self, effect: AnyEffect) -> None:
        super()._carry_out(effect)
        if isinstance(effect, Note) and isinstance(effect.record, Rating):
            self.ratings[effect.record.n] = effect.record


def talk(
    policy: RatingPolicy = FIVE,
    *,
    kind: type[Stage] = Stage,
    sentences: Mapping[str, Mapping[str, str]] | None = None,
    **fields: Any,
) -> Stage:
    """A dialog with the bot. sentences: of the engine, by language."""
    given: dict[str, Any] = {"capabilities": BUTTONS, **fields}
    return kind(
        replace(small_bundle(), texts=sentences or texts()),
        policy=Policy(rating=policy),
        meaning=lambda text: MEANINGS.get(text, NOTHING),
        now=NOW,
        lang="ru",
        **given,
    )


def solved(policy: RatingPolicy = FIVE, **fields: Any) -> Stage:
    """A dialog the bot has just solved."""
    stage = talk(policy, **fields)
    stage.write("справка")
    stage.listen()
    stage.write("нет, спасибо")
    assert stage.dialog.result == "solved"
    return stage


def helped(policy: RatingPolicy = FIVE, **closing: Any) -> Stage:
    """A dialog an operator has just closed."""
    stage = talk(policy)
    stage.write("оператор")
    anna: dict[str, Any] = {"operator": "anna", "name": "Анна"}
    stage.receive(OperatorTook(**anna))
    stage.receive(OperatorReplied(**anna, client_id="1", content=Outgoing(text="Готово.")))
    stage.listen()
    stage.receive(OperatorClosed(**anna, **closing))
    return stage


def last(stage: Stage) -> Rating:
    """The last ask."""
    return list(stage.ratings.values())[-1]


def keys(stage: Stage) -> list[str]:
    """Keys of the buttons of the last message that has some."""
    return [option.key for option in stage.dialog.open_options]
