"""Customers who do anything in any order, for property tests of scenarios."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from core.content import Contact, Media
from core.scenario.interpreter import needs_meaning
from core.scenario.model import Bundle
from core.scenario.place import Calling
from core.scenario.rehearsal import Rehearsal
from core.state import Setting
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerMessage,
    CustomerStarted,
    Meaning,
    TimerFired,
)
from tests.fakes.talk import perhaps, surely

Action = tuple[Any, ...]
TEXTS = (
    "77001234", "счёт 77004321", "ошибся, не тот счёт 77001234", "123456", "12", "да", "нет",
    "назад", "отмена", "меню", "спасибо", "пока нет", "хватит", "в питере", "москва", "гигабит",
    "8 921 123-45-67", "не помню", "оператор", "👍", "English", "по-русски", "1", "2.", "", " ",
    "Нет, спасибо", "Да, списать", "{account}", "\x00", "а" * 3000,
)  # fmt: skip


def actions(classes: Sequence[str], bundles: int) -> st.SearchStrategy[Action]:
    """One thing a customer does, or a thing that happens meanwhile. classes: of the classifier.
    bundles: how many there are to publish."""
    some = st.sampled_from(sorted(classes))
    meaning = st.one_of(
        some.map(surely),
        st.lists(some, min_size=1, max_size=4, unique=True).map(lambda names: perhaps(*names)),
        st.just(Meaning(zone="rephrase", best="oos")),
    )
    return st.one_of(
        st.tuples(st.just("write"), st.sampled_from(TEXTS) | st.text(max_size=30), meaning),
        st.tuples(st.just("press"), st.integers(0, 30)),
        st.tuples(st.just("old"), st.integers(0, 30)),
        st.tuples(st.just("silence"), st.integers(1, 100)),
        st.tuples(st.just("media"), st.sampled_from(["image", "voice", "sticker", "file"])),
        st.tuples(st.just("contact"), st.just("+79211234567")),
        st.tuples(st.just("start"), st.sampled_from(["", *sorted(classes), "confirm", "x"])),
        st.tuples(st.just("late"), st.integers(0, 5)),
        st.tuples(st.just("publish"), st.integers(0, bundles - 1)),
    )


class Customer:
    """Acts on a dialog through the same door as life and checks the promises after each turn.

    patient: services take their time, so that nothing more may be said while one is under way."""

    def __init__(
        self, talk: Rehearsal, bundles: Sequence[Bundle], *, patient: bool = False
    ) -> None:
        self.patient = patient
        self.talk = talk
        self.bundles = bundles
        self.pressed: list[str] = []

    def act(self, action: Action) -> None:
        """Does one thing and looks what became of it."""
        kind, value, talk = action[0], action[1], self.talk
        talk.listen()
        if kind == "write":
            update = CustomerMessage(text=value)
            if needs_meaning(talk.dialog, update, talk.bundle):
                update = CustomerMessage(text=value, meaning=action[2])
            talk.receive(update)
        elif kind == "silence":
            talk.wait(timedelta(minutes=value))
        elif kind == "publish":
            talk.setting = Setting(active=self.bundles[value], bundle=self.bundles[value])
        else:
            talk.receive(self._update(kind, value))
        self._check(kind)

    def _update(self, kind: str, value: Any) -> AnyUpdate:
        if kind == "press":
            shown = self.talk.shown()
            token = shown[value % len(shown)].token if shown else "nobody"
            self.pressed.append(token)
            return ButtonPressed(token=token)
        if kind == "old":
            pressed = self.pressed or ["old"]
            return ButtonPressed(token=pressed[value % len(pressed)])
        if kind == "media":
            return CustomerMessage(media=(Media(kind=value),))
        if kind == "contact":
            return CustomerMessage(contact=Contact(phone=value, evidence="claimed"))
        if kind == "start":
            return CustomerStarted(payload=str(value))
        late: list[AnyUpdate] = [
            CallReturned(key="rehearsal:1:1", result={"amount": 1}),
            CallFailed(key="rehearsal:2:1", name="timeout"),
            CallFailed(key="", name=""),
            TimerFired(kind="silence", gen=1),
            TimerFired(kind="call_wait", gen=1),
            TimerFired(kind="secret", gen=1),
        ]
        return late[int(value)]

    def _check(self, kind: str) -> None:
        dialog = self.talk.dialog
        if dialog.state != "bot":
            return
        if dialog.place is not None:
            assert dialog.place.waiting is not None
            assert len(dialog.place.stack) <= self.talk.policy.stack
            assert "code" not in dialog.place.slots
        calling = dialog.place is not None and isinstance(dialog.place.waiting, Calling)
        if kind in ("write", "media", "contact", "start") and not (self.patient and calling):
            assert self.talk.said, f"silence after {kind}"

    def outcome(self) -> str:
        """What it all came to, for comparison."""
        return repr((self.talk.dialog, self.talk.talk))
