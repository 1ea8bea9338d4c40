"""Whatever a customer does, in whatever order: no exception, and never silence."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.effects import Call
from core.scenario.place import Calling
from core.scenario.rehearsal import Rehearsal
from core.updates import AnyUpdate, TimerFired
from tests.fakes.bundles import ITEMS, small_bundle
from tests.fakes.customers import Action, Customer, actions
from tests.fakes.talk import stage

CLASSES = ["menu", "balance", "help", "tariffs", "wishes", "spin", "repeat", "operator", "thanks"]
BUNDLES = [
    small_bundle(mark="p0"),
    small_bundle(mark="p1", without="balance"),
    small_bundle(mark="p2", without="tariffs"),
    small_bundle(mark="p3"),
]
ANSWERS = st.sampled_from(
    [{}, {"error": "timeout"}, {"error": "unavailable"}, {"error": "wrong_code"},
     {"error": "refused", "text": "нет"}, {"amount": -1}, {"amount": None, "items": ITEMS},
     {"items": ITEMS}, {"items": []}, {"items": "x"}]
)  # fmt: skip
SERVICES = st.fixed_dictionaries(
    {
        name: st.lists(ANSWERS, min_size=1, max_size=4)
        for name in ("auth.send", "auth.check", "billing.balance", "billing.pay", "catalog.tariffs")
    }
)
ACTIONS = st.lists(actions(CLASSES, len(BUNDLES)), max_size=14)


def play(done: list[Action], services: dict[str, list[dict[str, Any]]]) -> str:
    customer = Customer(stage(bundle=BUNDLES[0], services=services), BUNDLES)
    for action in done:
        customer.act(action)
    return customer.outcome()


@settings(max_examples=300)
@given(ACTIONS, SERVICES)
def test_every_turn_ends_in_a_wait_a_close_or_people_and_never_in_silence(
    done: list[Action], services: dict[str, list[dict[str, Any]]]
) -> None:
    play(done, services)


@settings(max_examples=60)
@given(ACTIONS, SERVICES)
def test_same_updates_give_the_same_dialog(
    done: list[Action], services: dict[str, list[dict[str, Any]]]
) -> None:
    assert play(done, services) == play(done, services)


class SlowStage(Rehearsal):
    """Services that answer when they like, in any order, or never."""

    def __init__(self, ready: Rehearsal) -> None:
        self.__dict__.update(ready.__dict__)
        self.under_way: list[Call] = []

    def _answered(self, call: Call) -> AnyUpdate:
        self.under_way.append(call)
        return TimerFired(kind="nobody", gen=0)

    def come_back(self, which: int) -> None:
        """One of the calls under way is answered."""
        if self.under_way:
            call = self.under_way.pop(which % len(self.under_way))
            self.receive(Rehearsal._answered(self, call))


@settings(max_examples=200)
@given(
    st.lists(
        actions(CLASSES, len(BUNDLES)) | st.tuples(st.just("answer"), st.integers(0, 9)),
        max_size=16,
    ),
    SERVICES,
)
def test_calls_may_come_back_late_in_any_order_or_never(
    done: list[Action], services: dict[str, list[dict[str, Any]]]
) -> None:
    talk = SlowStage(stage(bundle=BUNDLES[0], services=services))
    customer = Customer(talk, BUNDLES, patient=True)
    for action in done:
        if action[0] == "answer":
            talk.come_back(action[1])
        else:
            customer.act(action)
    for _ in range(60):
        talk.come_back(0)
    place = talk.dialog.place
    if talk.dialog.state == "bot" and place is not None:
        assert place.waiting is not None
        assert not isinstance(place.waiting, Calling)
