"""Whatever a customer does, through every scenario that ships."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.model import Signature
from core.scenario.rehearsal import Rehearsal
from tests.fakes.customers import Action, Customer, actions
from tests.fakes.talk import NOW
from tests.stories import shipped

LIMITS = Capabilities(platform="test", text=4096, inline_row=3, inline_rows=20, inline_total=60)
BUNDLE = shipped.bundle()
CLASSES = [name for name, made in BUNDLE.scenarios.items() if not made.internal]
SAMPLES: dict[str, Any] = {
    "text": "https://isp.example",
    "number": -350.5,
    "bool": True,
    "date": "2026-12-01",
    "moment": "2026-12-01T12:00:00+03:00",
}


def answers(signature: Signature) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What this service may answer: a result of its shape, or one of its errors."""
    names = [*signature.errors, "timeout", "unavailable"]
    failed = st.sampled_from(names).map(lambda name: {"error": name})
    return st.lists(st.just(_sample(signature)) | failed, min_size=1, max_size=4)


def _sample(signature: Signature) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, kind in signature.result.items():
        top, *rest = path.split(".")
        value = SAMPLES.get(kind.rstrip("?"))
        if not rest:
            made[top] = [{}, {}] if kind.startswith("list") else value
        elif rest[0] == "*" and len(rest) == 2:
            for item in made[top]:
                item[rest[1]] = value
    return made


SERVICES = st.fixed_dictionaries(
    {name: answers(signature) for name, signature in BUNDLE.services.items()}
)


@settings(max_examples=200)
@given(
    st.lists(actions([*CLASSES, "operator", "thanks"], 1), max_size=16),
    SERVICES,
    st.sampled_from(["anonymous", "linked", "verified"]),
    st.sampled_from(["ru", "en"]),
)
def test_every_turn_of_every_scenario_ends_in_a_wait_a_close_or_people(
    done: list[Action], services: dict[str, list[dict[str, Any]]], level: Any, lang: str
) -> None:
    talk = Rehearsal(
        BUNDLE,
        capabilities=LIMITS,
        policy=Policy(),
        meaning=shipped.meaning(),
        services=services,
        now=NOW,
        lang=lang,
        grants={"77001234": level},
    )
    customer = Customer(talk, [BUNDLE])
    for action in done:
        customer.act(action)
