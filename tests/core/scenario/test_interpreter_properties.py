"""Whatever a customer does, in whatever order: no exception, and never silence."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.content import Contact, Media
from core.scenario.interpreter import needs_meaning
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
from tests.fakes.bundles import ITEMS, perhaps, small_bundle, stage, surely

CLASSES = ["menu", "balance", "help", "tariffs", "wishes", "spin", "repeat", "operator", "thanks"]
TEXTS = [
    "77001234", "счёт 77004321", "ошибся, не тот счёт 77001234", "123456", "12", "да", "нет",
    "назад", "отмена", "меню", "спасибо", "пока нет", "хватит", "в питере", "москва", "гигабит",
    "8 921 123-45-67", "не помню", "оператор", "👍", "English", "по-русски", "1", "2.", "", " ",
    "Нет, спасибо", "Да, списать", "{account}", "\x00", "а" * 3000,
]  # fmt: skip
TEXT = st.sampled_from(TEXTS) | st.text(max_size=30)
MEANING = st.one_of(
    st.sampled_from(CLASSES).map(surely),
    st.lists(st.sampled_from(CLASSES), min_size=1, max_size=4, unique=True).map(
        lambda names: perhaps(*names)
    ),
    st.just(Meaning(zone="rephrase", best="oos")),
)
ACTION = st.one_of(
    st.tuples(st.just("write"), TEXT, MEANING),
    st.tuples(st.just("press"), st.integers(0, 30)),
    st.tuples(st.just("old"), st.integers(0, 30)),
    st.tuples(st.just("silence"), st.integers(1, 100)),
    st.tuples(st.just("media"), st.sampled_from(["image", "voice", "sticker", "file"])),
    st.tuples(st.just("contact"), st.just("+79211234567")),
    st.tuples(st.just("start"), st.sampled_from(["", "balance", "confirm", "x"])),
    st.tuples(st.just("late"), st.integers(0, 5)),
    st.tuples(st.just("publish"), st.integers(0, 3)),
)
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
BUNDLES = [
    small_bundle(mark="p0"),
    small_bundle(mark="p1", without="balance"),
    small_bundle(mark="p2", without="tariffs"),
    small_bundle(mark="p3"),
]


def act(talk: Rehearsal, action: tuple[object, ...], pressed: list[str]) -> None:
    """Does what the action says, through the same door as life."""
    kind, value = action[0], action[1]
    talk.listen()
    if kind == "write":
        update = CustomerMessage(text=str(value))
        if needs_meaning(talk.dialog, update, talk.bundle):
            update = CustomerMessage(text=str(value), meaning=action[2])  # type: ignore[arg-type]  # a Meaning
        talk.receive(update)
    elif kind == "silence":
        talk.wait(timedelta(minutes=int(str(value))))
    elif kind == "publish":
        bundle = BUNDLES[int(str(value))]
        talk.setting = Setting(active=bundle, bundle=bundle)
    else:
        talk.receive(_update(talk, str(kind), value, pressed))


def _update(talk: Rehearsal, kind: str, value: object, pressed: list[str]) -> AnyUpdate:
    if kind == "press":
        shown = talk.shown()
        token = shown[int(str(value)) % len(shown)].token if shown else "nobody"
        pressed.append(token)
        return ButtonPressed(token=token)
    if kind == "old":
        return ButtonPressed(token=pressed[int(str(value)) % len(pressed)] if pressed else "old")
    if kind == "media":
        return CustomerMessage(media=(Media(kind=value),))  # type: ignore[arg-type]  # a kind
    if kind == "contact":
        return CustomerMessage(contact=Contact(phone=str(value), evidence="claimed"))
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
    return late[int(str(value))]


def check(talk: Rehearsal, action: tuple[object, ...]) -> None:
    """The promises that hold after every turn."""
    dialog = talk.dialog
    if dialog.state != "bot":
        return
    if dialog.place is not None:
        assert dialog.place.waiting is not None
        assert len(dialog.place.stack) <= talk.policy.stack
        assert "code" not in dialog.place.slots
    if action[0] in ("write", "media", "contact", "start"):
        assert talk.said, f"silence after {action}"


def play(actions: list[tuple[object, ...]], services: dict[str, list[dict[str, object]]]) -> str:
    """A whole dialog; what it came to, for comparison."""
    talk = stage(bundle=BUNDLES[0], services=services)
    pressed: list[str] = []
    for action in actions:
        act(talk, action, pressed)
        check(talk, action)
    return repr((talk.dialog, talk.talk))


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTION, max_size=14), SERVICES)
def test_every_turn_ends_in_a_wait_a_close_or_people_and_never_in_silence(
    actions: list[tuple[object, ...]], services: dict[str, list[dict[str, object]]]
) -> None:
    play(actions, services)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTION, max_size=10), SERVICES)
def test_same_updates_give_the_same_dialog(
    actions: list[tuple[object, ...]], services: dict[str, list[dict[str, object]]]
) -> None:
    assert play(actions, services) == play(actions, services)
